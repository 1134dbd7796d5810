#!/usr/bin/python3
"""Keeping time (P31): at the end of a class's time the node proposes erasure to two people; a number that nobody knows
proposes nothing; what another case still needs stays; a no begins anew."""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from harness import REPOSITORY, Lazy, Tests, check_problem, instant, must_run

tests = Tests()
the_node = Lazy()
kept = {}


def desk():
    if 'desk' not in kept:
        kept['desk'] = the_node().client('police')
    return kept['desk']


def somebody(user, **account):
    if user not in kept:
        known = next((one for one in the_node().accounts() if one['user'] == user), None)
        if known is None:
            known = {'user': user, 'password': 'a long enough secret', 'role': 'police', **account}
            assert desk().post('/accounts', known).status == 201
        kept[user] = the_node().anonymous()
        assert kept[user].sign_in(known['user'], known['password']).status == 201
    return kept[user]


def closed_case(name='রুমা', person=None):
    """A case of the desk with one person, in which nothing is left to do, closed three days ago."""
    case = desk().post('/records', {'type': 'case', 'fields': {'place_found': 'IN-AS'}}).json['id']
    person = person or desk().post('/records', {'type': 'person', 'fields': {'names': [name], 'under_18': 'yes'}}).json['id']
    assert desk().post('/records', {'type': 'part', 'fields': {'case': case, 'person': person, 'as': 'survivor'}}).status == 201
    for _ in range(40):
        left = [one for one in desk().get(f'/records/{case}/tasks').json['tasks'] if one['state'] not in ('done', 'skipped')]
        if not left:
            break
        for one in left:
            by = desk() if 'police' in one['who'] else None
            if by:
                by.post(f'/tasks/{one["id"]}/skip', {'reason': 'a test'})
        if not any('police' in one['who'] for one in left):
            # What is not the desk's to do: the part is no survivor's after all.
            for part in desk().get(f'/records?type=part&of={case}').json['records']:
                assert desk().patch(f'/records/{part["id"]}', {'fields': {'as': 'witness'}}).status == 200
    got = desk().post(f'/records/{case}/close', {'reason': 'over'})
    assert got.status == 200 and got.json['fields']['closed_at'], got
    assert desk().patch(f'/records/{case}', {'fields': {'closed_at': instant(-3 * 86400)}}).status == 200
    return case, person


def proposed(client=None):
    return {(one['record'], one['class']): one for one in (client or desk()).get('/erasures').json['erasures']}


@tests('with the numbers that ship, which nobody knows, nothing is ever proposed')
def nothing():
    case, _ = closed_case()
    assert proposed() == {} and not [one for one in desk().get('/worklist').json['alerts'] if one['alert'] == 'erasure']
    assert check_problem(desk().post(f'/records/{case}/erasures', {'class': 'identity', 'agree': True}), 409)['code'] == 'erasure.not_due'
    check_problem(somebody('inspector').get('/erasures'), 403)
    kept['case'] = case


def load(identity):
    path = Path(tempfile.mkdtemp(prefix='sanjal-packs-', dir=the_node().folder)) / 'packs'
    shutil.copytree(REPOSITORY / 'packs', path)
    for file, before, after in (('in/pack.yaml', 'version: 1\n', 'version: 2\n'),
                                ('common/retention.yaml', 'The nodal officer, ground: The work on the case, keep: null', f'The nodal officer, ground: The work on the case, keep: {identity}')):
        text = (path / file).read_text('utf-8')
        assert before in text, f'{file} has no {before!r}'
        (path / file).write_text(text.replace(before, after, 1), 'utf-8')
    got = desk().raw('POST', '/api/v1/packs', must_run('pack', 'compile', path / 'in').out.encode(), {'Content-Type': 'application/json', 'X-CSRF-Token': desk().csrf})
    assert got.status in (200, 201), got


def wait(what, sentence, seconds=60):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, sentence
        time.sleep(0.2)


