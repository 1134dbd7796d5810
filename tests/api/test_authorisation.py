#!/usr/bin/python3
"""Who sees what: no session, wrong token, other units, the committee before and after it was named, those who must not
know, holders of sealed fields; and no name anywhere but in the answer to somebody who may read it."""

import json
import sys
import uuid
from urllib.parse import quote
from pathlib import Path

from harness import Lazy, Tests, check_problem, report, two_children

tests = Tests()
the_node = Lazy()
# Planted values: each occurs nowhere by chance, so every place where one is found is a leak.
MARK = 'চিহ্ন' + uuid.uuid4().hex[:10]
SECRET = 'told-by-' + uuid.uuid4().hex[:10]
kept = {}


def police():
    if 'police' not in kept:
        kept['police'] = the_node().client('police')
    return kept['police']


def records():
    if 'records' not in kept:
        kept['records'] = report(police(), two_children(names=[MARK + ' ক', MARK + ' খ']))['records']
    return kept['records']


def every_route(record):
    """Every address that takes a record's id, and how to call it."""
    return [('GET', f'/records/{record}', None), ('GET', f'/records/{record}/history', None), ('GET', f'/records/{record}/tasks', None),
            ('GET', f'/records/{record}/clocks', None), ('GET', f'/records/{record}/documents', None), ('GET', f'/records/{record}/print?form=rescue_report', None), ('PATCH', f'/records/{record}', {'fields': {'language': 'bn'}})]


def lists():
    return ['/worklist', '/records?type=case', '/records?type=person', '/records?type=part', '/records?type=person&q=' + quote(MARK), '/changes?since=0']


def committee_field():
    """The field by which a unit is named so that it sees the case: the pack says `reach: referred`."""
    for type_ in ('case', 'part', 'person'):
        got = police().get(f'/types/{type_}')
        if got.status != 200:
            continue
        fields = got.json.get('fields', {})
        listed = fields.items() if isinstance(fields, dict) else [(f.get('field') or f.get('name'), f) for f in fields]
        for name, definition in listed:
            if isinstance(definition, dict) and definition.get('reach') == 'referred':
                return type_, name
    raise AssertionError('no field of case, part or person says reach: referred in /types/{type}; a committee cannot be named')


def unit_of(role):
    got = the_node().client(role).get('/me')
    assert got.status == 200 and got.json.get('unit'), got
    return got.json['unit']


@tests('without a session every address but sign-in, health and checkpoint answers 401, with a problem document')
def no_session():
    case = records()['case']
    client = the_node().anonymous()
    wanted = every_route(case) + [('GET', path, None) for path in lists()]
    wanted += [('GET', '/me', None), ('GET', '/forms', None), ('GET', '/forms/rescue_report', None), ('GET', '/types', None), ('GET', '/packs', None),
               ('POST', '/forms/rescue_report/submissions', two_children()), ('POST', '/records', {'type': 'case', 'fields': {}}),
               ('POST', '/entries', {'entries': []}), ('DELETE', '/sessions/current', None)]
    for method, path, body in wanted:
        got = client.call(method, path, body)
        if got.status == 404 and (path.startswith('/changes') or path == '/entries'):
            continue  # is not there at all: test_bad_input.py says so
        check_problem(got, 401)
        assert MARK not in got.everything(), f'{method} {path} shows the name'
    assert client.get('/healthz').status == 200
    assert client.get('/ledger/checkpoint').status == 200


@tests('a write with no CSRF token, or with another session\'s, is refused and changes nothing')
def csrf():
    size = the_node().size()
    other = the_node().client('cwc').csrf
    for token in ('', 'x', other, police().csrf[:-1], police().csrf + 'A'):
        got = police().post('/forms/rescue_report/submissions', two_children(), headers={'X-CSRF-Token': token})
        check_problem(got, 403)
    got = police().post('/forms/rescue_report/submissions', two_children(), csrf=False)
    check_problem(got, 403)
    assert the_node().grew(size) == 0, 'something was written'


@tests('another page cannot write: a foreign Origin is refused even with cookie and token')
def foreign_origin():
    size = the_node().size()
    got = police().post('/forms/rescue_report/submissions', two_children(), headers={'Origin': 'https://elsewhere.example'})
    check_problem(got, 403)
    got = police().post('/forms/rescue_report/submissions', two_children(), headers={'Sec-Fetch-Site': 'cross-site'})
    check_problem(got, 403)
    assert the_node().grew(size) == 0, 'something was written'


