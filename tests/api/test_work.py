#!/usr/bin/python3
"""Work behind a gate: a child is not given back to a home that nobody has seen, nor to a suspect.  The gate refuses in words
with its source, opens on facts, lets itself be passed with a reason that is seen, and rejects nothing that a device signed."""

import sys
import time

from harness import Lazy, People, Tests, check_problem, instant, report

tests = Tests()
the_node = Lazy()
client = People(the_node)
kept = {}


def child():
    """A part whose inquiry is done and whose final order stands behind the gate."""
    made = report(client('police'))['records']
    part = made['part'][0]
    cwc = the_node().account('cwc')['unit']
    assert client('police').patch(f'/records/{part}', {'fields': {'committee': cwc}}).status == 200
    for form, answers in (('cwc_production', {'produced_at': instant(-1800)}), ('social_investigation', {'inquiry_note': 'spoken with the school'})):
        got = client('cwc').post(f'/forms/{form}/submissions', {'answers': {'part': answers}, 'records': {'part': part}})
        assert got.status == 201, got
    return part


def task(part, step='final_order'):
    return next(one for one in client('cwc').get(f'/records/{part}/tasks').json['tasks'] if one['step'] == step)


ORDER = {'final_order_at': None, 'final_order_note': 'restored to the mother'}


def order(part):
    return client('cwc').post('/forms/final_order/submissions', {'answers': {'part': {**ORDER, 'final_order_at': instant(-60)}}, 'records': {'part': part}})


@tests('a task behind a closed gate says so, with the words and the source of the gate')
def closed():
    part = child()
    shown = task(part)
    assert shown['state'] == 'gated' and 'nobody has seen' in shown['gate']['says'] and shown['gate']['source']['section'] == '40', shown
    before = the_node().size()
    problem = check_problem(client('cwc').post(f'/tasks/{shown["id"]}/done', {}), 409)
    assert problem['code'] == 'gate.closed' and 'nobody has seen' in problem['detail'] and problem['source']['section'] == '40', problem
    problem = check_problem(order(part), 409)
    assert problem['code'] == 'gate.closed', problem
    assert the_node().grew(before) == 0, 'something was written'
    assert task(part)['state'] == 'gated'
    kept['part'] = part


@tests('facts open it: the home was seen and no suspect lives there; a suspect, or not knowing, keeps it closed')
def opens():
    part = kept['part']
    for answers, state in (({'home_checked': 'yes'}, 'gated'), ({'home_suspect': 'yes'}, 'gated'), ({'home_suspect': {'none': 'unknown'}}, 'gated'), ({'home_suspect': 'no'}, 'open')):
        assert client('cwc').patch(f'/records/{part}', {'fields': answers}).status == 200
        assert task(part)['state'] == state, (answers, task(part))
    got = order(part)
    assert got.status == 201, got
    assert task(part)['state'] == 'approving'
    kept['unsigned'] = part


@tests('a final order is refused with its section while a signature is missing, and made by the third different member')
def quorum():
    part = kept['unsigned']
    path = f'/tasks/{task(part)["id"]}'
    assert task(part)['approval'] == {'wanted': 3, 'signed': 0, 'says': task(part)['approval']['says'], 'source': task(part)['approval']['source']}
    check_problem(client('police').post(path + '/approve', {}), 403)
    for number, user in enumerate(('committee', 'member')):
        got = client(user).post(path + '/approve', {})
        assert got.status == 200 and got.json['state'] == 'approving' and got.json['approval']['signed'] == number + 1 and got.json['approval']['mine'] is True, got
    assert 'mine' not in next(one for one in client('magistrate').get(f'/records/{part}/tasks').json['tasks'] if one['step'] == 'final_order')['approval']
    assert check_problem(client('member').post(path + '/approve', {}), 409)['code'] == 'approval.twice'
    problem = check_problem(client('member').post(path + '/done', {}), 409)
    assert problem['code'] == 'approval.missing' and problem['source']['section'] == '28' and '2 of 3' in problem['detail'], problem
    assert any(one['id'] == path.split('/')[-1] for one in client('magistrate').get('/worklist').json['tasks']), 'who must sign is not told'
    check_problem(client('magistrate').post(path + '/refuse', {}), 422)
    back = client('magistrate').post(path + '/refuse', {'reason': 'to whom?'}).json
    assert back['state'] == 'open' and back['approval']['sent_back']['reason'] == 'to whom?', back
    assert check_problem(client('magistrate').post(path + '/approve', {}), 409)['code'] == 'approval.nothing'
    assert order(part).status == 201 and 'sent_back' not in task(part)['approval'], 'handed in anew, and still sent back'
    for user in ('committee', 'member', 'magistrate'):
        got = client(user).post(path + '/approve', {})
        assert got.status == 200, got
    assert got.json['state'] == 'done', got
    assert check_problem(client('committee').post(path + '/approve', {}), 409)['code'] == 'task.ended'
    clock = next(one for one in client('cwc').get(f'/records/{part}/clocks').json['clocks'] if one['rule'] == 'in.jj.s36.final_order')
    assert clock['state'] == 'stopped', clock


