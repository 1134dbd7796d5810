#!/usr/bin/python3
"""Who may sign in: asking to join, approving, changing, resting; passwords given back by two officers; sessions and limits."""

import sys
import time
import uuid

from harness import Lazy, Node, People, Several, Tests, check_problem, report, two_children

tests = Tests()
the_node = Lazy()
people = People(the_node)
unit, fresh = people.unit, people.make
SECRET = 'told-by-' + uuid.uuid4().hex[:10]


def officer():
    return people()


def account(actor):
    return next((a for a in officer().get('/accounts').json['accounts'] if a['actor'] == actor), None)


@tests('somebody asks to join, cannot sign in until the officer says yes, and then holds the role that the officer gave')
def joining():
    user, password = 'asks-' + uuid.uuid4().hex[:8], uuid.uuid4().hex
    anybody = the_node().anonymous()
    wish = {'user': user, 'password': password, 'role': 'shelter', 'unit': 'GHY-SHELTER'}
    first = anybody.post('/accounts/requests', wish)
    assert first.status == 202, first
    # The same words for a name that somebody has: nobody learns who works here.
    taken = anybody.post('/accounts/requests', {**wish, 'password': uuid.uuid4().hex})
    assert (taken.status, taken.body) == (first.status, first.body), taken
    for wrong in ({'user': 'Has Spaces'}, {'password': 'short'}, {'role': 'king'}, {'unit': 'NOWHERE'}, {'nodal': True}):
        check_problem(anybody.post('/accounts/requests', {**wish, 'user': 'x-' + uuid.uuid4().hex[:6], **wrong}), 422)
    assert check_problem(anybody.sign_in(user, password), 403)['code'] == 'account.waiting'
    check_problem(the_node().anonymous().sign_in(user, 'not that password'), 401)
    waiting = [a for a in officer().get('/accounts').json['accounts'] if a['user'] == user]
    assert len(waiting) == 1 and waiting[0]['state'] == 'waiting' and not waiting[0]['nodal'], waiting
    actor = waiting[0]['actor']
    other = the_node().client('cwc')
    check_problem(other.get('/accounts'), 403)
    check_problem(other.post(f'/accounts/{actor}/approve', {}), 403)
    assert officer().post(f'/accounts/{actor}/approve', {'role': 'police', 'unit': 'JOR-PS'}).status == 200
    check_problem(officer().post(f'/accounts/{actor}/approve', {}), 409)
    me = the_node().signed_in(user, password).get('/me').json
    assert (me['role'], me['unit'], me['nodal']) == ('police', unit('JOR-PS'), False), me
    # And one that is not granted is forgotten.
    anybody.post('/accounts/requests', {**wish, 'user': 'no-' + user})
    refused = next(a for a in officer().get('/accounts').json['accounts'] if a['user'] == 'no-' + user)['actor']
    assert officer().delete(f'/accounts/{refused}').status == 204
    check_problem(officer().delete(f'/accounts/{refused}'), 404)
    check_problem(officer().delete(f'/accounts/{actor}'), 409)
    check_problem(the_node().anonymous().sign_in('no-' + user, password), 401)


@tests('a change of role, a rest and the end of sessions hold at once, leave entries, and never take the last officer')
def changing():
    user, password, actor = fresh()
    client = the_node().signed_in(user, password)
    size = the_node().size()
    assert officer().patch(f'/accounts/{actor}', {'role': 'cwc', 'unit': 'KAM-CWC', 'head': True}).status == 200
    check_problem(client.get('/me'), 401)
    me = the_node().signed_in(user, password).get('/me').json
    assert (me['role'], me['unit'], me['head']) == ('cwc', unit('KAM-CWC'), True), me
    check_problem(officer().patch(f'/accounts/{actor}', {'role': 'cwc'}), 422)
    check_problem(officer().patch(f'/accounts/{actor}', {'role': 'king'}), 422)
    client = the_node().signed_in(user, password)
    assert officer().post(f'/accounts/{actor}/suspend', {'reason': 'on leave'}).status == 200
    check_problem(client.get('/me'), 401)
    assert check_problem(the_node().anonymous().sign_in(user, password), 403)['code'] == 'account.suspended'
    check_problem(officer().post(f'/accounts/{actor}/suspend', {}), 409)
    assert account(actor)['state'] == 'suspended'
    assert officer().post(f'/accounts/{actor}/resume').status == 200
    client = the_node().signed_in(user, password)
    assert officer().delete(f'/accounts/{actor}/sessions').status == 204
    check_problem(client.get('/me'), 401)
    assert the_node().grew(size) >= 4, 'each of these is an entry'
    me = officer().actor
    assert check_problem(officer().patch(f'/accounts/{me}', {'nodal': False}), 409)['code'] == 'account.last_officer'
    assert check_problem(officer().post(f'/accounts/{me}/suspend', {}), 409)['code'] == 'account.last_officer'
    check_problem(officer().patch('/accounts/0199a000-0000-7000-8000-000000000000', {'role': 'cwc'}), 404)