@tests('a session that was closed, or never was, opens nothing')
def closed_session():
    client = the_node().client('police')
    cookie, token = client.cookie, client.csrf
    assert client.get('/me').status == 200
    assert client.call('DELETE', '/sessions/current').status == 204
    for value in (cookie, cookie.split('=')[0] + '=' + 'A' * 43, cookie.split('=')[0] + '=', 'nonsense', cookie + '; ' + cookie):
        got = the_node().anonymous().get('/me', headers={'Cookie': value})
        check_problem(got, 401)
        got = the_node().anonymous().post('/forms/rescue_report/submissions', two_children(), headers={'Cookie': value, 'X-CSRF-Token': token})
        check_problem(got, 401)


@tests('a wrong password and an unknown name are answered alike, and neither says which it was')
def wrong_password():
    user = the_node().account('shelter')['user']
    answers = []
    for name, password in ((user, 'not the right password at all'), ('nobody-' + uuid.uuid4().hex[:8], 'not the right password at all')):
        got = the_node().anonymous().sign_in(name, password)
        problem = check_problem(got, 401)
        answers.append((got.status, problem['code'], problem['detail']))
        assert 'set-cookie' not in got.headers, got
        assert name not in got.everything() and password not in got.everything(), got
    assert answers[0] == answers[1], answers


@tests('another unit gets 404 at every address of a foreign record, the same as for one that never was')
def foreign_unit():
    for role in ('shelter', 'cwc'):
        client = the_node().client(role)
        for record in [records()['case'], *records()['person'], *records()['part']]:
            for method, path, body in every_route(record):
                never = '0199a000-0000-7000-8000-000000000000'
                got = client.call(method, path, body)
                unknown = client.call(method, path.replace(record, never), body)
                check_problem(got, 404)
                assert MARK not in got.everything(), f'{role} {method} {path} shows the name'
                assert got.body.decode().replace(record, '') == unknown.body.decode().replace(never, ''), f'{path}: {got} is not {unknown}'
        for path in lists():
            got = client.get(path)
            assert got.status in (200, 404), got
            for forbidden in (MARK, records()['case'], *records()['person'], *records()['part']):
                assert forbidden not in got.everything(), f'{role} {path} shows {forbidden}'
        # Neither the tasks of a foreign part nor a form that names a foreign case.
        tasks = police().get(f'/records/{records()["part"][0]}/tasks').json['tasks']
        for task in tasks:
            for verb in ('done', 'skip', 'assign'):
                check_problem(client.post(f'/tasks/{task["id"]}/{verb}', {'reason': 'x'} if verb == 'skip' else {}), 404)
        body = {**two_children(), 'records': {'case': records()['case']}}
        got = client.post('/forms/rescue_report/submissions', body)
        assert got.status in (403, 404), f'{role} writes into a foreign case: {got}'


@tests('an entry of a foreign record is not shown by its id')
def foreign_entry():
    heads = police().get(f'/records/{records()["person"][0]}').json['heads']
    for head in heads:
        assert police().get(f'/ledger/entries/{head}').status == 200
        got = the_node().client('shelter').get(f'/ledger/entries/{head}')
        check_problem(got, 404)
        assert MARK not in got.everything()


@tests('the committee sees the case after it was named, and not before; what its role may not read is withheld')
def committee():
    made = report(police(), two_children(names=[MARK + ' গ']))['records']
    client = the_node().client('cwc')
    check_problem(client.get(f'/records/{made["case"]}'), 404)
    type_, field = committee_field()
    target = made[type_] if isinstance(made[type_], str) else made[type_][0]
    got = police().patch(f'/records/{target}', {'fields': {field: unit_of('cwc')}})
    assert got.status == 200, got
    shown = client.get(f'/records/{made["case"]}')
    assert shown.status == 200, shown
    person = client.get(f'/records/{made["person"][0]}')
    assert person.status == 200 and MARK in person.body.decode(), f'the committee does not see whom it decides about: {person}'
    assert made['case'] in client.get('/records?type=case').body.decode(), 'it is not in the committee\'s list'
    check_problem(the_node().client('shelter').get(f'/records/{made["case"]}'), 404)
    kept['named'] = made