@tests('a gate is passed by skipping with a reason, and the reason is there to be read')
def passed():
    part = child()
    shown = task(part)
    check_problem(client('cwc').post(f'/tasks/{shown["id"]}/skip', {}), 422)
    got = client('cwc').post(f'/tasks/{shown["id"]}/skip', {'reason': 'transferred to the committee of the home district'})
    assert got.status == 200 and got.json['state'] == 'skipped' and 'home district' in got.json['reason'], got


@tests('lateness asks for a reason that is a choice without blame, blocks nothing, and the reason stands with the clock')
def late():
    body = {'answers': {'case': {'danger_now': 'no', 'place_found': 'IN-AS', 'found_at': instant(-3 * 86400)}, 'person': [{'under_18': 'yes'}]}}
    part = client('police').post('/forms/rescue_report/submissions', body).json['records']['part'][0]

    def produced():
        return next(one for one in client('police').get(f'/records/{part}/tasks').json['tasks'] if one['step'] == 'produce_before_cwc')

    assert any(one['id'] == produced()['id'] and one['late'] for one in client('police').get('/worklist').json['tasks']), 'the worklist does not say that it is late'
    path = f'/tasks/{produced()["id"]}/done'
    check_problem(client('police').post(path, {'reason_for_delay': 'laziness'}), 422)
    check_problem(client('police').post(path, {'delay_words': 'the bridge was gone'}), 422)
    got = client('police').post(path, {'reason_for_delay': 'flood', 'delay_words': 'the bridge was gone'})
    assert got.status == 200 and got.json['state'] == 'done', got
    clock = next(one for one in client('police').get(f'/records/{part}/clocks').json['clocks'] if one['rule'] == 'in.jj.s31.produce_cwc')
    assert clock['state'] == 'stopped' and clock['was_late'] and clock['reason_for_delay'] == 'flood', clock


@tests('a clock tells those who do the work, in their language and without a name, and nobody beyond their reach; what is done is told no more')
def told():
    body = {'answers': {'case': {'danger_now': 'no', 'place_found': 'IN-AS', 'found_at': instant(-25 * 3600)}, 'person': [{'under_18': 'yes', 'names': ['মিতালি']}]}}
    part = client('police').post('/forms/rescue_report/submissions', body).json['records']['part'][0]

    def notices(role, path='/worklist', language='en'):
        return {one['rule']: one for one in client(role).get(path, headers={'Accept-Language': language}).json['alerts'] if one.get('record') == part and 'rule' in one}

    deadline = time.monotonic() + 60
    while 'in.jj.s31.produce_cwc' not in notices('police') and time.monotonic() < deadline:
        time.sleep(0.2)
    late = notices('police')['in.jj.s31.produce_cwc']
    assert late['alert'] == 'late' and late['told'] == 'owner' and late['step'] == 'produce_before_cwc' and late['number'] and 'is over' in late['says'], late
    assert notices('police', '/changes') == notices('police')
    bengali = notices('police', language='bn')['in.jj.s31.produce_cwc']
    assert 'সময় শেষ' in bengali['says'] and 'শিশু' in bengali['title'] and 'মিতালি' not in str(notices('police', language='bn')), bengali
    assert not notices('shelter') and not notices('cwc'), 'somebody who does not reach the record is told'
    assert client('police').post(f'/tasks/{part}.produce_before_cwc/skip', {'reason': 'a test'}).status == 200
    assert 'in.jj.s31.produce_cwc' not in notices('police')


@tests('why it was late may be said after it was done, by whoever does such steps; it ends and reopens nothing')
def said_later():
    body = {'answers': {'case': {'danger_now': 'no', 'place_found': 'IN-AS', 'found_at': instant(-3 * 86400)}, 'person': [{'under_18': 'yes'}]}}
    part = client('police').post('/forms/rescue_report/submissions', body).json['records']['part'][0]
    path = f'/tasks/{part}.produce_before_cwc'
    assert client('police').post(path + '/done').status == 200
    assert check_problem(client('police').post(path + '/delay', {}), 422)['errors'][0]['pointer'] == '/reason_for_delay'
    check_problem(client('police').post(path + '/delay', {'reason_for_delay': 'laziness'}), 422)
    check_problem(client('police').post(path + '/delay', {'reason_for_delay': 'flood', 'reason': 'x'}), 422)
    check_problem(client('police').post(f'/tasks/{part}.first_needs/delay', {'reason_for_delay': 'flood'}), 422)
    check_problem(client('cwc').post(path + '/delay', {'reason_for_delay': 'flood'}), 404)
    before = [one['do'] for one in client('police').get(f'/records/{part}/history').json['entries']]
    got = client('police').post(path + '/delay', {'reason_for_delay': 'no_escort', 'delay_words': 'nobody was free'})
    assert got.status == 200 and got.json['state'] == 'done', got
    assert [one['do'] for one in client('police').get(f'/records/{part}/history').json['entries']] == [*before, 'task.delayed']
    clock = next(one for one in client('police').get(f'/records/{part}/clocks').json['clocks'] if one['rule'] == 'in.jj.s31.produce_cwc')
    assert clock['was_late'] and clock['reason_for_delay'] == 'no_escort', clock


