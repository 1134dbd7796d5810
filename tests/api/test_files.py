#!/usr/bin/python3
"""Files of a record: sent and fetched whole, encrypted on the disk, seen by those who may, erased for good, also from what an
old backup brings back."""

import base64
import hashlib
import json
import os
import sys

from harness import Lazy, Several, Tests, check_problem, must_run, report

tests = Tests()
the_node = Lazy()
kept = {}
MARK = b'the face of a child'


def police():
    if 'police' not in kept:
        kept['police'] = the_node().client('police')
    return kept['police']


def case():
    if 'case' not in kept:
        kept['case'] = report(police())['records']['case']
    return kept['case']


def jpeg(size):
    return (b'\xff\xd8\xff\xe0' + MARK + os.urandom(size))[:size]


def send(body, media='image/jpeg', record=None, client=None, query='', **headers):
    client = client or police()
    return client.raw('POST', f'/api/v1/records/{record or case()}/files{query}', body, {'Content-Type': media, 'X-CSRF-Token': client.csrf or '', **headers})


def on_disk():
    folder = the_node().directory / 'blobs'
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@tests('a photo goes in and comes out byte for byte, and lies on the disk in no readable form')
def round_trip():
    with Several() as several:
        for size in (100, 65536, 65537, 1_000_003):
            with several.case(f'{size} bytes'):
                body = jpeg(size)
                got = send(body)
                assert got.status == 201 and got.json['size'] == size, got
                back = police().get(f'/files/{got.json["file"]}')
                assert back.status == 200 and back.body == body, f'{back.status}, {len(back.body)} bytes'
                assert back.headers['content-type'] == 'image/jpeg' and back.headers['content-disposition'].startswith('attachment'), back.headers
                assert hashlib.sha256(body).digest() == base64.urlsafe_b64decode(got.json['sha256'] + '=')
    for name, data in on_disk().items():
        assert MARK not in data and b'\xff\xd8\xff\xe0' + MARK[:4] not in data, name
    there = police().get(f'/records/{case()}/files').json
    listed = there['files']
    # What it says can be attached is what is taken, class by class.
    assert 'legal' in there['may_attach'], there
    for one in ('operational', 'identity', 'contact', 'medical', 'counselling', 'legal'):
        assert (send(b'\xff\xd8\xff' + b'x' * 5, query=f'?class={one}').status == 403) == (one not in there['may_attach']), one
    assert [one['size'] for one in listed] == [100, 65536, 65537, 1_000_003], listed
    kept['files'] = [one['file'] for one in listed]


