#!/usr/bin/python3
"""Referral between units of one node: what is asked is read before who it is about, a yes opens one person's file and no other,
a no or silence opens nothing and tells the asker, taking back ends it, and adults are asked first."""

import sys
import time

from harness import Lazy, People, Tests, check_problem, instant, report, two_children

tests = Tests()
the_node = Lazy()
client = People(the_node, 'desk')
unit = client.unit_of


def raid():
    """Two children of one raid."""
    return report(client())['records']


def offer(record, to='shelter', by='desk', **more):
    return client(by).post('/referrals', {'record': record, 'to': unit(to), 'asks': 'shelter', **more})


def offers(user):
    return {one['referral']: one for one in client(user).get('/worklist').json['offers']}


def alerts(user):
    return {one['record']: one['alert'] for one in client(user).get('/worklist').json['alerts']}


@tests('before it says yes a unit reads how many, which age and language, and no name, no case and no person')
def outline():
    body = two_children(names=['রীনা মণ্ডল'])
    body['answers']['person'][0].update(language='bn', sex='female')
    made = report(client(), body)['records']
    got = offer(made['part'][0], words='one bed from tonight')
    assert got.status == 201 and got.json['state'] == 'offered' and got.json['about'] == made['part'], got
    seen = offers('shelter')[got.json['id']]
    assert seen['number'] == 1 and seen['sexes'] == ['female'] and seen['ages'] == ['child'] and seen['languages'] == ['bn'] and seen['words'] == 'one bed from tonight', seen
    for answer in (client('shelter').get(f'/referrals/{got.json["id"]}'), client('shelter').get('/worklist'), client('shelter').get('/referrals?direction=in')):
        assert answer.status == 200, answer
        for secret in ('রীনা', made['person'][0], made['case'], *([made['part'][0]] if '/worklist' not in answer.everything() else [])):
            assert secret not in answer.everything(), secret
    for record in (made['case'], made['part'][0], made['person'][0]):
        check_problem(client('shelter').get(f'/records/{record}'), 404)
        check_problem(client('shelter').get(f'/records/{record}/referrals'), 404)
    assert got.json['id'] not in offers('outreach') and got.json['id'] not in offers('desk')


@tests('a yes opens the file of that person and not of the others of the raid; an answer comes back; taking back ends it')
def life():
    made = raid()
    asked = offer(made['part'][0]).json['id']
    shelter = client('shelter')
    assert shelter.post(f'/referrals/{asked}/seen', {}).json['state'] == 'seen'
    assert shelter.post(f'/referrals/{asked}/seen', {}).status == 200, 'seeing twice is no fault'
    check_problem(client().post(f'/referrals/{asked}/accept', {}), 403)
    got = shelter.post(f'/referrals/{asked}/accept', {})
    assert got.status == 200 and got.json['state'] == 'accepted' and got.json['about'] == made['part'][:1], got
    for record in (made['case'], made['part'][0], made['person'][0]):
        assert shelter.get(f'/records/{record}').status == 200, record
    for record in (made['part'][1], made['person'][1]):
        check_problem(shelter.get(f'/records/{record}'), 404)
    assert {one['record'] for one in shelter.get('/worklist').json['tasks']} & {made['part'][0]}, 'no work came with the yes'
    check_problem(shelter.post(f'/referrals/{asked}/accept', {}), 409)
    check_problem(shelter.post(f'/referrals/{asked}/decline', {'reason': 'full'}), 409)
    done = shelter.post(f'/referrals/{asked}/complete', {'answer': 'She sleeps here and goes to school.'})
    assert done.status == 200 and done.json['state'] == 'completed', done
    assert client().get(f'/referrals/{asked}').json['events'][-1]['answer'].startswith('She sleeps'), 'the answer did not come home'
    assert shelter.get(f'/records/{made["person"][0]}').status == 200, 'the home lost the child that lives there'
    check_problem(shelter.post(f'/referrals/{asked}/withdraw', {}), 403)
    assert client().post(f'/referrals/{asked}/withdraw', {'words': 'moved to another home'}).json['state'] == 'withdrawn'
    for record in (made['case'], made['part'][0], made['person'][0]):
        check_problem(shelter.get(f'/records/{record}'), 404)
    assert shelter.get(f'/referrals/{asked}').status == 200 and 'about' not in shelter.get(f'/referrals/{asked}').json
    check_problem(shelter.post(f'/referrals/{asked}/accept', {}), 409)