@tests('of several people found together the committee sees the one whom it was given, and not the others')
def one_of_many():
    made = report(police(), two_children(names=['ট', MARK + ' ঠ']))['records']
    type_, field = committee_field()
    assert type_ == 'part', type_
    assert police().patch(f'/records/{made["part"][0]}', {'fields': {field: unit_of('cwc')}}).status == 200
    client = the_node().client('cwc')
    for record in (made['case'], made['part'][0], made['person'][0]):
        assert client.get(f'/records/{record}').status == 200
    for record in (made['part'][1], made['person'][1]):
        for method, path, body in every_route(record):
            got = client.call(method, path, body)
            check_problem(got, 404)
            assert MARK not in got.everything()
    assert made['person'][1] not in client.get('/records?type=person').body.decode()
    parts = {task['record'] for task in client.get(f'/records/{made["case"]}/tasks').json['tasks']}
    assert parts - {made['case']} == {made['part'][0]}, parts  # and what stands on the case itself: the trial
    assert {clock['record'] for clock in client.get(f'/records/{made["case"]}/clocks').json['clocks']} - {made['case']} == {made['part'][0]}


@tests('a unit cannot hang a part of its own on a foreign case, and so neither see it nor take it from its owner')
def no_hooks():
    made = report(police(), two_children(names=[MARK + ' চ']))['records']
    police_unit = unit_of('police')
    for role in ('shelter', 'cwc'):
        client = the_node().client(role)
        own = client.get('/me').json['unit']
        stranger = client.post('/records', {'type': 'person', 'fields': {'under_18': 'no', 'not_to_know': [police_unit]}})
        assert stranger.status in (201, 403), stranger
        for fields in ({'case': made['case'], 'person': made['person'][0], 'as': 'survivor', 'committee': own},
                       {'case': made['case'], 'person': made['person'][0], 'as': 'survivor'},
                       {'case': made['case'], 'as': 'survivor', **({'person': stranger.json['id']} if stranger.status == 201 else {})}):
            got = client.post('/records', {'type': 'part', 'fields': fields})
            assert got.status in (403, 404, 422), f'{role} made a part in a foreign case: {got}'
            never = {**fields, 'case': '0199a000-0000-7000-8000-000000000000'}
            assert client.post('/records', {'type': 'part', 'fields': never}).status == got.status, 'the answer tells whether such a case exists'
        # Nor a foreign person on a case of one's own, and then refer that part to oneself.
        mine = client.post('/records', {'type': 'case', 'fields': {'place_found': 'IN-AS'}})
        if mine.status == 201:
            for type_, fields in (('part', {'case': mine.json['id'], 'person': made['person'][0], 'as': 'survivor', 'committee': own}), ('consent', {'person': made['person'][0], 'C_report': 'yes'})):
                got = client.post('/records', {'type': type_, 'fields': fields})
                check_problem(got, 404)
                assert client.post('/records', {'type': type_, 'fields': {**fields, 'person': '0199a000-0000-7000-8000-000000000000'}}).json['code'] == got.json['code']
        else:
            assert role == 'shelter', mine
        for record in (made['case'], made['person'][0], made['part'][0]):
            check_problem(client.get(f'/records/{record}'), 404)
        assert police().get(f'/records/{made["case"]}').status == 200, 'the police lost their own case'
    # Nor by turning round a part that it was given to read.
    type_, field = committee_field()
    given = report(police(), two_children(names=['ছ']))['records']
    police().patch(f'/records/{given["part"][0]}', {'fields': {field: unit_of('cwc')}})
    cwc = the_node().client('cwc')
    got = cwc.patch(f'/records/{given["part"][0]}', {'fields': {'case': made['case']}})
    assert got.status in (403, 404, 409, 422), f'the committee moved a part into a case that it may not see: {got}'
    check_problem(cwc.get(f'/records/{made["case"]}'), 404)


@tests('a unit that the person named as one that must not know loses the case, everywhere')
def must_not_know():
    if 'named' not in kept:
        raise AssertionError('the committee was not named')
    made = kept['named']
    client = the_node().client('cwc')
    assert client.get(f'/records/{made["case"]}').status == 200
    cwc = unit_of('cwc')
    got = police().patch(f'/records/{made["person"][0]}', {'fields': {'not_to_know': [cwc]}})
    assert got.status == 200, got
    for record in (made['case'], made['person'][0], made['part'][0]):
        for method, path, body in every_route(record):
            got = client.call(method, path, body)
            check_problem(got, 404)
            assert MARK not in got.everything()
    for path in lists():
        got = client.get(path).everything()
        assert made['case'] not in got and MARK not in got, path
    # And from the first moment, where it was said in the report.
    body = two_children(names=[MARK + ' ঘ'])
    body['answers']['person'][0]['not_to_know'] = [cwc]
    type_, field = committee_field()
    second = report(police(), body)['records']
    target = second[type_] if isinstance(second[type_], str) else second[type_][0]
    police().patch(f'/records/{target}', {'fields': {field: cwc}})
    check_problem(client.get(f'/records/{second["case"]}'), 404)


