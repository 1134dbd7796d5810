#!/usr/bin/python3
"""The nodal officer invites, a phone takes the invitation up, and that person is at work: once, within two days, as what was said."""

import re
import sys
import uuid

from harness import Lazy, Tests, check_problem, report, two_children

tests = Tests()
the_node = Lazy()
kept = {}


def officer():
    if 'officer' not in kept:
        kept['officer'] = the_node().client('police')
    return kept['officer']


def invite(user, role='police', unit='GHY-RLY', **more):
    return officer().post('/invitations', {'user': user, 'role': role, 'unit': unit, **more})


def take(code, password):
    return the_node().anonymous().post('/invitations/take', {'code': code, 'password': password})


@tests('with a code somebody sees what they are invited as, takes it up with a secret of their phone, and reports at once')
def joins():
    made = invite('bimal')
    assert made.status == 201 and re.fullmatch(r'([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}', made.json['code']), made
    code = made.json['code']
    shown = the_node().anonymous().post('/invitations/open', {'code': code.lower().replace('-', ' ').replace('0', 'o')})
    assert shown.status == 200 and shown.json['user'] == 'bimal' and shown.json['role'] == 'police' and shown.json['unit']['code'] == 'GHY-RLY', shown
    secret = uuid.uuid4().hex + uuid.uuid4().hex
    assert take(code, secret).status == 201
    phone = the_node().anonymous()
    assert phone.sign_in('bimal', secret).status == 201
    me = phone.get('/me').json
    assert me['role'] == 'police' and me['unit_code'] == 'GHY-RLY' and me['nodal'] is False, me
    assert report(phone, two_children())['records']['case']
    row = next(one for one in officer().get('/accounts').json['accounts'] if one['user'] == 'bimal')
    assert row['state'] == 'active', row
    kept['code'] = code


@tests('a code works once, is never shown again, and guessing, a wrong code and a withdrawn one all look alike')
def once():
    check_problem(take(kept['code'], uuid.uuid4().hex), 404)
    check_problem(the_node().anonymous().post('/invitations/open', {'code': kept['code']}), 404)
    listed = officer().get('/invitations')
    assert kept['code'] not in listed.everything() and [one['state'] for one in listed.json['invitations'] if one['user'] == 'bimal'] == ['used'], listed
    made = invite('chitra').json
    assert officer().delete(f'/invitations/{made["invitation"]}').status == 204
    check_problem(officer().delete(f'/invitations/{made["invitation"]}'), 404)
    answers = {the_node().anonymous().post('/invitations/open', {'code': code}).body for code in (made['code'], kept['code'], 'AAAA-AAAA-AAAA-AAAA', '', 'x' * 5000, "' or 1=1 --")}
    assert len(answers) == 1, answers
    assert [one['user'] for one in officer().get('/accounts').json['accounts'] if one['user'] == 'chitra'] == []


@tests('only the nodal officer invites, only to a role, a unit and a name that can be, and the code stands nowhere on the disk')
def refused():
    for body, pointer in (({'user': 'Bimal!', 'role': 'police', 'unit': 'GHY-RLY'}, '/user'), ({'user': 'x', 'role': 'king', 'unit': 'GHY-RLY'}, '/role'), ({'user': 'x', 'role': 'police', 'unit': 'NOWHERE'}, '/unit')):
        got = officer().post('/invitations', body)
        check_problem(got, 422)
        assert pointer in got.body.decode(), got
    check_problem(invite('bimal'), 409)
    for role in ('cwc', 'shelter'):
        someone = the_node().client(role)
        check_problem(someone.post('/invitations', {'user': 'y', 'role': 'police', 'unit': 'GHY-RLY'}), 403)
        check_problem(someone.get('/invitations'), 403)
    code = invite('dipen').json['code']
    check_problem(take(code, 'short'), 422)
    check_problem(the_node().anonymous().post('/invitations/take', {'code': code, 'password': uuid.uuid4().hex, 'role': 'nodal'}), 422)
    assert take(code, uuid.uuid4().hex).status == 201  # a mistake does not use it up
    for file in the_node().directory.rglob('*'):
        if file.is_file():
            data = file.read_bytes()
            assert code.encode() not in data and code.replace('-', '').encode() not in data, file


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
