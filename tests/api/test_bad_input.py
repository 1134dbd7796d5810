#!/usr/bin/python3
"""Bad input: each gets a problem document, or a message and an exit code, that says what, where and what to do; and nothing
is changed.  In the order of the first issue's list."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys

from harness import (SANJAL, Databases, Lazy, Ran, Several, Skip, Tests, check_problem, environment, free_port, instant, pointers, report, run, two_children, wanted_store)

tests = Tests()
the_node = Lazy()
kept = {}
SUBMIT = '/forms/rescue_report/submissions'


def police():
    if 'police' not in kept:
        kept['police'] = the_node().client('police')
    return kept['police']


class Unchanged:
    """Nothing is appended in between."""

    def __enter__(self):
        police()
        self.before = the_node().size()

    def __exit__(self, kind, *_):
        if kind is None:
            assert the_node().grew(self.before) == 0, f'the ledger grew from {self.before} to {the_node().size()} entries'


def refused(body, *statuses, at=None, path=SUBMIT, method='POST', **headers):
    """Asks, checks the problem, that it points at `at`, and that nothing changed."""
    with Unchanged():
        got = police().call(method, path, body, headers=headers or None)
        problem = check_problem(got, *statuses)
        if at is not None:
            assert at in pointers(problem), f'errors should point at {at}: {got}'
    return problem


def with_case(**case):
    return two_children(**case)


def with_person(**person):
    body = two_children()
    body['answers']['person'][1].update(person)
    return body


@tests('a good report is taken, so that each refusal below has another reason')
def good():
    report(police())


# --- the body ----------------------------------------------------------------------------------------------------------

@tests('a no is said in the language that is asked for, field by field, with the English and the same code beside it; other languages get English')
def spoken():
    letters = {'hi': '[\u0900-\u097f]', 'ne': '[\u0900-\u097f]', 'bn': '[\u0980-\u09ff]', 'as': '[\u0980-\u09ff]'}
    body = with_case(found_at='yesterday')
    body['answers']['person'][1].update(under_18='perhaps')
    english = refused(body, 422)
    assert 'detail_en' not in english and english['detail'].startswith('Some answers'), english
    for language, letter in letters.items():
        said = refused(body, 422, **{'Accept-Language': f'{language}-IN, en;q=0.5'})
        assert re.search(letter, said['detail']) and said['detail_en'] == english['detail'] and said['code'] == english['code'], said
        assert len(said['errors']) == len(english['errors']), said
        for one, plain in zip(said['errors'], english['errors']):
            assert re.search(letter, one['detail']) and not re.search('[a-z]{3}', one['detail']), one
            assert (one['detail_en'], one['code'], one['pointer']) == (plain['detail'], plain['code'], plain['pointer']), (one, plain)
        # Before anybody is signed in, and where the answer comes from the door, the router or the writer.
        stranger = the_node().client()
        for method, path, sent in (('POST', '/sessions', {'user': 'nobody', 'password': 'wrong wrong wrong'}), ('GET', '/tasks', None), ('GET', '/nothing/here', None)):
            got = check_problem(stranger.call(method, path, sent, headers={'Accept-Language': language}), 401, 404)
            assert re.search(letter, got['detail']) and got['detail_en'], got
    for other in ('fr', 'en, hi', '*', ';;;,,,-'):
        assert refused(body, 422, **{'Accept-Language': other}) == english, other


@tests('malformed JSON is 400: cut short, trailing bytes, no UTF-8, a member twice, a lone surrogate, NaN, empty, too deep')
def malformed():
    with Several() as several:
        whole = json.dumps(two_children(), ensure_ascii=False).encode()
        for body in (whole[:-1], whole[:len(whole) // 2], whole + b'x', whole + whole, b'', b'{', b'nonsense', b"{'answers':{}}", b'{"answers":NaN}',
                     b'{"answers":{},}', b'{"answers":{"case":{"place_found":"\xff\xfe"}}}', b'\xef\xbb\xbf' + whole[:-1], b'{"answers":{"case":{}},"answers":{}}',
                     b'{"answers":{"case":{"place_found":"\\ud800"}}}', b'[' * 100000, b'{"answers":01}', b'{"answers":1e999999}', b'\x00' + whole):
            with several.case(f'{body[:60]!r}'):
                refused(body, 400, 422)
        assert refused(whole[:-1], 400)['status'] == 400


@tests('JSON that is no object, or lacks its members, is refused')
def wrong_shape():
    with Several() as several:
        for body in ([], 'text', 1, None, True, {}, {'answers': None}, {'answers': []}, {'answers': 'x'}, {'answers': {'case': []}},
                     {'answers': {'person': {'under_18': 'yes'}}}, {'answers': {'case': {}, 'person': ['x']}}):
            raw = json.dumps(body).encode()
            with several.case(f'{raw!r}'):
                refused(raw, 400, 422)


@tests('a body that is not called JSON is 415')
def content_type():
    for kind in ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'):
        with Unchanged():
            got = police().call('POST', SUBMIT, json.dumps(two_children()).encode(), headers={'Content-Type': kind})
            check_problem(got, 415)


@tests('an unknown member, form, alias or field is refused, with a pointer to it')
def unknown():
    refused({**two_children(), 'anwsers': {}}, 422, at='/anwsers')
    body = two_children()
    body['answers']['dog'] = {'name': 'x'}
    refused(body, 422, at='/answers/dog')
    refused(with_case(colour='red'), 422, at='/answers/case/colour')
    refused(with_person(shoe_size=38), 422, at='/answers/person/1/shoe_size')
    refused(two_children(), 404, path='/forms/no_such_form/submissions')
    refused({'type': 'dragon', 'fields': {}}, 422, 404, path='/records')


@tests('a field that the form does not ask for is refused, even though its type has it')
def not_asked():
    refused(with_case(fir_number='12/2026'), 422, at='/answers/case/fir_number')


@tests('a value of the wrong type is refused, with a pointer to it')
def wrong_type():
    with Several() as several:
        for field, values in {'found_at': [1, True, [], {}, 'yesterday', ''], 'danger_now': ['perhaps', 3, {}], 'place_found': [[], 5]}.items():
            for value in values:
                with several.case(f'{field} = {value!r}'):
                    refused(with_case(**{field: value}), 422, at=f'/answers/case/{field}')
        for field, values in {'under_18': ['maybe', 17, True, []], 'names': [5, [5], {'full': 7}]}.items():
            for value in values:
                with several.case(f'{field} = {value!r}'):
                    problem = refused(with_person(**{field: value}), 422)
                    assert any(p.startswith(f'/answers/person/1/{field}') for p in pointers(problem)), problem


@tests('what the form needs and was not answered is refused, with a pointer')
def missing():
    with Several() as several:
        for alias, field in (('case', 'found_at'), ('case', 'place_found'), ('person', 'under_18')):
            for empty in (None, [], {}, '', {'none': 'not_asked'}):
                body = two_children()
                holder = body['answers'][alias] if alias == 'case' else body['answers'][alias][1]
                if empty is None:
                    del holder[field]
                else:
                    holder[field] = empty
                if empty == {'none': 'not_asked'} and field == 'place_found':
                    continue
                with several.case(f'{alias}.{field} = {empty!r}'):
                    refused(body, 422, at=f'/answers/{alias}/{field}' if alias == 'case' else f'/answers/{alias}/1/{field}')
        body = two_children()
        body['answers']['person'] = []
        with several.case('no person at all'):
            refused(body, 422)
        del body['answers']['person']
        with several.case('person not mentioned'):
            refused(body, 422)


@tests('a date that no calendar has is refused: 30 February, month 13, 24:61, no offset, year 0')
def bad_date():
    with Several() as several:
        for value in ('2026-02-30T10:00:00+05:30', '2013-13-01T10:00:00+05:30', '2013-13', '2025-02-29T10:00Z', '2026-04-31T10:00Z', '2026-01-01T24:61+05:30',
                      '2026-01-01T10:00:00', '2026-01-01', '0000-00-00T00:00Z', '2026-01-01T10:00+25:00', '2026-1-1T1:00Z', '01/02/2026 10:00', '2026-01-01T10:00:00+05:30 '):
            with several.case(f'{value!r}'):
                refused(with_case(found_at=value), 422, at='/answers/case/found_at')
        for type_, record in (('person', the_person()), ('case', the_case())):
            fields = police().get(f'/types/{type_}').json['fields']
            for name, definition in fields.items():
                if definition['kind'] != 'date':
                    continue
                for value in ('2026-02-30', '2013-13', '2013-00', '30.02.2011', '99999-01-01', '', 2013):
                    with several.case(f'{name} = {value!r}'):
                        refused({'fields': {name: value}}, 422, at=f'/fields/{name}', path=f'/records/{record}', method='PATCH')


def the_person():
    if 'made' not in kept:
        kept['made'] = report(police())['records']
    return kept['made']['person'][0]


def the_case():
    the_person()
    return kept['made']['case']


@tests('a time in the future is refused, and a time far in the past is not taken in silence')
def future():
    for ahead in (3600, 86400 * 365):
        refused(with_case(found_at=instant(ahead)), 422, at='/answers/case/found_at')
    refused({'fields': {'found_at': instant(86400)}}, 422, at='/fields/found_at', path=f'/records/{the_case()}', method='PATCH')
    got = police().post(SUBMIT, with_case(found_at='1970-01-01T00:00:00+05:30'))
    if got.status == 201:
        record = police().get(f'/records/{got.json["records"]["case"]}').body.decode() + got.body.decode()
        assert any(word in record for word in ('warn', 'doubt', 'ask', 'note', 'unlikely')), f'56 years ago, and nobody asks why: {record[:500]}'
    else:
        check_problem(got, 422)


# --- HTTP --------------------------------------------------------------------------------------------------------------

def talk(*pieces, wait=10.0):
    """Raw bytes to the node; what it answers until it closes or is silent for long."""
    with socket.create_connection(('127.0.0.1', the_node().port), timeout=wait) as line:
        answer = b''
        try:
            for piece in pieces:
                line.sendall(piece)
            while chunk := line.recv(65536):
                answer += chunk
                head, end, body = answer.partition(b'\r\n\r\n')
                length = [l for l in head.lower().split(b'\r\n') if l.startswith(b'content-length:')]
                if end and length and len(body) >= int(length[0].split(b':')[1]):
                    break
        except (TimeoutError, ConnectionError):
            pass
        return answer


def status_of(answer):
    assert answer.startswith(b'HTTP/1.'), f'no answer: {answer[:80]!r}'
    return int(answer.split(b' ')[1])


def head(method='GET', target='/healthz', *lines):
    return (f'{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{the_node().port}\r\n' + ''.join(line + '\r\n' for line in lines) + '\r\n').encode()


@tests('a body too large is 413, said by its length or found on the way, and the node goes on')
def too_large():
    with Unchanged():
        size = 64 << 20
        answer = talk(head('POST', '/api/v1' + SUBMIT, 'Content-Type: application/json', f'Cookie: {police().cookie}', f'X-CSRF-Token: {police().csrf}',
                           f'Content-Length: {size}'), b'{"answers": "' + b'a' * 65536)
        assert status_of(answer) == 413, answer[:300]
        assert b'application/problem+json' in answer.lower(), answer[:600]
        piece = b'10000\r\n' + b'a' * 65536 + b'\r\n'
        answer = talk(head('POST', '/api/v1' + SUBMIT, 'Content-Type: application/json', f'Cookie: {police().cookie}', f'X-CSRF-Token: {police().csrf}',
                           'Transfer-Encoding: chunked'), *[piece] * 1024)
        assert answer == b'' or status_of(answer) in (411, 413), answer[:300]
        long = with_person(names=['ক' * 400_000])
        check_problem(police().post(SUBMIT, long), 413, 422)
        many = two_children(names=['ক'] * 20_000)
        check_problem(police().post(SUBMIT, many), 413, 422)
    assert the_node().anonymous().get('/healthz').status == 200


@tests('a file too large, or of a kind that is not taken, is refused')
def files():
    case = the_case()
    probe = police().call('POST', f'/records/{case}/files', {})
    if probe.status in (404, 405, 501):
        raise Skip(f'no files yet: POST /records/{{id}}/files answers {probe.status}')
    probe = police().raw('POST', f'/api/v1/records/{case}/files', b'x', {'Content-Type': 'application/x-msdownload', 'X-CSRF-Token': police().csrf})
    check_problem(probe, 415, 422)
    answer = talk(head('POST', f'/api/v1/records/{case}/files', 'Content-Type: image/jpeg', f'Cookie: {police().cookie}', f'X-CSRF-Token: {police().csrf}',
                       f'Content-Length: {1 << 50}'), b'\xff\xd8\xff' * 1000)
    assert status_of(answer) == 413, answer[:300]


@tests('a method that an address does not take is 405 with Allow, an unknown one 501 or 405, an unknown address 404')
def method():
    with Unchanged(), Several() as several:
        for verb, path in (('PUT', f'/records/{the_case()}'), ('DELETE', f'/records/{the_case()}'), ('POST', '/worklist'), ('PATCH', '/forms'),
                           ('DELETE', '/ledger/checkpoint'), ('PATCH', '/sessions'), ('POST', f'/records/{the_case()}/history')):
            with several.case(f'{verb} {path}'):
                got = police().call(verb, path, {} if verb in ('POST', 'PATCH') else None)
                check_problem(got, 405, *([501] if verb == 'PUT' else []))
                assert verb == 'PUT' or got.headers.get('allow'), f'{verb} {path}: no Allow: {got.headers}'
        for verb in ('TRACE', 'BREW'):
            with several.case(verb):
                assert status_of(talk(head(verb, '/healthz', 'Content-Length: 0'))) in (405, 501)
        for path, statuses in (('/no/such/address', (404,)), ('/records/not-an-id', (404, 422)), ('/records/%00%ff', (400, 404, 422)),
                               ('/records?cursor=nonsense', (400, 422)), ('/records?cursor=_w', (400, 422)), ('/records?cursor=', (200, 400, 422)),
                               ('/records?colour=red', (400, 422)), ('/records?q=%ff%fe', (400, 422)), ('/records?q=%00', (400, 422)), ('/ledger/entries/x', (404, 422)),
                               ('/ledger/proof?entry=x', (404, 422)), ('/ledger/proof?from=-1', (400, 422)), ('/ledger/proof?from=99999999999999999999', (400, 422))):
            with several.case(path):
                got = police().get(path)
                if got.status != 200 or 200 not in statuses:
                    check_problem(got, *statuses)
        with several.case('/records?type=dragon'):
            got = police().get('/records?type=dragon')
            assert got.status in (404, 422) or got.json['records'] == [], got
        for path in ('/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '//etc/passwd'):
            with several.case(path):
                got = the_node().anonymous().raw('GET', path)
                assert got.status in (400, 404), f'{path}: {got}'
                assert b'root:' not in got.body


@tests('bytes that are no HTTP, two lengths, both length and chunks, huge heads: refused, and the node goes on')
def no_http():
    with Unchanged():
        for pieces in ([b'nonsense\r\n\r\n'], [os.urandom(4096)], [head('POST', '/api/v1' + SUBMIT, 'Content-Length: 5', 'Content-Length: 6'), b'{}{}{}'],
                       [head('POST', '/api/v1' + SUBMIT, 'Content-Length: 5', 'Transfer-Encoding: chunked'), b'0\r\n\r\n'],
                       [head('GET', '/healthz', 'X-Filler: ' + 'a' * 200_000)], [head('GET', '/' + 'a' * 100_000)],
                       [head('GET', '/healthz', *[f'X-{i}: a' for i in range(5000)])], [b'GET /healthz HTTP/1.1\r\n\r\n'],
                       [head('POST', '/api/v1' + SUBMIT, 'Content-Length: -1')], [b'GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n']):
            answer = talk(*pieces, wait=5)
            assert answer == b'' or 400 <= status_of(answer) < 600, f'{pieces[0][:80]!r}: {answer[:200]!r}'
            assert answer == b'' or status_of(answer) != 500, f'{pieces[0][:80]!r}: {answer[:200]!r}'
    assert the_node().anonymous().get('/healthz').status == 200


@tests('a request for another host is refused')
def other_host():
    answer = talk(f'GET /healthz HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n'.encode())
    assert status_of(answer) in (400, 403, 421), answer[:200]


# --- versions and repeats ----------------------------------------------------------------------------------------------

@tests('a stale If-Match that is known gives 200 with the kept conflicts; one that never was is 412; one that is none 400')
def if_match():
    case = the_case()
    heads = police().get(f'/records/{case}').json['heads']
    old = {'If-Match': ', '.join(f'"{h}"' for h in heads)}
    first = police().patch(f'/records/{case}', {'fields': {'journey_minutes': 10}}, headers=old)
    assert first.status == 200, first
    stale = police().patch(f'/records/{case}', {'fields': {'journey_minutes': 20}}, headers=old)
    assert stale.status == 200 and 'conflict' in stale.body.decode(), f'a stale version is kept beside, and said: {stale}'
    change = {'fields': {'journey_minutes': 30}}
    refused(change, 412, path=f'/records/{case}', method='PATCH', **{'If-Match': '"' + 'A' * 43 + '"'})
    other = police().get(f'/records/{the_person()}').json['heads'][0]
    refused(change, 412, path=f'/records/{case}', method='PATCH', **{'If-Match': f'"{other}"'})
    for nonsense in ('"', 'W/"x', '"a" "b"', '"' + 'A' * 5000 + '"', '""'):
        refused(change, 400, 412, 422, 431, path=f'/records/{case}', method='PATCH', **{'If-Match': nonsense})


@tests('a repeated Idempotency-Key with another body is refused; a key that is none is refused')
def idempotency():
    key = {'Idempotency-Key': 'bad-input-1'}
    first = police().post(SUBMIT, two_children(names=['এক']), headers=key)
    assert first.status == 201, first
    refused(two_children(names=['দুই']), 409, 422, **key)
    refused(two_children(), 400, 422, **{'Idempotency-Key': 'x' * 5000})
    # A refused request does not use its key up.
    key = {'Idempotency-Key': 'bad-input-2'}
    refused(with_case(found_at='2026-02-30T00:00Z'), 422, **key)
    assert police().post(SUBMIT, two_children(), headers=key).status in (201, 409)


@tests('a submission of signed entries that is incomplete or not signed by a known device is kept out, and says what is missing')
def entries():
    probe = police().post('/entries', {'entries': []})
    if probe.status in (404, 405):
        raise AssertionError(f'POST /entries answers {probe.status}: there is no way in for a device')
    with Unchanged():
        for body in ({}, {'entries': []}, {'entries': 'x'}, {'entries': [5]}, {'entries': ['nonsense']}, {'entries': ['a.b.c~']},
                     {'entries': ['eyJhbGciOiJub25lIn0.e30.~']}):
            check_problem(police().post('/entries', body), 400, 403, 422)
        # An entry of this very node, sent back as if a device had made it, is known or refused, never written again.
        head = police().get(f'/records/{the_case()}').json['heads'][0]
        entry = police().get(f'/ledger/entries/{head}').json['entry']
        got = police().post('/entries', {'entries': [entry]})
        assert got.status < 500, got
        broken = entry[:200] + ('A' if entry[200] != 'A' else 'B') + entry[201:]
        check_problem(police().post('/entries', {'entries': [broken]}), 400, 403, 422)


@tests('a part that is moved to another case, to itself or to nothing is refused or followed, never a defect')
def moved_part():
    first, second = report(police())['records'], report(police())['records']
    for case in (second['case'], second['person'][0], first['part'][0], '0199a000-0000-7000-8000-000000000000'):
        got = police().patch(f'/records/{first["part"][0]}', {'fields': {'case': case}})
        assert got.status in (200, 403, 404, 409, 422), got
        for record in (first['case'], second['case'], first['part'][0], first['person'][0]):
            for suffix in ('', '/tasks', '/clocks', '/history'):
                got = police().get(f'/records/{record}{suffix}')
                assert got.status == 200, f'{suffix}: {got}'


# --- files and directories: the command line ---------------------------------------------------------------------------

def stopped():
    """The node, stopped, with something in it."""
    node = the_node()
    if node.process is not None:
        report(police())
        kept['checkpoint'] = node.checkpoint()
        node.stop()
        kept.pop('police', None)
    return node


def copy_of(name):
    """A copy of the stopped node's directory: an open wound for one test."""
    if wanted_store() == 'postgres':
        raise Skip('the database is not a file here')
    node = stopped()
    target = node.folder / name
    shutil.copytree(node.directory, target)
    return target