@tests('once a pack knows the number, a closed case is proposed: the class, the day, who answers and why, and nothing of what it holds')
def begins():
    load('1 day')
    wait(lambda: (kept['case'], 'identity') in proposed(), 'a case that stood before the number was known is not proposed')
    assert {one[1] for one in proposed()} == {'identity'}
    one = proposed()[kept['case'], 'identity']
    assert one['number'] and one['agreed'] == [] and one['answers'] == 'The nodal officer' and one['keep'] == '1 day' and one['ends'], one
    assert 'রুমা' not in json.dumps(proposed() and list(proposed().values()), ensure_ascii=False)
    alert = [one for one in desk().get('/worklist').json['alerts'] if one['alert'] == 'erasure']
    assert [one['record'] for one in alert] == [kept['case']], alert
    assert not [one for one in somebody('inspector').get('/worklist').json['alerts'] if one['alert'] == 'erasure']


@tests('it takes the nodal officer and a second person; nobody says yes twice, nobody else says anything, a no begins anew')
def two():
    case = kept['case']
    path = f'/records/{case}/erasures'
    yes = {'class': 'identity', 'agree': True}
    got = desk().post(path, yes)
    assert got.status == 200 and got.json['state'] == 'proposed' and len(got.json['agreed']) == 1, got
    assert check_problem(desk().post(path, yes), 409)['code'] == 'erasure.twice'
    check_problem(somebody('inspector').post(path, yes), 403)
    check_problem(somebody('committee').post(path, yes), 404)
    for wrong in ({'class': 'identity'}, {'class': 'identity', 'agree': 'yes'}, {'class': 'identity', 'agree': False}, {**yes, 'x': 1}):
        check_problem(desk().post(path, wrong), 422)
    check_problem(desk().post(path, {'class': 'medical', 'agree': True}), 409)
    chief, deputy = somebody('chief', unit='GHY-RLY', head=True), somebody('deputy', unit='GHY-RLY', head=True)
    got = chief.post(path, {'class': 'identity', 'agree': False, 'reason': 'An appeal is announced.'})
    assert got.status == 200 and got.json['agreed'] == [], got
    assert chief.post(path, yes).json['state'] == 'proposed'
    assert check_problem(deputy.post(path, yes), 403)['code'] == 'erasure.nodal', 'two heads erase without the nodal officer'


@tests('after the second yes the class is gone for good, the case and its number stay, and what an open case needs stays too')
def gone():
    case = kept['case']
    person = next(one['id'] for one in desk().get(f'/records?type=person&of={case}').json['records'])
    other, shared = closed_case('মীরা')
    open_case = desk().post('/records', {'type': 'case', 'fields': {'place_found': 'IN-AS'}}).json['id']
    assert desk().post('/records', {'type': 'part', 'fields': {'case': open_case, 'person': shared, 'as': 'witness'}}).status == 201
    got = desk().post(f'/records/{case}/erasures', {'class': 'identity', 'agree': True})
    assert got.status == 200 and got.json['state'] == 'agreed', got
    wait(lambda: 'রুমা' not in json.dumps(desk().get(f'/records/{person}').json, ensure_ascii=False), 'nothing was erased')
    shown = desk().get(f'/records/{case}').json
    assert shown['number'] and shown['state'] == 'closed', shown
    wait(lambda: (case, 'identity') not in proposed(), 'what is erased is proposed again')
    for user in ('desk', 'chief'):
        assert kept[user].post(f'/records/{other}/erasures', {'class': 'identity', 'agree': True}).status == 200
    time.sleep(3)
    assert 'মীরা' in json.dumps(desk().get(f'/records/{shared}').json, ensure_ascii=False), 'the name is gone from a case that is open'
    history = desk().get(f'/records/{person}/history').json
    assert 'রুমা' not in json.dumps(history, ensure_ascii=False)
    node = the_node()
    node.stop()
    must_run('verify', node.directory)


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