@tests('colleagues are the people of one\'s own unit, and a task can be given to one of them')
def colleagues():
    user, password, actor = fresh()
    names = {one['actor']: one['user'] for one in officer().get('/colleagues').json['colleagues']}
    assert names[actor] == user and officer().actor in names, names
    stranger = the_node().client('cwc').get('/colleagues')
    assert user not in stranger.body.decode() and actor not in stranger.body.decode()
    part = report(officer())['records']['part'][0]
    task = officer().get(f'/records/{part}/tasks').json['tasks'][0]['id']
    assert officer().post(f'/tasks/{task}/assign', {'to': actor}).status == 200
    assert task in [t['id'] for t in the_node().signed_in(user, password).get('/worklist?owner=me').json['tasks']]


@tests('the language of one\'s screens is kept, and is one that the rules speak')
def language():
    client = the_node().signed_in(*fresh()[:2])
    assert 'language' not in client.get('/me').json
    assert client.patch('/me', {'language': 'bn'}).json['language'] == 'bn'
    assert client.get('/me').json['language'] == 'bn'
    for wrong in ({'language': 'xx'}, {'language': ''}, {'nodal': True}, {'role': 'cwc'}, {}):
        check_problem(client.patch('/me', wrong), 422)


@tests('one changes one\'s password by the old one, keeps what is sealed, and one\'s other sessions end')
def password():
    user, old, _ = fresh()
    client, other = the_node().signed_in(user, old), the_node().signed_in(user, old)
    case = report(client, two_children())['records']['case']
    assert client.patch(f'/records/{case}', {'fields': {'told_by': SECRET}}).status == 200
    new = uuid.uuid4().hex
    check_problem(client.post('/me/password', {'password': 'wrong', 'new_password': new}), 422)
    check_problem(client.post('/me/password', {'password': old, 'new_password': 'short'}), 422)
    assert client.get('/me').status == 200
    assert client.post('/me/password', {'password': old, 'new_password': new}).status == 204
    assert client.get('/me').status == 200
    check_problem(other.get('/me'), 401)
    check_problem(the_node().anonymous().sign_in(user, old), 401)
    assert the_node().signed_in(user, new).get(f'/records/{case}').json['fields']['told_by'] == SECRET


