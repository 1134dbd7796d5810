#!/usr/bin/python3
"""Against somebody who is bribed: a budget of files for each account, canaries, and what the nodal officers are told."""

import base64
import json
import re
import sys
import time
import uuid

from harness import Lazy, Node, People, Tests, check_problem, must_run, report

tests = Tests()
the_node = Lazy()
people = People(the_node)


def alerts(client, kind):
    return [one for one in client.get('/worklist').json['alerts'] if one['alert'] == kind]


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.1)
    raise AssertionError(f'{what} did not come in {seconds} s')


def everything_noticed():
    """Notices are written together and in order: once this one is there, so are all that were noticed before."""
    somebody = people.somebody('shelter')
    assert somebody.get('/exports/csv?reason=a+test').status == 200
    until('the last notice', lambda: [one for one in alerts(people(), 'table') if one['by'] == somebody.actor])


@tests('whoever opened as many files as one person does in a day opens no new one, keeps the open ones and writes on; an officer is told and lets him go on')
def budget():
    small = Node()
    try:
        small.start(env={'SANJAL_READS_PER_DAY': '5'})
        staff = People(lambda: small)
        reader, desk = staff.somebody('police', 'GHY-RLY'), staff.somebody('police', 'GHY-RLY')
        made = [report(desk)['records'] for _ in range(4)]
        wanted = [record for one in made for record in (one['case'], *one['person'])]
        assert [reader.get(f'/records/{record}').status for record in wanted[:5]] == [200] * 5
        got = reader.get(f'/records/{wanted[5]}')
        problem = check_problem(got, 429)
        assert problem['code'] == 'rate.reads' and 1 <= int(got.headers['retry-after']) <= 86400 and 'can let you go on' in problem['detail'], got
        for path in ('history', 'tasks', 'clocks', 'files', 'print?document=case_summary'):
            check_problem(reader.get(f'/records/{wanted[6]}/{path}'), 429)
        assert [reader.get(f'/records/{record}').status for record in wanted[:5]] == [200] * 5, 'what was open is shut'
        assert reader.get('/worklist').status == 200 and report(reader), 'work was stopped'
        assert reader.patch(f'/records/{wanted[7]}', {'fields': {'language': 'bn'}}).status == 200, 'work was stopped'
        assert desk.get(f'/records/{wanted[5]}').status == 200, 'another person was stopped'
        officer = staff()
        told = until('the alert', lambda: alerts(officer, 'reads'))
        assert [one['by'] for one in told] == [reader.actor] and not alerts(reader, 'reads'), told
        # It is counted over a new start.
        small.stop()
        small.serve(env={'SANJAL_READS_PER_DAY': '5'})
        reader = small.signed_in(reader.user, reader.password)
        check_problem(reader.get(f'/records/{wanted[9]}'), 429)
        staff.forget()
        officer = staff()
        before = small.size()
        check_problem(reader.post(f'/accounts/{reader.actor}/reads', {'reason': 'I want to go on reading.'}), 403)
        check_problem(officer.post(f'/accounts/{officer.actor}/reads', {'reason': 'I want to go on reading.'}), 409)
        check_problem(officer.post(f'/accounts/{reader.actor}/reads', {'reason': 'work'}), 422)
        check_problem(officer.post(f'/accounts/{wanted[0]}/reads', {'reason': 'The yearly inspection.'}), 404)
        assert small.grew(before) <= 1, 'something was written'
        assert officer.post(f'/accounts/{reader.actor}/reads', {'reason': 'She counts the files for the inspection.'}).status == 200
        assert reader.get(f'/records/{wanted[9]}').status == 200
    finally:
        small.__exit__(None, None, None)


@tests('a canary looks like any other closed case; whoever opens it is told of at once, and does not know it')
def canary():
    officer = people()
    second = people.somebody('police', 'KAM-CWC', nodal=True)
    case = officer.post('/records', {'type': 'case', 'fields': {'place_found': 'Tezpur'}}).json['id']
    assert check_problem(officer.post('/canaries', {'record': case}), 409)['code'] == 'canary.open'
    assert officer.post(f'/records/{case}/close', {'reason': 'Found to be an error.'}).status == 200
    curious = people.somebody('police', 'GHY-RLY')
    check_problem(curious.post('/canaries', {'record': case}), 403)
    check_problem(second.post('/canaries', {'record': case}), 404)
    bare = curious.get('/records?type=case').json
    assert officer.post('/canaries', {'record': case}).status == 201
    assert [one['record'] for one in officer.get('/canaries').json['canaries']] == [case]
    # In a list it stands as before, and the one who made it up may look at it.
    assert curious.get('/records?type=case').json == bare and case in str(bare)
    assert officer.get(f'/records/{case}').status == 200
    everything_noticed()
    assert not alerts(second, 'canary') and not alerts(officer, 'canary')
    shown = curious.get(f'/records/{case}')
    assert shown.status == 200 and shown.json['state'] == 'closed' and 'canary' not in shown.everything(), shown
    for client in (second, officer):
        told = until('the alert', lambda c=client: alerts(c, 'canary'))
        assert [(one['record'], one['by']) for one in told] == [(case, curious.actor)], told
    assert not alerts(curious, 'canary')
    assert 'canary' not in curious.get(f'/records/{case}/history').everything()
    for path, status in (('/changes', 200), ('/worklist', 200), ('/me', 200), (f'/records/{curious.actor}', 404), (f'/records/{curious.actor}/history', 404)):
        got = curious.get(path)
        assert got.status == status and 'canary' not in got.everything(), (path, got)
    check_problem(curious.get('/canaries'), 403)
    assert officer.delete(f'/canaries/{case}').status == 204
    check_problem(officer.delete(f'/canaries/{case}'), 404)


@tests('who takes out a table is shown to the nodal officers, others than himself')
def table():
    somebody = people.somebody('shelter')
    assert somebody.get('/exports/csv?reason=a+test').status == 200
    told = until('the alert', lambda: [one for one in alerts(people(), 'table') if one['by'] == somebody.actor])
    assert len(told) == 1 and 'took out a table' in told[0]['says'], told
    assert not alerts(somebody, 'table')
    assert people().get('/exports/csv?reason=a+test').status == 200
    everything_noticed()
    assert people().actor not in [one['by'] for one in alerts(people(), 'table')]


@tests('a no stands in the access log beside every yes')
def refused():
    case = report(people())['records']['case']
    foreign = people.somebody('shelter')
    check_problem(foreign.get(f'/records/{case}'), 404)
    node = the_node()
    node.stop()
    out = node.folder / f'{uuid.uuid4().hex}.export'
    must_run('export', node.directory, '--purpose', 'a test', '--out', out)
    rows = []
    for piece in re.split(r'[~\s"]+', out.read_text('utf-8', 'replace')):
        try:
            value = json.loads(base64.urlsafe_b64decode(piece + '=' * (-len(piece) % 4)))
        except ValueError:  # whatever is no disclosure
            continue
        if isinstance(value, list) and len(value) == 3 and value[1] == 'rows':
            rows += value[2]
    assert [foreign.actor, case, 'work', 'refused'] in [row[:4] for row in rows], len(rows)
    node.serve()


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
