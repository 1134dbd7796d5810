#!/usr/bin/python3
"""Every address, every role, every way to stand to a record: who gets what.

The addresses come from the node itself (openapi.json, which a unit test holds equal to the router); what must be answered comes
from the small tables below and from packs/common/roles.yaml, read here by a few lines that know nothing of the program.  An
address without a row fails.
"""

import http.client
import re
import sys
import time
import uuid

from harness import REPOSITORY, Lazy, Node, People, Several, Tests, check_problem, must_run, report, two_children

tests = Tests()
the_node = Lazy()
people = People(the_node)
unit = people.unit
kept = {}
MARK = 'চিহ্ন' + uuid.uuid4().hex[:10]
SECRET = 'told-by-' + uuid.uuid4().hex[:10]
NEVER = '0199a000-0000-7000-8000-000000000000'

# What an address is: open (to everybody), own (one's own things, whoever is signed in), read and write (of a record), task,
# file, glass, order, never (a referral that nobody made; test_referral.py has the rest), nodal (the officer's), officer (or a head), supervise.
ROWS = {
    'post /sessions': 'open', 'post /accounts/requests': 'open', 'get /openapi.json': 'open', 'get /ledger/checkpoint': 'open', 'get /healthz': 'open', 'get /metrics': 'open',
    'post /sessions/current/proof': 'own', 'get /me': 'own', 'get /doors': 'own', 'patch /me': 'own', 'post /me/password': 'own', 'get /sessions': 'own', 'delete /sessions/{id}': 'own', 'delete /sessions/current': 'own', 'get /colleagues': 'own',
    'get /packs': 'own', 'get /types': 'own', 'get /types/{type}': 'own', 'get /units': 'own', 'get /forms': 'own', 'get /forms/{form}': 'own', 'post /forms/{form}/submissions': 'create',
    'get /records': 'own', 'post /records': 'create', 'get /worklist': 'own', 'get /devices': 'own', 'get /devices/node': 'own', 'post /entries/file': 'own', 'get /forms/{form}/rules': 'own', 'post /devices': 'own', 'delete /devices/{id}': 'own', 'post /entries': 'own',
    'get /entries/waiting': 'own', 'post /entries/waiting/{id}': 'own', 'get /ledger/proof': 'own', 'get /changes': 'own', 'get /changes/stream': 'own',
    'get /records/{id}': 'read', 'get /records/{id}/history': 'read', 'get /records/{id}/tasks': 'read', 'get /records/{id}/clocks': 'read', 'get /records/{id}/files': 'read',
    'get /ledger/entries/{id}': 'entry', 'get /files/{id}': 'file', 'patch /records/{id}': 'write', 'post /records/{id}/files': 'write',
    'post /tasks/{id}/done': 'task', 'post /tasks/{id}/skip': 'task', 'post /tasks/{id}/assign': 'task', 'post /tasks/{id}/delay': 'task',
    'post /records/{id}/break-glass': 'glass', 'post /records/{id}/orders': 'order', 'delete /records/{id}/orders/{order}': 'order',
    'post /matches/compare': 'own', 'get /records/{id}/links': 'read', 'get /matches': 'own', 'get /matches/{id}': 'never', 'post /matches/{id}/decision': 'never', 'post /matches/{id}/undo': 'never',
    'get /referrals': 'own', 'post /referrals': 'own', 'get /referrals/{id}': 'never', 'post /referrals/{id}/seen': 'never', 'post /referrals/{id}/accept': 'never',
    'post /referrals/{id}/decline': 'never', 'post /referrals/{id}/complete': 'never', 'post /referrals/{id}/withdraw': 'never', 'get /records/{id}/referrals': 'read',
    'post /tasks/{id}/approve': 'task', 'post /tasks/{id}/refuse': 'task', 'post /records/{id}/close': 'write', 'post /records/{id}/reopen': 'write', 'get /packs/changes': 'own', 'post /packs': 'nodal', 'get /calendars': 'own', 'post /calendars/{calendar}/{year}': 'nodal',
    'get /forms/{form}/print': 'own', 'get /documents/{document}/print': 'own', 'get /worklist/print': 'own', 'get /records/{id}/documents': 'read', 'get /records/{id}/print': 'print',
    'get /column-maps': 'own', 'get /column-maps/{name}': 'import', 'post /column-maps': 'import', 'post /import-files': 'import', 'get /import-files/{id}/preview': 'import',
    'post /import-files/{id}/check': 'import', 'get /imports': 'import', 'post /imports': 'import', 'get /imports/{id}': 'import', 'get /imports/{id}/refused': 'import',
    'post /imports/{id}/undo': 'import', 'get /exports/{format}': 'own',
    'post /accounts/{id}/reads': 'nodal', 'get /canaries': 'nodal', 'post /canaries': 'nodal', 'delete /canaries/{id}': 'nodal', 'get /accounts': 'nodal', 'post /accounts': 'nodal', 'patch /accounts/{id}': 'nodal', 'delete /accounts/{id}': 'nodal', 'post /accounts/{id}/approve': 'nodal',
    'post /accounts/{id}/suspend': 'nodal', 'post /accounts/{id}/resume': 'nodal', 'delete /accounts/{id}/sessions': 'nodal', 'post /accounts/{id}/reset': 'nodal',
    'get /invitations': 'nodal', 'post /invitations': 'nodal', 'delete /invitations/{id}': 'nodal', 'post /invitations/open': 'open', 'post /invitations/take': 'open',
    'post /accounts/{id}/reset/finish': 'nodal', 'patch /units/{id}': 'nodal', 'get /supervision': 'supervise', 'get /erasures': 'nodal', 'post /records/{id}/erasures': 'order',
    'get /peers': 'own', 'get /peers/card': 'own', 'patch /peers/card': 'nodal', 'post /peers': 'nodal', 'post /peers/{id}/confirm': 'nodal', 'post /peers/{id}/stop': 'nodal',
    'post /peers/{id}/bundles': 'nodal', 'get /peers/{id}/evidence': 'nodal', 'get /peers/aside': 'nodal', 'post /peers/inbox': 'open',
    'get /agreements': 'own', 'post /agreements': 'nodal', 'post /agreements/{id}/sign': 'nodal', 'post /agreements/{id}/end': 'nodal',
    'get /disclosures': 'own', 'post /disclosures': 'own', 'get /arrivals': 'own', 'get /arrivals/{id}': 'never', 'get /handovers': 'own',
    'post /records/{id}/handover': 'write', 'post /records/{id}/handover/withdraw': 'write', 'post /handovers/{id}/accept': 'never', 'post /handovers/{id}/decline': 'never',
    'get /reports': 'own', 'get /reports/{report}': 'own', 'get /public/{report}': 'open',
    'get /webhooks': 'nodal', 'post /webhooks': 'nodal', 'delete /webhooks/{id}': 'nodal', 'get /webhooks/{id}/deliveries': 'nodal',
}
# How an account stands to the case of the desk at GHY-RLY: the unit that it works in, and which case.
STANDS = {'own': ('GHY-RLY', 'case'), 'erased': ('GHY-RLY', 'erased'), 'sealed': ('GHY-RLY', 'case'), 'referred': ('KAM-CWC', 'case'), 'revoked': ('GHY-SHELTER', 'case'),
          'foreign': ('JOR-PS', 'case'), 'blocked': ('JOR-PS', 'blocked')}