@tests('a forgotten password is given back by two officers, never by one, and what was sealed to the person opens again')
def reset():
    second_user, second_password, _ = fresh(nodal=True)
    third = the_node().signed_in(*fresh(role='police', unit='GHY-RLY', head=True)[:2])
    user, old, actor = fresh()
    second = the_node().signed_in(second_user, second_password)
    client = the_node().signed_in(user, old)
    case = report(client, two_children())['records']['case']
    assert client.patch(f'/records/{case}', {'fields': {'told_by': SECRET}}).status == 200
    colleague = the_node().signed_in(*fresh()[:2])
    check_problem(colleague.post(f'/accounts/{actor}/reset'), 403)
    check_problem(colleague.post(f'/accounts/{actor}/reset/finish'), 403)
    check_problem(officer().post(f'/accounts/{actor}/reset/finish'), 409)
    assert officer().post(f'/accounts/{actor}/reset').status == 202
    assert client.get('/me').status == 200, 'nothing has happened yet'
    assert check_problem(officer().post(f'/accounts/{actor}/reset/finish'), 409)['code'] == 'reset.same_officer'
    check_problem(the_node().signed_in(*fresh(role='shelter', unit='GHY-SHELTER', head=True)[:2]).post(f'/accounts/{actor}/reset/finish'), 404)
    got = second.post(f'/accounts/{actor}/reset/finish')
    assert got.status == 200, got
    check_problem(client.get('/me'), 401)
    check_problem(the_node().anonymous().sign_in(user, old), 401)
    again = the_node().signed_in(user, got.json['password'])
    assert again.get(f'/records/{case}').json['fields']['told_by'] == SECRET
    check_problem(second.post(f'/accounts/{actor}/reset/finish'), 409)
    # The head of the unit is one of the two as well.
    assert third.post(f'/accounts/{actor}/reset').status == 202
    assert officer().post(f'/accounts/{actor}/reset/finish').status == 200
    # Who never signed in since there were officers has no halves: that is said, and nothing is done.
    assert check_problem(officer().post(f'/accounts/{fresh()[2]}/reset'), 409)['code'] == 'reset.no_halves'
    check_problem(officer().post(f'/accounts/{officer().actor}/reset'), 409)


@tests('one sees where one is signed in and ends a session there; nobody else\'s')
def sessions():
    user, password, _ = fresh()
    here, there = the_node().signed_in(user, password), the_node().signed_in(user, password)
    listed = here.get('/sessions').json['sessions']
    assert [s['current'] for s in listed] == [True, False], listed
    assert here.cookie.split('=')[1] not in str(listed)
    check_problem(the_node().signed_in(*fresh()[:2]).delete(f'/sessions/{listed[1]["session"]}'), 404)
    assert there.get('/me').status == 200
    assert here.delete(f'/sessions/{listed[1]["session"]}').status == 204
    check_problem(there.get('/me'), 401)
    got = here.delete('/sessions/current')
    assert got.status == 204 and '"cache"' in got.headers['clear-site-data'], got
    check_problem(here.get('/me'), 401)


@tests('at one place too many the session that was unused longest ends, and the person is told; other people keep theirs')
def sessions_cap():
    few = Node()
    try:
        few.start(env={'SANJAL_SESSIONS_MAX': '2'})
        other = few.client('cwc')
        first, second = few.client('police'), few.client('police')
        account = few.account('police')
        third = few.anonymous()
        got = third.sign_in(account['user'], account['password'])
        assert got.status == 201 and 'too many places' in got.json['says'], got
        check_problem(first.get('/me'), 401)
        assert second.get('/me').status == third.get('/me').status == other.get('/me').status == 200
        assert len(third.get('/sessions').json['sessions']) == 2
        assert 'says' not in few.anonymous().sign_in(few.account('shelter')['user'], few.account('shelter')['password']).json
    finally:
        few.__exit__(None, None, None)