def says(ran, code, *words):
    assert ran.code in (code if isinstance(code, tuple) else (code,)), f'exit code should be {code}: {ran}'
    said = ran.out + ran.err
    assert len(said.strip()) > 15, f'no message: {ran}'
    assert 'terminate called' not in said and 'Segmentation' not in said and 'SANJAL_CHECK' not in said, ran
    for word in words:
        assert word.lower() in said.lower(), f'the message does not say "{word}": {ran}'


def serve_briefly(directory, seconds=8, **options):
    """`serve` of a directory that must be refused: ends by itself, with its message."""
    port = free_port()
    process = subprocess.Popen([str(SANJAL), 'serve', str(directory), '--port', str(port)], env=environment(**options),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=seconds + 22)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f'{directory.name} is served instead of being refused: {out.decode()[-300:]} {err.decode()[-300:]}') from None
    return Ran(process.returncode, out.decode('utf-8', 'replace'), err.decode('utf-8', 'replace'))


@tests('a truncated or wrongly encoded CSV: bad rows are refused with line and reason, a file that is none is refused whole')
def csv():
    node = stopped()
    header = ('yearOfRegistration,gender,ageBroad,citizenship,isForcedLabour,isSexualExploit,CountryOfExploitation,nacionalidade_lat,nacionalidade_long,'
              'nacionalidade,pais_exploracao_lat,pais_exploracao_long,pais_exploracao,nacionalidade_alpha3,pais_exploracao_alpha3\n')
    row = '2014,Female,18--20,NP,1.0,0.0,IN,28.39,84.12,Nepal,20.59,78.96,India,NPL,IND\n'

    def trial(name, data):
        path = node.folder / name
        path.write_bytes(data)
        return run('import', node.directory, '--format', 'ctdc-k11', path, '--dry-run', '--json')

    ran = trial('latin1.csv', header.encode() + row.encode() + row.replace('Nepal', 'N\xe9pal').encode('latin-1') + row.encode())
    assert ran.json()['refused'] == 1 and ran.json()['imported'] == 2, ran
    ran = trial('cut.csv', (header + row + row[:30]).encode())
    assert ran.json()['refused'] == 1 and ran.json()['imported'] == 1, ran
    ran = trial('utf16.csv', (header + row).encode('utf-16'))  # what a spreadsheet program writes, with its mark
    assert ran.json()['refused'] == 0 and ran.json()['imported'] == 1, ran
    for name, data in (('empty.csv', b''), ('header_cut.csv', header[:40].encode()), ('other.csv', b'a,b\n1,2\n'), ('utf16_unmarked.csv', (header + row).encode('utf-16-le')),
                       ('binary.csv', os.urandom(5000)), ('nul.csv', header.encode() + b'\0' * 1000)):
        ran = trial(name, data)
        if name == 'nul.csv' and ran.code == 0:
            assert ran.json()['imported'] == 0 and ran.json()['refused'] >= 1, ran
            continue
        says(ran, (1, 2, 3))
    says(run('import', node.directory, '--format', 'ctdc-k11', node.folder / 'missing.csv'), (1, 3))
    says(run('import', node.directory, '--format', 'no-such-format', node.folder / 'cut.csv'), (1, 2))
    says(run('import', node.folder / 'nowhere', '--format', 'ctdc-k11', node.folder / 'cut.csv'), (1, 3))