@tests('P16, P27: of what is to be done on the case itself a unit with one person sees the steps of its own role; of that person the whole line')
def steps_of_the_case():
    made = raid()
    case = made['case']
    fir = {'answers': {'case': {'station': 'Paltan Bazar', 'fir_number': '77', 'fir_year': 2026, 'fir_at': instant(-1800), 'offence_kind': ['child_trafficking']}}, 'records': {'case': case}}
    assert client().post('/forms/fir/submissions', fir).status == 201
    assert client().post(f'/tasks/{case}.statement_to_magistrate/skip', {'reason': 'MARK-she does not wish it'}).status == 200
    for user, asks in (('shelter', 'shelter'), ('lawyer', 'legal_aid')):
        asked = offer(made['part'][0], to=user, asks=asks).json['id']
        assert client(user).post(f'/referrals/{asked}/accept', {}).status == 200

    def steps(user, what='tasks'):
        return {one['step'] for one in client(user).get(f'/records/{case}/{what}').json[what] if one['record'] == case}

    assert {'register_fir', 'charge_sheet', 'plan_testimony', 'judgment'} <= steps('desk'), steps('desk')
    assert steps('shelter') == set() and steps('shelter', 'clocks') == set()
    assert steps('lawyer') == {'plan_testimony', 'protect_witness'}, steps('lawyer')
    assert steps('desk', 'clocks') and steps('lawyer', 'clocks') == set()
    for user in ('shelter', 'lawyer'):
        told = client(user).get(f'/records/{case}/tasks').json['tasks']
        line = {one['step'] for one in told if one['record'] == made['part'][0]}
        assert line == {one['step'] for one in client().get(f'/records/{made["part"][0]}/tasks').json['tasks']}, 'the line of care is not whole'
        assert not [one for one in told if one['record'] in (made['part'][1], made['person'][1])]
        assert not {one['step'] for one in client(user).get('/worklist').json['tasks'] if one['record'] == case} - steps(user)
        for step in {'charge_sheet', 'judgment', 'statement_to_magistrate'}:
            never = check_problem(client(user).post(f'/tasks/{case}.nothing/done', {}), 404)
            assert check_problem(client(user).post(f'/tasks/{case}.{step}/done', {}), 404) == never, step
        # The timeline says as much: a line without its content, and the entry itself gives no more.
        history = client(user).get(f'/records/{case}/history').json['entries']
        told = [one for one in history if one['do'] in ('form.submitted', 'task.skipped')]
        assert len(told) >= 2 and all(one['withheld'] for one in told) and not any(one['fields'] for one in told), told
        for one in told:
            disclosed = client(user).get(f'/ledger/entries/{one["entry"]}').json['entry'].split('~')[1:-1]
            assert len(disclosed) == 1, 'more than the head of the entry'
    own = [one['fields'] for one in client().get(f'/records/{case}/history').json['entries'] if one['do'] in ('form.submitted', 'task.skipped')]
    assert any(one.get('form') == 'fir' for one in own) and any(one.get('reason') == 'MARK-she does not wish it' for one in own), own
    assert client('lawyer').post(f'/tasks/{case}.protect_witness/skip', {'reason': 'no witness is known'}).status == 200, 'a step of the own role'


@tests('a no needs a reason, opens nothing, and tells the asker to ask somebody else')
def declined():
    made = raid()
    asked = offer(made['part'][0]).json['id']
    check_problem(client('shelter').post(f'/referrals/{asked}/decline', {}), 422)
    check_problem(client('shelter').post(f'/referrals/{asked}/decline', {'reason': 'laziness'}), 422)
    got = client('shelter').post(f'/referrals/{asked}/decline', {'reason': 'full', 'words': 'a bed on Friday'})
    assert got.status == 200 and got.json['state'] == 'declined', got
    check_problem(client('shelter').get(f'/records/{made["part"][0]}'), 404)
    assert alerts('desk').get(asked) == 'declined' and asked not in offers('shelter') and asked not in alerts('shelter')
    again = offer(made['part'][0], to='outreach').json['id']
    assert asked not in alerts('desk'), 'somebody else is asked, and the alarm goes on'
    assert again in offers('outreach')


@tests('an offer that nobody answers in time ends by itself, and the asker is told')
def expired():
    made = raid()
    check_problem(offer(made['part'][0], until=instant(-60)), 422)
    soon = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 1))
    asked = offer(made['part'][0], until=soon).json['id']
    until = time.time() + 10
    while client().get(f'/referrals/{asked}').json['state'] != 'expired':
        assert time.time() < until, 'it never ended'
        time.sleep(0.1)
    problem = check_problem(client('shelter').post(f'/referrals/{asked}/accept', {}), 409)
    assert problem['code'] == 'referral.expired', problem
    assert alerts('desk').get(asked) == 'unanswered' and asked not in offers('shelter')
    check_problem(client('shelter').get(f'/records/{made["part"][0]}'), 404)


