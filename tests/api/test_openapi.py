#!/usr/bin/python3
"""openapi.json is true: answers have the shapes that it says, and every operation that wants a session or a token refuses
without one."""

import os
import re
import sys

from harness import OPENAPI, Lazy, Several, Tests, check_answer, check_problem, report, template_of

tests = Tests()
the_node = Lazy()
kept = {}


def document():
    if 'document' not in kept:
        got = the_node().anonymous().get('/openapi.json')
        assert got.status == 200 and got.json['openapi'].startswith('3.1'), got
        assert got.json == OPENAPI, 'the node serves another document than the one that answers are held against'
        kept['document'] = got.json
    return kept['document']


def police():
    if 'police' not in kept:
        kept['police'] = the_node().client('police')
    return kept['police']


def check(method, path, got, template=None):
    operation = document()['paths'][template or path][method.lower()]
    assert operation['responses'].get(str(got.status)) or operation['responses'].get(f'{got.status // 100}XX'), f'{method} {path} answers {got.status}, which is not described: {got}'
    check_answer(method, template_of(template or path), got)


@tests('answers have the shapes that openapi.json says')
def shapes():
    client = police()
    made = report(client)
    case, part = made['records']['case'], made['records']['part'][0]
    unit = client.get('/units').json['units'][0]['unit']
    client.patch(f'/records/{part}', {'fields': {'committee': unit}})
    client.raw('POST', f'/api/v1/records/{case}/files', b'\xff\xd8\xff\xe0' + os.urandom(100), {'Content-Type': 'image/jpeg', 'X-CSRF-Token': client.csrf})
    task = client.get(f'/records/{part}/tasks').json['tasks'][0]['id']
    file = client.get(f'/records/{case}/files').json['files'][0]['file']
    entry = client.get(f'/records/{case}').json['heads'][0]
    home = the_node().client('shelter').get('/me').json['unit']
    calls = [('GET', '/api/v1/me', None), ('GET', '/api/v1/packs', None), ('GET', '/api/v1/types', None), ('GET', '/api/v1/types/{type}', 'case'), ('GET', '/api/v1/units', None), ('GET', '/api/v1/forms', None),
             ('GET', '/api/v1/forms/{form}', 'rescue_report'), ('GET', '/api/v1/records', None), ('GET', '/api/v1/records/{id}', case), ('GET', '/api/v1/records/{id}/history', case),
             ('GET', '/api/v1/records/{id}/tasks', part), ('GET', '/api/v1/records/{id}/clocks', part), ('GET', '/api/v1/records/{id}/files', case), ('GET', '/api/v1/files/{id}', file), ('GET', '/api/v1/worklist', None),
             ('GET', '/api/v1/devices', None), ('GET', '/api/v1/entries/waiting', None), ('GET', '/api/v1/ledger/checkpoint', None), ('GET', '/api/v1/ledger/entries/{id}', entry), ('GET', '/healthz', None),
             ('GET', '/api/v1/forms/{form}/print', 'rescue_report'), ('GET', '/api/v1/documents/{document}/print', 'first_day'), ('GET', '/api/v1/records/{id}/documents', case), ('GET', '/api/v1/records/{id}/print', case),
             ('GET', '/api/v1/worklist/print', None), ('GET', '/api/v1/openapi.json', None), ('GET', '/api/v1/records/{id}', part[:-1] + 'x'),
             ('POST', '/api/v1/tasks/{id}/skip', task, {'reason': 'not needed'}), ('POST', '/api/v1/tasks/{id}/skip', task, {'reason': 'not needed'}), ('PATCH', '/api/v1/records/{id}', case, {'fields': {'journey_minutes': 5}}),
             ('POST', '/api/v1/referrals', None, {'record': part, 'to': home, 'asks': 'shelter', 'words': 'one bed'}), ('GET', '/api/v1/referrals', None), ('GET', '/api/v1/records/{id}/referrals', part),
             ('POST', '/api/v1/records', None, {'type': 'person', 'fields': {'under_18': 'yes'}}), ('POST', '/api/v1/forms/{form}/submissions', 'rescue_report', {'answers': {}})]
    with Several() as several:
        for method, template, value, *body in calls:
            path = re.sub(r'\{\w+\}', value or '', template)
            with several.case(f'{method} {template}'):
                got = client.raw(method, path, __import__('json').dumps(body[0]).encode() if body else None, {'Content-Type': 'application/json', 'X-CSRF-Token': client.csrf} if body else {})
                check(method, path, got, template)
        for query in (f'entry={entry}', 'from=1'):
            with several.case(f'proof {query}'):
                check('GET', '/api/v1/ledger/proof', client.get(f'/ledger/proof?{query}'))
    check('POST', '/api/v1/forms/{form}/submissions', client.post('/forms/rescue_report/submissions', {'answers': {'case': {'found_at': '1990-01-01T00:00Z', 'place_found': 'IN-AS'}, 'person': [{'under_18': 'no'}]}}))


@tests('every operation that wants a session refuses without one, with a closed one, and a write without its token')
def guarded():
    anonymous = the_node().anonymous()
    gone = the_node().client('police')
    old_cookie, old_csrf = gone.cookie, gone.csrf
    assert gone.delete('/sessions/current').status == 204
    count = 0
    with Several() as several:
        for template, methods in document()['paths'].items():
            path = template.replace('{id}', '0199a000-0000-7000-8000-000000000000').replace('{form}', 'rescue_report').replace('{type}', 'case').replace('{document}', 'first_day')
            for method, operation in methods.items():
                if 'security' in operation:
                    continue
                body = None if method in ('get', 'delete') else b'{}'
                with several.case(f'{method} {template}'):
                    check_problem(anonymous.raw(method.upper(), path, body, {'Content-Type': 'application/json'} if body else {}), 401)
                    check_problem(anonymous.raw(method.upper(), path, body, {'Content-Type': 'application/json', 'Cookie': old_cookie, 'X-CSRF-Token': old_csrf}), 401)
                    if method != 'get':
                        for token in (None, 'x', old_csrf):
                            headers = {'Content-Type': 'application/json', **({'X-CSRF-Token': token} if token else {})}
                            check_problem(police().raw(method.upper(), path, body, headers), 403)
                    count += 1
    assert count > 25, count


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