@tests('a wrong passphrase opens nothing, and says so')
def passphrase():
    node = stopped()
    for verb in (['verify', node.directory], ['rebuild', node.directory], ['backup', node.directory, '--out', node.folder / 'a', '--keys', node.folder / 'b']):
        ran = run(*verb, passphrase='this is not the passphrase')
        says(ran, 1, 'passphrase')
    assert not (node.folder / 'a').exists() or not any((node.folder / 'a').iterdir()), 'a backup was made'
    says(serve_briefly(node.directory, passphrase='this is not the passphrase'), 1, 'passphrase')


@tests('init refuses a directory with a node, a short passphrase, and missing words; and leaves nothing behind')
def init():
    node = stopped()
    says(run('init', node.directory, '--name', 'Again', '--country', 'IN'), 1)
    with Several() as several:
        for name, args, more in (('words', [], {}), ('country', ['--name', 'N', '--country', 'Nowhere'], {}),
                                 ('pack', ['--name', 'N', '--country', 'IN', '--pack', 'no-such-pack'], {}),
                                 ('unit', ['--name', 'N', '--country', 'IN', '--pack', 'in', '--unit', 'dragons'], {}),
                                 ('passphrase', ['--name', 'N', '--country', 'IN'], {'passphrase': 'x'})):
            fresh = node.folder / f'fresh-{name}'
            with several.case(f'init with a bad {name}'):
                says(run('init', fresh, *args, **more), (1, 2, 3))
                assert not (fresh / 'node.json').exists(), 'a refused init made a node'
    says(run('no-such-verb'), 2)
    says(run('serve'), 2)
    says(run('serve', node.folder / 'nowhere', '--listen', '0.0.0.0'), (1, 3))  # on this computer alone three screens would make a node there
    says(run('export', node.directory, '--record', 'not-an-id', '--purpose', 'court', '--out', node.folder / 'x'), (1, 2))


