#!/usr/bin/python3
"""A new version of the law in a running node: clocks that run keep theirs, what is to be done follows, and both are said in
words; what is not sound, not newer or not the nodal officer's to load changes nothing."""

import base64
import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
import zlib
from pathlib import Path

from harness import REPOSITORY, Lazy, People, Tests, check_problem, instant, must_run, report, run, seconds_of

tests = Tests()
the_node = Lazy()
client = People(the_node, 'desk')
kept = {}
RULE = 'in.jj.s31.produce_cwc'


def folder(version, *changes):
    """The packs that ship, with `in` at a version and some texts replaced."""
    path = Path(tempfile.mkdtemp(prefix='sanjal-packs-', dir=the_node().folder)) / 'packs'
    shutil.copytree(REPOSITORY / 'packs', path)
    for file, before, after in (('in/pack.yaml', 'version: 1\n', f'version: {version}\n'), *changes):
        text = (path / file).read_text('utf-8')
        assert before in text, f'{file} has no {before!r}'
        (path / file).write_text(text.replace(before, after, 1), 'utf-8')
    return path / 'in'


def twelve_hours(version):
    return folder(version, ('in/clocks.yaml', f'{RULE}:\n  starts: case.found_at\n  within: 24 hours', f'{RULE}:\n  starts: case.found_at\n  within: 12 hours'),
                  ('in/pack.yaml', 'languages: [en, as, bn, hi, ne]', 'languages: [en]\ndrafts: [as, bn, hi, ne]'),  # the new step has no other language yet
                  ('in/procedures/in_child.yaml', '  rescue_record:\n', '  call_the_helpline:\n    stage: rescue\n    title: Call the helpline for children\n    who: police\n    source: {practice: a test, confidence: proposal}\n  rescue_record:\n'))


def load(path, by='desk'):
    document = must_run('pack', 'compile', path).out.encode()
    return client(by).raw('POST', '/api/v1/packs', document, {'Content-Type': 'application/json', 'X-CSRF-Token': client(by).csrf})


def hours(part):
    clock = next(one for one in client().get(f'/records/{part}/clocks').json['clocks'] if one['rule'] == RULE)
    return (seconds_of(clock['due']) - seconds_of(clock['started'])) / 3600


def steps(part):
    return {one['step'] for one in client().get(f'/records/{part}/tasks').json['tasks']}


def case():
    return report(client())['records']['part'][0]


@tests('every kind of record and every form is listed by its name in the language that is asked for')
def names():
    for path, kind in (('/types', 'types'), ('/forms', 'forms')):
        english = {one['type' if kind == 'types' else 'form']: one['title'] for one in client().get(path).json[kind]}
        for language, letters in (('hi', '\u0900-\u097f'), ('bn', '\u0980-\u09ff'), ('as', '\u0980-\u09ff'), ('ne', '\u0900-\u097f')):
            said = {one['type' if kind == 'types' else 'form']: one['title'] for one in client().get(path, headers={'Accept-Language': language}).json[kind]}
            assert said.keys() == english.keys()
            left = [name for name, title in said.items() if not re.search(f'[{letters}]', title)]
            assert not left, f'{path} in {language}: {left} are not said'


@tests('only the nodal officer loads a version, only a newer one, and only a sound one; anything else changes nothing')
def refused():
    before = client().get('/packs').json
    size = the_node().size()
    check_problem(load(twelve_hours(2), by='inspector'), 403)
    assert check_problem(load(folder(1, ('in/pack.yaml', 'title: India', 'title: Bharat'))), 409)['code'] == 'pack.not_newer'
    document = json.loads(must_run('pack', 'compile', twelve_hours(2)).out)
    document['version'] = 3
    assert check_problem(client().raw('POST', '/api/v1/packs', json.dumps(document).encode(), {'Content-Type': 'application/json', 'X-CSRF-Token': client().csrf}), 422, 400, 500)['code'] in ('pack.damaged', 'pack.unsound')
    for body in (b'', b'[]', b'{', b'{}', b'\xff'):
        got = client().raw('POST', '/api/v1/packs', body, {'Content-Type': 'application/json', 'X-CSRF-Token': client().csrf})
        check_problem(got, 400, 422)
    assert the_node().grew(size) == 0 and client().get('/packs').json == before