RELATION = {'own': 'own', 'erased': 'own', 'sealed': 'own', 'referred': 'referred'}


def roles():
    """role -> {relation: its line}, from the pack's file."""
    found, role = {}, None
    for line in (REPOSITORY / 'packs/common/roles.yaml').read_text('utf-8').splitlines():
        if top := re.match(r'^(\w+):', line):
            role = found.setdefault(top[1], {})
        elif (relation := re.match(r'^  (\w+):(.*)', line)) and role is not None:
            types = re.search(r'types: \[([^]]*)\]', relation[2])
            if types is None or {'case', 'person', 'part'} & set(types[1].split(', ')):  # else it says nothing of the records here
                role[relation[1]] = relation[2]
    assert len(found) >= 8, found
    return found


def expected(kind, role, stands):
    """Which statuses are right.  422, 409 and 400 mean: it was let through, and the empty request was not enough."""
    through = {200, 201, 202, 204, 400, 404, 409, 412, 415, 422}
    relation, rules = RELATION.get(stands), roles()[role]
    reads = relation in rules or ('unit' in rules and relation is not None)
    if kind in ('open', 'own'):
        return through | ({401} if kind == 'open' else set())
    if kind == 'never':
        return {404}
    if kind == 'create':
        return through if 'own' in rules else {403, 422}
    if kind in ('nodal', 'import'):  # tables are the nodal officer's: a batch of another unit is not there at all
        return {403, 404} if kind == 'import' else {403}
    if kind == 'supervise':
        return {200} if 'supervised' in rules else {403}
    if kind == 'glass' and 'break_glass' in rules:
        return {404} if stands == 'blocked' else {422}
    if relation is None:
        return {404}
    if kind == 'entry':
        return {200} if reads else {404}
    if kind == 'file':
        return {200} if reads and 'legal' in re.search(r'read: \[([^]]*)\]', rules.get(relation, 'read: []'))[1] else {404}
    if not reads:
        return {403}
    if kind == 'read':
        return {200}
    if kind == 'print':
        return {200, 422}
    if kind == 'write':
        return {200, 201, 403, 409, 415, 422}
    if kind == 'task':
        return {200, 403, 409, 422}
    return {403}  # glass without the right, order without the office