@tests('a case in which nobody has anything to do raises an alarm for those who registered it, until somebody has')
def nobody():
    def alarms(role='police'):
        return {one['record'] for one in client(role).get('/worklist').json['alerts'] if one['alert'] == 'nobody'}

    lonely = client('police').post('/records', {'type': 'case', 'fields': {'place_found': 'IN-AS'}}).json['id']
    assert lonely in alarms() and lonely not in alarms('shelter'), alarms()
    person = client('police').post('/records', {'type': 'person', 'fields': {'under_18': 'yes'}}).json['id']
    part = client('police').post('/records', {'type': 'part', 'fields': {'case': lonely, 'person': person, 'as': 'survivor'}})
    assert part.status == 201, part
    assert lonely not in alarms(), 'tasks stand, and the alarm goes on'
    for one in client('police').get(f'/records/{lonely}/tasks').json['tasks']:
        if one['state'] == 'open' and 'police' in one['who']:
            client('police').post(f'/tasks/{one["id"]}/skip', {'reason': 'a test'})
    left = [one for one in client('police').get(f'/records/{lonely}/tasks').json['tasks'] if one['state'] == 'open']
    assert (lonely in alarms()) == (not left), left


@tests('a form that is filled for a part changes the case of that part, and makes no other one')
def no_stray_case():
    made = report(client('police'))['records']
    before = the_node().size()
    got = client('police').post('/forms/rescue_memo/submissions', {'answers': {'part': {'rescue_note': 'in a car'}, 'case': {'journey_minutes': 45}}, 'records': {'part': made['part'][0]}})
    assert got.status == 201, got
    assert client('police').get(f'/records/{made["case"]}').json['fields']['journey_minutes'] == 45
    assert the_node().grew(before) == 3, 'more was written than the case, the part and the form'


@tests('a case is closed by its own unit, with a reason, once nothing is left to do, and opened again')
def closing():
    made = report(client('police'))['records']
    path = f'/records/{made["case"]}'
    assert check_problem(client('police').post(path + '/close', {'reason': 'done'}), 409)['code'] == 'case.work_left'
    lonely = client('police').post('/records', {'type': 'case', 'fields': {'place_found': 'IN-AS'}}).json['id']
    check_problem(client('police').post(f'/records/{lonely}/close', {}), 422)
    check_problem(client('shelter').post(f'/records/{lonely}/close', {'reason': 'x'}), 404)
    check_problem(client('police').post(f'/records/{made["part"][0]}/close', {'reason': 'x'}), 422)
    check_problem(client('police').post(f'/records/{lonely}/reopen', {'reason': 'x'}), 409)
    got = client('police').post(f'/records/{lonely}/close', {'reason': 'entered twice'})
    assert got.status == 200 and got.json['state'] == 'closed', got
    assert lonely not in {one['record'] for one in client('police').get('/worklist').json['alerts']}
    check_problem(client('police').post(f'/records/{lonely}/close', {'reason': 'again'}), 409)
    assert client('police').post(f'/records/{lonely}/reopen', {'reason': 'it was another one'}).json['state'] == 'open'


@tests('a task is taken by oneself or given to somebody who may do it, and the worklist knows mine and what nobody has taken')
def owners():
    part = report(client('police'))['records']['part'][0]
    me = client('police').get('/me').json['actor']

    def listed(query):
        return {one['id'] for one in client('police').get(f'/worklist?owner={query}').json['tasks']}

    one = next(one for one in client('police').get(f'/records/{part}/tasks').json['tasks'] if one['step'] == 'report_child')
    assert 'owner' not in one and one['id'] in listed('nobody') and one['id'] not in listed('me')
    got = client('police').post(f'/tasks/{one["id"]}/assign', {})
    assert got.status == 200 and got.json['owner'] == me, got
    assert one['id'] in listed('me') and one['id'] not in listed('nobody')
    before = the_node().size()
    for wrong in (client('shelter').get('/me').json['actor'], client('cwc').get('/me').json['actor'], part, '0199a000-0000-7000-8000-000000000000', 'x'):
        check_problem(client('police').post(f'/tasks/{one["id"]}/assign', {'to': wrong}), 422)
    assert the_node().grew(before) == 0
    check_problem(client('police').get('/worklist?owner=them'), 422)


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