@tests('a version is loaded while the node runs: running clocks keep theirs, new reports get the new one, tasks follow, and it is said in words')
def loaded():
    old = case()
    kept['old'] = old
    assert hours(old) == 24 and 'call_the_helpline' not in steps(old)
    got = load(twelve_hours(2))
    assert got.status == 201, got
    words = '\n'.join(got.json['changes'])
    assert '24 hours' in words and '12 hours' in words and 'call_the_helpline' in words, words
    assert client().get('/packs/changes').json['changes'] == got.json['changes']
    assert [(one['version'], one['in_force']) for one in client().get('/packs').json['packs']] == [(2, True), (1, False)]
    new = case()
    assert hours(new) == 12 and 'call_the_helpline' in steps(new)
    until = time.time() + 15
    while 'call_the_helpline' not in steps(old):
        assert time.time() < until, 'the case that stood already never got its new task'
        time.sleep(0.2)
    assert hours(old) == 24, 'a clock that runs was changed'


@tests('P5: a slip of typing that is corrected after the upgrade moves the clock and leaves it under the law under which it started')
def corrected():
    part = kept['old']
    whole = client().get(f'/records/{part}').json['fields']['case']
    assert client().patch(f'/records/{whole}', {'fields': {'journey_minutes': 60}}).status == 200
    assert hours(part) == 25, 'what does not count is no new start'
    assert client().patch(f'/records/{whole}', {'fields': {'found_at': instant(-1800)}}).status == 200
    assert hours(part) == 25


@tests('a node that is not served takes a version by the command line, and views made anew are the same')
def by_hand():
    part = case()
    the_node().stop()
    again = folder(3, ('in/clocks.yaml', f'{RULE}:\n  starts: case.found_at\n  within: 24 hours', f'{RULE}:\n  starts: case.found_at\n  within: 36 hours'))
    said = must_run('pack', 'load', the_node().directory, again).out
    assert '36 hours' in said and 'In force now: in@3' in said, said
    assert run('pack', 'load', the_node().directory, again).code == 1
    the_node().serve()
    client.forget()
    assert hours(part) == 12 and 'call_the_helpline' not in steps(part), 'a step that the law no longer has still stands'
    the_node().stop()
    must_run('rebuild', the_node().directory)
    the_node().serve()
    client.forget()
    assert hours(part) == 12 and 'call_the_helpline' not in steps(part)
    assert must_run('verify', the_node().directory, '--json').json()['accepted']


@tests('the law lies in the ledger: whoever has an export reads each version with a plain zlib, and it is the one that the entries name')
def in_the_ledger():
    the_node().stop()
    out = the_node().folder / 'ledger'
    must_run('export', the_node().directory, '--purpose', 'test', '--out', out)
    the_node().serve()
    client.forget()
    found = []
    for line in out.read_text('utf-8').splitlines():
        fields = {}
        for disclosure in json.loads(line).get('entry', '').split('~')[1:-1]:
            _, name, value = json.loads(plain(disclosure))
            fields[name] = value
        if fields.get('head', {}).get('do') != 'pack.loaded':
            continue
        assert set(fields) == {'head', 'compressed', 'reference'}, set(fields)
        reader = zlib.decompressobj()
        document = json.loads(reader.decompress(plain(fields['compressed']), 16 << 20))
        assert reader.eof and not reader.unused_data
        told = document.pop('sha256')
        canonical = json.dumps(document, sort_keys=True, separators=(',', ':'), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == told
        assert fields['reference'] == f'{document["name"]}@{document["version"]}#{told}'
        found.append(document['version'])
    assert found == [1, 2, 3], found


def plain(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