def officer():
    return people()


def make_case(**person):
    body = two_children(names=[MARK])
    body['answers']['person'][0].update(person)
    made = report(officer(), body)['records']
    case, part = made['case'], made['part'][0]
    assert officer().patch(f'/records/{case}', {'fields': {'told_by': SECRET}}).status == 200
    got = officer().raw('POST', f'/api/v1/records/{case}/files', b'\xff\xd8\xff\xe0' + bytes(100), {'Content-Type': 'image/jpeg', 'X-CSRF-Token': officer().csrf})
    assert got.status == 201, got
    return {'case': case, 'person': made['person'][0], 'part': part, 'file': officer().get(f'/records/{case}/files').json['files'][0]['file'],
            'entry': officer().get(f'/records/{case}').json['heads'][0], 'task': officer().get(f'/records/{part}/tasks').json['tasks'][0]['id']}


def cases():
    if 'cases' not in kept:
        made = {'case': make_case(), 'erased': make_case(), 'blocked': make_case(not_to_know=[unit('JOR-PS')])}
        # Revoked: named, and then another in its place.
        for committee in ('GHY-SHELTER', 'KAM-CWC'):
            assert officer().patch(f'/records/{made["case"]["part"]}', {'fields': {'committee': unit(committee)}}).status == 200
        assert officer().patch(f'/records/{made["blocked"]["part"]}', {'fields': {'committee': unit('JOR-PS')}}).status == 200
        accounts = {}
        for role in roles():
            for stands, (code, _) in STANDS.items():
                user, password = f'{role.replace("_", "-")}-{stands}', uuid.uuid4().hex
                assert officer().post('/accounts', {'user': user, 'password': password, 'role': role, 'unit': code}).status == 201
                accounts[role, stands] = (user, password)
        node = the_node()
        node.stop()
        must_run('erase', node.directory, '--record', made['erased']['person'], '--field', 'names', '--reason', 'asked', '--approve', 'A', '--approve', 'B')
        node.serve()
        people.forget()
        kept['cases'], kept['accounts'] = made, accounts
    return kept['cases']


def rows():
    """(method, template, kind) of every address that the node says it has."""
    found = []
    for template, methods in the_node().anonymous().get('/openapi.json').json['paths'].items():
        for method in methods:
            row = ROWS.get(f'{method} {template.removeprefix("/api/v1")}')
            found.append((method.upper(), template, row))
    return sorted(found, key=lambda one: one[1].endswith('/sessions/current'))  # which ends what the others stand on


def address(template, kind, case):
    ids = {'read': case['person'], 'print': case['person'], 'write': case['case'], 'glass': case['person'], 'order': case['case'], 'entry': case['entry'], 'file': case['file'], 'task': case['task']}
    return template.replace('{id}', ids.get(kind, NEVER)).replace('{form}', 'rescue_report').replace('{type}', 'case').replace('{order}', 'A' * 43)


def call(client, method, path, headers=None):
    """The answer; of a stream only its status, because it does not end."""
    headers = {'Content-Type': 'application/json', **({'X-CSRF-Token': client.csrf} if client.csrf and method != 'GET' else {}), **(headers or {})}
    if path.endswith('/changes/stream'):
        connection = http.client.HTTPConnection(client.host, client.port, timeout=60)
        connection.request(method, path, headers={'Cookie': client.cookie or 'none=none', **headers})
        response = connection.getresponse()
        status, body = response.status, b'' if response.status == 200 else response.read()
        connection.close()
        return status, body.decode('utf-8', 'replace')
    got = client.raw(method, path, None if method in ('GET', 'DELETE') else b'{}', headers)
    return got.status, got.everything()


@tests('every address has a row, and every row an address')
def whole():
    there = {f'{method.lower()} {template.removeprefix("/api/v1")}' for method, template, _ in rows()}
    assert there == set(ROWS), f'without a row: {sorted(there - set(ROWS))}; without an address: {sorted(set(ROWS) - there)}'


@tests('every role at every address, standing in every way to the record, gets what the tables say, and nobody else\'s name or secret')
def matrix():
    made, count = cases(), 0
    with Several() as several:
        for (role, stands), (user, password) in kept['accounts'].items():
            client = the_node().anonymous()
            assert client.sign_in(user, password).status == 201
            case = made[STANDS[stands][1]]
            for method, template, kind in rows():
                path = address(template, kind, case)
                with several.case(f'{role} {stands} {method} {template}'):
                    status, said = call(client, method, path)
                    right = expected(kind, role, stands)
                    assert status in right, f'{status} and not {sorted(right)}: {said[-300:]}'
                    assert SECRET not in said, 'the sealed value'
                    if stands not in RELATION:
                        assert MARK not in said, 'a name'
                    if stands == 'erased' and kind == 'read':
                        assert MARK not in said, 'an erased name'
                    count += 1
            client.close()
    assert count == len(ROWS) * len(roles()) * len(STANDS) >= 3000, count
    print(f'     {count} answers looked at')