def plant_sealed():
    if 'sealed' not in kept:
        made = report(police(), two_children(names=[MARK + ' ঙ']))['records']
        for field, value in (('told_by', SECRET),):
            got = police().patch(f'/records/{made["case"]}', {'fields': {field: value}})
            assert got.status == 200, got
        type_, field = committee_field()
        target = made[type_] if isinstance(made[type_], str) else made[type_][0]
        police().patch(f'/records/{target}', {'fields': {field: unit_of('cwc')}})
        kept['sealed'] = made
    return kept['sealed']


@tests('a sealed field is never shown to those who are not its holders: not in records, history, lists or entries')
def sealed():
    made = plant_sealed()
    for role in ('cwc', 'shelter'):
        client = the_node().client(role)
        for path in [f'/records/{made["case"]}', f'/records/{made["case"]}/history', *lists()]:
            assert SECRET not in client.get(path).everything(), f'{role} {path}'
    others = [a for a in the_node().accounts() if a['unit'] == the_node().account('police')['unit'] and a['user'] != the_node().account('police')['user']]
    for account in others:
        client = the_node().anonymous()
        assert client.sign_in(account['user'], account['password']).status == 201
        got = client.get(f'/records/{made["case"]}')
        if account['role'] == 'police' and got.status == 200:
            assert SECRET not in got.everything(), 'a colleague who is not a holder reads it'
    for head in police().get(f'/records/{made["case"]}').json['heads']:
        got = the_node().client('cwc').get(f'/ledger/entries/{head}')
        assert SECRET not in got.everything()


@tests('a sealed value stands in no file of the node in clear')
def sealed_at_rest():
    plant_sealed()
    look_for([SECRET, MARK], the_node().directory)


def look_for(marks, folder):
    found = []
    for path in sorted(Path(folder).rglob('*')):
        if path.is_file():
            data = path.read_bytes()
            for mark in marks:
                for form in {mark.encode(), json.dumps(mark).strip('"').encode()}:
                    if form in data:
                        found.append(f'{path.relative_to(folder)} holds {mark!r}')
    assert not found, found


@tests('no name and no value of a field stands in an error, whatever is wrong with the request')
def errors_say_no_values():
    bad = two_children(names=[MARK])
    bad['answers']['person'][0]['under_18'] = MARK
    bad['answers']['case']['found_at'] = MARK
    for body in (bad, {'answers': {'case': MARK}}, json.dumps({'answers': MARK})[:-1].encode()):
        got = police().post('/forms/rescue_report/submissions', body)
        check_problem(got, 400, 422)
        assert MARK not in got.everything(), f'the error repeats a value: {got}'
    person = records()['person'][0]
    got = police().patch(f'/records/{person}', {'fields': {'language': MARK}})
    check_problem(got, 422)
    assert MARK not in got.everything(), got
    got = police().get(f'/records/{records()["case"]}', headers={'If-Match': MARK.encode('utf-8').hex()})
    assert MARK not in got.everything()


@tests('no address in an answer holds a name: neither in headers nor in links')
def no_names_in_addresses():
    for path in [f'/records/{records()["person"][0]}', '/records?type=person', '/worklist']:
        got = police().get(path)
        for name, value in got.headers.items():
            assert MARK not in value, f'{path}: {name} holds the name'
        assert got.headers.get('cache-control', '').find('no-store') >= 0, f'{path} may be kept by a cache: {got.headers.get("cache-control")}'


@tests('no log, no output and no metric holds a name, after everything that these tests did')
def logs():
    node = the_node()
    plant_sealed()
    client = node.client('police')
    client.get('/records?type=person&q=' + quote(MARK))
    metrics = node.anonymous().get('/metrics')
    assert metrics.status == 200, metrics
    marks = [MARK, SECRET, node.account('police')['password']]
    for mark in marks:
        assert mark not in metrics.everything(), 'a metric holds it'
        assert mark not in node.output.read_text('utf-8', 'replace'), 'the output holds it'
    quoted = quote(MARK)
    files = [p for p in node.data.rglob('*') if p.is_file() and ('log' in p.parts or p.suffix == '.log')]
    for path in files:
        text = path.read_text('utf-8', 'replace')
        for mark in [*marks, quoted]:
            assert mark not in text, f'{path.relative_to(node.data)} holds it'
    if not files:
        raise AssertionError('there is no file in log/: nothing was looked at')


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