@tests('what is no photo, PDF or recording, says it is another kind, is too short or too large is refused and leaves nothing')
def forbidden():
    before = set(on_disk())
    with Several() as several:
        for what, body, media in (('a program', b'MZ' + os.urandom(500), 'application/x-msdownload'), ('a page', b'<html><script>' + b'x' * 500, 'text/html'),
                                  ('a page that says it is a photo', b'<html><script>' + b'x' * 500, 'image/jpeg'), ('a PNG that says it is a JPEG', b'\x89PNG\r\n\x1a\n' + b'x' * 500, 'image/jpeg'),
                                  ('an SVG', b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'), ('no type', jpeg(100), ''), ('ten bytes', jpeg(10), 'image/jpeg'), ('nothing', b'', 'image/jpeg')):
            with several.case(what):
                check_problem(send(body, media), 415)
        with several.case('an unknown class'):
            check_problem(send(jpeg(100), query='?class=public'), 422)
        with several.case('a class that the role does not write'):
            check_problem(send(jpeg(100), query='?class=counselling'), 403)
        with several.case('no such record'):
            check_problem(send(jpeg(100), record='0199a000-0000-7000-8000-000000000000'), 404)
        with several.case('nobody signed in'):
            check_problem(send(jpeg(100), client=the_node().anonymous()), 401)
        with several.case('another unit'):
            check_problem(send(jpeg(100), client=the_node().client('shelter')), 404)
        with several.case('no CSRF token'):
            check_problem(send(jpeg(100), **{'X-CSRF-Token': 'x'}), 403)
    assert set(on_disk()) == before, 'a refused file stays on the disk'


@tests('a file is shown to nobody who may not read its class')
def withheld():
    shelter = the_node().client('shelter')
    for path in (f'/files/{kept["files"][0]}', f'/records/{case()}/files', '/files/00000000000000000000000000000000', '/files/..%2fledger.db'):
        got = shelter.get(path)
        assert got.status in (400, 404), f'{path}: {got}'
    part = police().get(f'/records?type=part').json['records'][0]
    cwc = the_node().account('cwc')['unit']
    assert police().patch(f'/records/{part["id"]}', {'fields': {'committee': cwc}}).status == 200
    medical = send(jpeg(300), query='?class=contact').json['file']
    committee = the_node().client('cwc')
    got = committee.get(f'/records/{case()}/files')
    assert got.status == 200 and [one['class'] for one in got.json['files']].count('legal') == 4, got
    assert committee.get(f'/files/{medical}').status == 200
    ngo = the_node().client('shelter')
    check_problem(ngo.get(f'/files/{medical}'), 404)


@tests('the same Idempotency-Key with the same file is one file, with another file it is refused; the receipt names the SHA-256 of its bytes')
def idempotent():
    body = jpeg(5000)
    first = send(body, **{'Idempotency-Key': 'photo-1'})
    before = set(on_disk())
    again = send(body, **{'Idempotency-Key': 'photo-1'})
    assert again.status == 201 and again.json['file'] == first.json['file'], again
    check_problem(send(jpeg(5001), **{'Idempotency-Key': 'photo-1'}), 409)
    payload = json.loads(base64.urlsafe_b64decode(first.headers['sanjal-receipt'].split('.')[1] + '=='))
    assert payload['request'] == first.json['sha256'] == base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip('='), payload
    assert again.headers['sanjal-receipt'] == first.headers['sanjal-receipt']
    assert set(on_disk()) == before, 'a repeated file stays on the disk'


@tests('40 MB go through in constant memory')
def memory():
    node = the_node()

    def peak():
        for line in open(f'/proc/{node.process.pid}/status'):
            if line.startswith('VmHWM'):
                return int(line.split()[1])
        return 0

    send(jpeg(1000))
    before = peak()
    body = jpeg(40 << 20)
    got = send(body, 'image/jpeg')
    assert got.status == 201, got
    back = police().get(f'/files/{got.json["file"]}')
    assert back.body == body
    assert peak() - before < 16 << 10, f'{peak() - before} KiB more'


@tests('an erased file is gone from the disk and for everybody; the others stay; an old backup cannot bring it back')
def erased():
    node = the_node()
    node.stop()
    kept.pop('police')
    backup, keys = node.folder / 'backup', node.folder / 'backup-keys'
    if 'postgres' not in os.environ.get('SANJAL_STORE', 'sqlite'):
        must_run('backup', node.directory, '--out', backup, '--keys', keys)
    gone, stays = kept['files'][2], kept['files'][3]
    must_run('erase', node.directory, '--record', case(), '--field', f'file/{gone}', '--reason', 'asked', '--approve', 'A', '--approve', 'B')
    assert gone not in on_disk() and stays in on_disk()
    must_run('verify', node.directory)
    node.serve()
    check_problem(police().get(f'/files/{gone}'), 404)
    assert police().get(f'/files/{stays}').status == 200
    assert len(police().get(f'/records/{case()}/files').json['files']) == len(kept['files']) - 1 + 4
    node.stop()
    kept.pop('police')
    must_run('erase', node.directory, '--record', case(), '--field', 'file', '--reason', 'asked', '--approve', 'A', '--approve', 'B')
    assert not on_disk(), f'{len(on_disk())} files lie there still'
    must_run('rebuild', node.directory)
    if not backup.exists():
        node.serve()
        return
    restored = node.folder / 'restored'
    must_run('restore', restored, '--from', backup, '--keys', keys, '--erased', node.directory / 'erased')
    assert not any((restored / 'blobs').iterdir()), 'the restored copy shows what was erased'
    must_run('verify', restored)
    without = node.folder / 'without-list'
    must_run('restore', without, '--from', backup, '--keys', keys)
    assert any((without / 'blobs').iterdir()), 'this test cannot fail: the backup held nothing'


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