def steps_of_the_case():
    """step -> roles, of the procedure that stands on the case, from the pack's file."""
    found, step = {}, None
    for line in (REPOSITORY / 'packs/in/procedures/in_prosecution.yaml').read_text('utf-8').splitlines():
        if named := re.match(r'^  (\w+):$', line):
            step = named[1]
        elif (who := re.match(r'^    who: (.*)', line)) and step:
            found[step] = set(re.findall(r'\w+', who[1]))
    assert len(found) >= 12, found
    return found


@tests('P27, P28: of the steps of the case itself its own unit sees all, a unit with one person those of its own role, anybody else none')
def steps():
    case, count = cases()['case']['case'], 0
    universe = steps_of_the_case()
    there = {one['step'] for one in officer().get(f'/records/{case}/tasks').json['tasks'] if one['record'] == case}
    assert len(there) >= 8 and there <= set(universe), there
    with Several() as several:
        for (role, stands), (user, password) in kept['accounts'].items():
            client = the_node().anonymous()
            assert client.sign_in(user, password).status == 201
            reads = RELATION.get(stands) in roles()[role]
            sees = set() if not reads else there if RELATION[stands] == 'own' else {step for step in there if role in universe[step]}
            with several.case(f'{role} {stands}'):
                got = client.get(f'/records/{case}/tasks') if STANDS[stands][1] == 'case' else None
                if got is not None:
                    assert got.status == (200 if reads else 403 if stands in RELATION else 404), got
                    assert {one['step'] for one in got.json.get('tasks', []) if one['record'] == case} == sees, got
                    count += 1
                if stands in ('referred', 'foreign', 'revoked') and (reads or stands != 'referred'):
                    for step in there - sees:
                        check_problem(client.post(f'/tasks/{case}.{step}/assign', {}), 404)
                        count += 1
            client.close()
    assert count > 400, count


@tests('outside one\'s reach each address answers as for a record that never was')
def same_as_never():
    made = cases()
    with Several() as several:
        for stands in ('foreign', 'revoked', 'blocked'):
            client = the_node().anonymous()
            assert client.sign_in(*kept['accounts']['police', stands]).status == 201
            case = made[STANDS[stands][1]]
            for method, template, kind in rows():
                if kind not in ('read', 'write', 'order', 'file', 'task', 'glass', 'entry'):
                    continue
                path = address(template, kind, case)
                never = {'task': NEVER + '.' + case['task'].split('.')[1], 'entry': 'A' * 43, 'file': 'A' * len(case['file'])}.get(kind, NEVER)
                real = {'read': case['person'], 'write': case['case'], 'glass': case['person'], 'order': case['case'], 'entry': case['entry'], 'file': case['file'], 'task': case['task']}[kind]
                with several.case(f'{stands} {method} {template}'):
                    one, other = call(client, method, path), call(client, method, path.replace(real, never))
                    assert one[0] == other[0] == 404 and one[1].split('\n')[-1] == other[1].split('\n')[-1], f'{one} {other}'


@tests('without a session, with one that ended, that ran out, and with a wrong token every address but the open ones refuses')
def unsigned():
    made = cases()
    gone = the_node().client('police')
    cookie, csrf = gone.cookie, gone.csrf
    assert gone.delete('/sessions/current').status == 204
    client = the_node().client('police')
    short = Node()
    with Several() as several:
        try:
            short.start(env={'SANJAL_SESSION_IDLE_SECONDS': '1'})
            expired = short.client('police')
            until = time.monotonic() + 60
            time.sleep(1.2)
            while expired.get('/me').status != 401:
                assert time.monotonic() < until, 'a session that nobody uses does not end'
                time.sleep(1.2)
            for method, template, kind in rows():
                if kind == 'open':
                    continue
                path = address(template, kind, made['case'])
                with several.case(f'{method} {template}'):
                    assert call(the_node().anonymous(), method, path)[0] == 401, 'no session'
                    left = the_node().anonymous()
                    left.cookie, left.csrf = cookie, csrf
                    assert call(left, method, path)[0] == 401, 'ended'
                    assert call(expired, method, path)[0] == 401, 'ran out'
                    if method != 'GET':
                        for token in ('x', csrf, client.csrf[:-1]):
                            assert call(client, method, path, {'X-CSRF-Token': token})[0] == 403, 'wrong token'
        finally:
            short.__exit__(None, None, None)


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