@tests('P12, P18: an adult is asked first; her no refuses it, her yes opens it, and her taking it back closes the file at once')
def consent():
    body = {'answers': {'case': {'danger_now': 'no', 'place_found': 'IN-AS', 'found_at': instant(-3600)}, 'person': [{'under_18': 'no', 'age': 19, 'names': ['Salma']}], 'consent': [{'C_report': 'yes'}]}}
    made = report(client(), body)['records']
    part, person, told = made['part'][0], made['person'][0], made['consent'][0]
    assert check_problem(offer(part), 409)['code'] == 'referral.no_consent'
    assert check_problem(offer(part, basis='child_law'), 422)['code'] == 'referral.basis'
    assert client().patch(f'/records/{told}', {'fields': {'C_share_min': 'no'}}).status == 200
    assert check_problem(offer(part), 409)['code'] == 'referral.no_consent'
    assert client().patch(f'/records/{told}', {'fields': {'C_share_min': 'yes'}}).status == 200
    for until, status in (('2020', 409), ('2020-11-30', 409), (instant(0)[:10], 201), (instant(0)[:4], 201)):
        assert client().patch(f'/records/{told}', {'fields': {'expires': until}}).status == 200
        got = offer(part)
        assert got.status == status, (until, got)
        if status == 201:
            assert client().post(f'/referrals/{got.json["id"]}/withdraw', {}).status == 200
    asked = offer(part).json['id']
    assert client('shelter').post(f'/referrals/{asked}/accept', {}).status == 200
    assert client('shelter').get(f'/records/{person}').status == 200
    assert client('shelter').get(f'/records/{told}').json['fields']['C_share_min'] == 'yes', 'who helps her sees what she agreed to'
    assert client().patch(f'/records/{told}', {'fields': {'C_share_min': 'no'}}).status == 200
    check_problem(client('shelter').get(f'/records/{person}'), 404)
    second = offer(part, basis='court_order', words='order of today').json['id']
    assert client('shelter').post(f'/referrals/{second}/accept', {}).status == 200
    assert client('shelter').get(f'/records/{person}').status == 200, 'an order stands in its place'


@tests('P1: a unit that must not know cannot be asked, and one that is named later loses the offer')
def blocked():
    body = two_children(names=['Mithun'])
    body['answers']['person'][0]['not_to_know'] = [unit('shelter')]
    made = report(client(), body)['records']
    assert check_problem(offer(made['part'][0]), 409)['code'] == 'referral.not_this_unit'
    asked = offer(made['part'][0], to='outreach').json['id']
    assert client().patch(f'/records/{made["person"][0]}', {'fields': {'not_to_know': [unit('shelter'), unit('outreach')]}}).status == 200
    assert check_problem(client('outreach').post(f'/referrals/{asked}/accept', {}), 409)['code'] == 'referral.ended'
    check_problem(client('outreach').get(f'/records/{made["part"][0]}'), 404)


@tests('nobody refers what is not theirs, to nowhere, for nothing, or by hand; nothing is written')
def refused():
    made = raid()
    before = the_node().size()
    check_problem(offer(made['part'][0], by='outreach'), 404)
    check_problem(offer('0199a000-0000-7000-8000-000000000000'), 404)
    check_problem(client().post('/referrals', {'record': made['part'][0], 'to': made['case'], 'asks': 'shelter'}), 422)
    check_problem(client().post('/referrals', {'record': made['part'][0], 'to': unit('desk'), 'asks': 'shelter'}), 422)
    check_problem(client().post('/referrals', {'record': made['part'][0], 'to': unit('shelter'), 'asks': 'gold'}), 422)
    check_problem(client().post('/referrals', {'record': made['part'][0], 'to': unit('shelter')}), 422)
    check_problem(client().post('/referrals', {'to': unit('shelter'), 'asks': 'shelter'}), 422)
    check_problem(client().post('/referrals', {'record': made['part'][0], 'to': unit('shelter'), 'asks': 'shelter', 'name': 'x'}), 422)
    check_problem(client().post('/records', {'type': 'referral', 'fields': {'to': unit('shelter'), 'asks': 'shelter'}}), 422)
    assert the_node().grew(before) == 0, 'something was written'
    asked = offer(made['case']).json
    assert asked['number'] == 2, 'a case is all of its survivors'
    check_problem(client().patch(f'/records/{asked["id"]}', {'fields': {'until': instant(86400)}}), 422)
    check_problem(client('outreach').post(f'/referrals/{asked["id"]}/accept', {}), 404)
    check_problem(client('outreach').get(f'/referrals/{asked["id"]}'), 404)
    check_problem(client().get(f'/referrals/{made["case"]}'), 404)


@tests('a unit that was referred a person asks a third one in its turn, and everybody on the file sees who was asked for what')
def onward():
    made = raid()
    first = offer(made['part'][0]).json['id']
    assert client('shelter').post(f'/referrals/{first}/accept', {}).status == 200
    second = client('shelter').post('/referrals', {'record': made['part'][0], 'to': unit('doctor'), 'asks': 'medical'})
    assert second.status == 201, second
    assert client('doctor').post(f'/referrals/{second.json["id"]}/accept', {}).status == 200
    assert client('doctor').get(f'/records/{made["part"][0]}').status == 200
    listed = {one['id'] for one in client('shelter').get(f'/records/{made["part"][0]}/referrals').json['referrals']}
    assert {first, second.json['id']} <= listed, listed


@tests('views made anew give every unit the same reach')
def rebuilt():
    from harness import must_run
    before = {user: [one['id'] for one in client(user).get('/records').json['records']] for user in ('desk', 'shelter', 'outreach', 'doctor')}
    the_node().stop()
    must_run('rebuild', the_node().directory)
    the_node().serve()
    client.forget()
    for user, ids in before.items():
        assert [one['id'] for one in client(user).get('/records').json['records']] == ids, user


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