@tests('a damaged page of the database is found by verify, and serve never shows wrong bytes')
def damaged_page():
    copy = copy_of('damaged')
    path = copy / 'ledger.db'
    data = bytearray(path.read_bytes())
    assert len(data) > 8192, 'the ledger is not in ledger.db'
    page = 4096
    for number in range(1, len(data) // page):
        data[number * page + 100] ^= 0x55
    path.write_bytes(bytes(data))
    for name in ('ledger.db-wal', 'ledger.db-shm'):
        (copy / name).unlink(missing_ok=True)
    says(run('verify', copy, '--json'), (1, 3))
    says(serve_briefly(copy), (1, 3))
    # And one single page, somewhere in the middle.
    shutil.rmtree(copy)
    copy = copy_of('damaged')
    data = bytearray((copy / 'ledger.db').read_bytes())
    data[len(data) // page // 2 * page + 1000] ^= 1
    (copy / 'ledger.db').write_bytes(bytes(data))
    says(run('verify', copy, '--json'), (1, 3))


@tests('on PostgreSQL, too, verify finds a damaged page, a changed or lost entry, and with --views a lost or changed row of a view; and says what to do')
def damaged_rows():
    if wanted_store() != 'postgres':
        raise Skip('the file is encrypted: on SQLite src/app/house_test.cpp and ledger_test.cpp damage rows')
    node = stopped()
    server = node.databases.made[0][0]

    def hurt(name, sql, *verb):
        copy = node.twin(name)
        conninfo = re.sub(r'dbname=\S+', 'dbname=' + node.databases.made[-1][1], server)
        Databases.psql(conninfo, sql)
        return copy, run('verify', copy, '--json', *verb)
    with Several() as several:
        for name, sql, verb, words in (
                ('entry-changed', 'update ledger_entry set signed = set_byte(signed, 200, get_byte(signed, 200) # 1) where position = 6', [], ['entry 6']),
                ('entry-lost', 'delete from ledger_entry where position = 6', [], ['missing']),
                ('sealed-changed', "update ledger_disclosure set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) where position = 6 and class = 'head'", [], ['entry 6']),
                ('sealed-lost', "delete from ledger_disclosure where class = 'identity'", ['--views'], ['record (', 'rebuild']),
                ('row-lost', 'delete from record_reach where ctid = (select min(ctid) from record_reach)', ['--views'], ['record_reach (', 'rebuild']),
                ('row-changed', "update record set state = 'closed' where id = (select min(id) from record where type = 'case')", ['--views'], ['record (', 'rebuild']),
                ('row-added', "insert into casework_idle (root, since) values ('nobody', 1)", ['--views'], ['casework_idle (', 'rebuild']),
                ('page', "do $$ begin execute format('copy (select 1) to program %L', 'dd if=/dev/urandom bs=24 count=1 conv=notrunc status=none of='"
                         " || current_setting('data_directory') || '/' || pg_relation_filepath('record')); end $$", [], ['backup'])):
            with several.case(name):
                copy, ran = hurt(name, sql, *verb)
                says(ran, (1, 3), *words)
                if name == 'row-lost':
                    assert run('verify', copy, '--json').code == 0, 'a lost row of a view is no finding of the entries'
                    assert run('rebuild', copy, '--json').code == 0
                    assert run('verify', copy, '--json', '--views').code == 0, 'rebuild does not mend a view'
    ran = run('verify', node.directory, '--json', '--views')
    assert ran.code == 0, f'the node itself is not sound: {ran}'


@tests('a truncated database is refused')
def truncated():
    copy = copy_of('truncated')
    data = (copy / 'ledger.db').read_bytes()
    (copy / 'ledger.db').write_bytes(data[:len(data) // 2])
    says(serve_briefly(copy), (1, 3))
    (copy / 'ledger.db').write_bytes(b'')
    says(serve_briefly(copy), (1, 3))
    (copy / 'ledger.db').unlink()
    says(serve_briefly(copy), (1, 3))


@tests('a damaged node.json, keys.db or head file is refused, with a word about what to do')
def damaged_others():
    for name, change in (('node.json', lambda b: b[:len(b) // 2]), ('node.json', lambda b: b'{}'), ('head', lambda b: b''), ('head', lambda b: os.urandom(len(b))),
                         ('keys.db', lambda b: b[:4096] + os.urandom(len(b) - 4096)), ('keys.db', lambda b: b'')):
        copy = copy_of('wounded')
        path = copy / name
        path.write_bytes(change(path.read_bytes()))
        says(serve_briefly(copy), (1, 3))
        shutil.rmtree(copy)


@tests('a database that is behind its head file is refused by serve, and the message names both sizes')
def behind_head():
    old = copy_of('older')
    node = the_node()
    node.serve()
    report(node.client('police'))
    size_new = node.size()
    node.stop()
    for name in ('ledger.db', 'keys.db'):
        for suffix in ('', '-wal', '-shm'):
            source, target = old / (name + suffix), node.directory / (name + suffix)
            kept.setdefault('now', {})[name + suffix] = target.read_bytes() if target.exists() else None
            if source.exists():
                shutil.copy(source, target)
            else:
                target.unlink(missing_ok=True)
    try:
        says(serve_briefly(node.directory), 1, str(size_new), 'restore')
        says(run('verify', node.directory, '--json'), 1)
    finally:
        for name, data in kept['now'].items():
            if data is None:
                (node.directory / name).unlink(missing_ok=True)
            else:
                (node.directory / name).write_bytes(data)
    node.serve()
    assert node.size() == size_new
    node.stop()


@tests('another node\'s ledger.db, keys.db or head file is refused')
def foreign():
    stopped()
    other = the_node().folder / 'foreign'
    made = run('init', other, '--name', 'Elsewhere', '--country', 'IN', '--pack', 'in', '--unit', 'police')
    assert made.code == 0, made
    for names in (['ledger.db'], ['keys.db'], ['head'], ['ledger.db', 'head'], ['ledger.db', 'keys.db', 'head']):
        copy = copy_of('mixed')
        for name in names:
            for suffix in ('-wal', '-shm'):
                (copy / (name + suffix)).unlink(missing_ok=True)
            shutil.copy(other / name, copy / name)
            if (other / (name + '-wal')).exists():
                shutil.copy(other / (name + '-wal'), copy / (name + '-wal'))
        says(serve_briefly(copy), (1, 3))
        shutil.rmtree(copy)


@tests('two nodes do not serve one directory')
def twice():
    node = stopped()
    node.serve()
    try:
        says(serve_briefly(node.directory), (1, 3))
        before = node.size()
        report(node.client('police'))
        assert node.size() > before, 'the first one stopped working'
    finally:
        node.stop()


@tests('a clock set back: the node serves, order is the tree\'s, and iat orders nothing')
def clock_back():
    node = stopped()
    if not shutil.which('faketime'):
        # Without faketime the claim is checked where it can be: entries written in one second have one iat, and the order of
        # history is still the order of writing.
        node.serve()
        client = node.client('police')
        made = report(client)['records']
        for minutes in (1, 2, 3, 4):
            assert client.patch(f'/records/{made["case"]}', {'fields': {'journey_minutes': minutes}}).status == 200
        assert client.get(f'/records/{made["case"]}').json['fields']['journey_minutes'] == 4
        node.stop()
        raise Skip('no faketime here: only entries of the same second were looked at')
    import harness
    node.port = free_port()
    program = harness.SANJAL
    wrapper = node.folder / 'yesterday'
    wrapper.write_text(f'#!/bin/sh\nexec faketime -f -1d {program} "$@"\n')
    wrapper.chmod(0o755)
    harness.SANJAL = wrapper
    try:
        node.serve()
        client = node.client('police')
        before = node.size()
        made = report(client, two_children(found_at=instant(-2 * 86400)))
        assert node.size() > before and made
        node.stop()
    finally:
        harness.SANJAL = program
    ran = run('verify', node.directory, '--json')
    assert ran.code == 0, ran


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