@tests('what is dangerous asks for the password again once it was typed long ago; the wrong one changes nothing, the right one lets it through for a while')
def prove_again():
    strict = Node()
    try:
        strict.start(env={'SANJAL_PROVE_AGAIN_SECONDS': '1'})
        people = People(lambda: strict)
        officer, doctor = people(), people.somebody('hospital')
        person = report(officer, two_children())['records']['person'][0]
        body = {'user': 'new-' + uuid.uuid4().hex[:6], 'password': uuid.uuid4().hex, 'role': 'cwc', 'unit': 'KAM-CWC'}
        dangerous = {
            'export': lambda: officer.get('/exports/csv?reason=a+test'),
            'order': lambda: officer.post(f'/records/{person}/orders', {}),
            'account': lambda: officer.post('/accounts', body),
            'role': lambda: officer.patch(f'/accounts/{doctor.actor}', {'head': True}),
            'reset': lambda: officer.post(f'/accounts/{doctor.actor}/reset', {}),
            'second half': lambda: officer.post(f'/accounts/{doctor.actor}/reset/finish', {}),
            'approval': lambda: officer.post(f'/accounts/{doctor.actor}/approve', {}),
            'end of a rest': lambda: officer.post(f'/accounts/{doctor.actor}/resume', {}),
            'supervision': lambda: officer.patch(f'/units/{people.unit("GHY-RLY")}', {'supervised_by': None}),
            'webhook': lambda: officer.post('/webhooks', {}),
            'emergency': lambda: doctor.post(f'/records/{person}/break-glass', {'reason': 'Brought in unconscious by an ambulance.'}),
        }
        time.sleep(1.5)
        before = strict.size()
        with Several() as several:
            for what, act in dangerous.items():
                with several.case(what):
                    assert check_problem(act(), 403)['code'] == 'session.prove_again'
        assert strict.grew(before) == 0, 'something was done'
        # What is not dangerous goes on; putting somebody to rest too, because it protects.
        assert officer.get(f'/records/{person}').status == 200 and officer.post('/records', {'type': 'case', 'fields': {}}).status == 201
        for wrong in ({}, {'password': 'not the right password'}, {'password': officer.password, 'more': 'x'}):
            check_problem(officer.post('/sessions/current/proof', wrong), 422)
        assert check_problem(dangerous['export'](), 403)['code'] == 'session.prove_again', 'a wrong password was enough'
        check_problem(doctor.post('/sessions/current/proof', {'password': officer.password}), 422)
        for client, what, status in ((officer, 'export', 200), (officer, 'account', 201), (doctor, 'emergency', 201)):
            assert client.post('/sessions/current/proof', {'password': client.password}).status == 204
            got = dangerous[what]()
            assert got.status == status, got
        time.sleep(1.5)
        assert check_problem(dangerous['export'](), 403)['code'] == 'session.prove_again', 'it holds for ever'
    finally:
        strict.__exit__(None, None, None)


@tests('who tries names and passwords too often waits, and is told how long; others are not kept out')
def sign_in_rate():
    name = 'tried-' + uuid.uuid4().hex[:8]
    assert [the_node().anonymous().sign_in(name, 'not the right password').status for _ in range(3)] == [401] * 3
    # Tries that end before the password is looked at, so that a slow machine is not slower than what comes back each minute.
    visitor, statuses = the_node().anonymous(), []
    while 429 not in statuses and len(statuses) < 400:
        got = visitor.post('/sessions', {'user': name}, csrf=False)
        statuses.append(got.status)
    assert statuses[:50] == [422] * 50 and statuses[-1] == 429, statuses
    assert visitor.sign_in(name, 'not the right password').status == 429
    problem = check_problem(got, 429)
    assert problem['code'] == 'rate.account' and 1 <= int(got.headers['retry-after']) <= 60, got
    assert the_node().client('cwc').get('/me').status == 200


@tests('who writes too often waits, reading goes on, and an address that asks too often is told so')
def writing_rate():
    with_limits = Node()
    try:
        with_limits.start(env={'SANJAL_WRITES_PER_MINUTE': '30', 'SANJAL_LIMIT_LOOPBACK': '1'})
        client = with_limits.client('police')
        person = client.post('/records', {'type': 'person', 'fields': {'under_18': 'yes'}}).json['id']
        statuses = [client.patch(f'/records/{person}', {'fields': {'language': 'bn' if i % 2 else 'hi'}}).status for i in range(40)]
        assert statuses[:25] == [200] * 25 and statuses[-1] == 429, statuses
        got = client.patch(f'/records/{person}', {'fields': {'language': 'bn'}})
        assert check_problem(got, 429)['code'] == 'rate.writing' and int(got.headers['retry-after']) >= 1
        assert client.get(f'/records/{person}').status == 200
        assert with_limits.client('cwc').post('/records', {'type': 'case', 'fields': {}}).status == 201, 'another account is kept out'
        wish = {'password': 'not kept at all', 'role': 'police', 'unit': 'GHY-RLY'}
        joins = [with_limits.anonymous().post('/accounts/requests', {**wish, 'user': f'flood-{i}'}).status for i in range(14)]
        assert joins[:10] == [202] * 10 and joins[-1] == 429, joins
        visitor, tries = with_limits.anonymous(), []
        while 429 not in tries and len(tries) < 800:
            tries.append(visitor.post('/sessions', {'user': f'nobody-{len(tries)}'}, csrf=False).status)
        assert tries[-1] == 429, tries
    finally:
        with_limits.__exit__(None, None, None)


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
