#!/usr/bin/python3
"""Ways to a record: purposes, emergencies, orders, work that was given; supervision by numbers; what stands for what is not shown."""

import sys
import uuid

from harness import Lazy, People, Tests, check_problem, instant, report, two_children

tests = Tests()
the_node = Lazy()
people = People(the_node)
somebody = people.somebody
kept = {}
MARK = 'চিহ্ন' + uuid.uuid4().hex[:10]
SECRET = 'told-by-' + uuid.uuid4().hex[:10]
REASON = 'Brought in unconscious by an ambulance, allergies are not known.'


def officer():
    return people()


def records():
    if 'records' not in kept:
        made = report(officer(), two_children(names=[MARK + ' ক', MARK + ' খ']))['records']
        officer().patch(f'/records/{made["case"]}', {'fields': {'told_by': SECRET, 'told_by_post': SECRET, 'told_how': 'helpline'}})
        kept['records'] = made
    return kept['records']


@tests('in an emergency a role that may opens one record, with a reason and a purpose; its unit is told, and nothing else opens')
def glass():
    person = records()['person'][0]
    doctor = somebody('hospital')
    check_problem(doctor.get(f'/records/{person}'), 404)
    for reason in ('', 'short'):
        check_problem(doctor.post(f'/records/{person}/break-glass', {'reason': reason}), 422)
    check_problem(doctor.get(f'/records/{person}'), 404)
    got = doctor.post(f'/records/{person}/break-glass', {'reason': REASON})
    assert got.status == 201 and got.json['purposes'] == ['emergency'], got
    problem = check_problem(doctor.get(f'/records/{person}'), 403)
    assert problem['code'] == 'policy.purpose_missing' and problem['choices'] == ['emergency'], problem
    for path, headers in ((f'/records/{person}', {'X-Purpose': 'emergency'}), (f'/records/{person}?purpose=emergency', {})):
        shown = doctor.get(path, headers=headers)
        assert shown.status == 200 and MARK in shown.body.decode(), shown
    check_problem(doctor.get(f'/records/{person}', headers={'X-Purpose': 'inspection'}), 403)
    assert check_problem(doctor.get(f'/records/{person}?purpose=curiosity'), 422)['code'] == 'policy.purpose_unknown'
    # It may be read and not written, and neither the case nor the other person is open.
    check_problem(doctor.patch(f'/records/{person}', {'fields': {'urgent_hurt': 'yes'}}, headers={'X-Purpose': 'emergency'}), 403)
    for other in (records()['case'], records()['person'][1], records()['part'][0]):
        check_problem(doctor.get(f'/records/{other}', headers={'X-Purpose': 'emergency'}), 404)
    listed = doctor.get('/records?type=person&purpose=emergency').json['records']
    assert [r['id'] for r in listed] == [person], listed
    bare = doctor.get('/records?type=person').json['records']
    assert [r['id'] for r in bare] == [person] and MARK not in str(bare) and bare[0]['withheld'], bare
    # The unit that registered it sees an alert, and why in the history; another unit sees neither.
    alerts = [a for a in officer().get('/worklist').json['alerts'] if a['alert'] == 'break_glass']
    assert [(a['record'], a['by']) for a in alerts] == [(person, doctor.actor)], alerts
    assert REASON not in str(alerts)
    lines = [e for e in officer().get(f'/records/{person}/history').json['entries'] if e['do'] == 'access.glass_broken']
    assert len(lines) == 1 and lines[0]['fields']['reason'] == REASON, lines
    assert not [a for a in the_node().client('cwc').get('/worklist').json['alerts'] if a['alert'] == 'break_glass']
    # So does the head of the unit whose person did it, without coming to the record.
    head = somebody('shelter', head=True)
    assert [a['record'] for a in head.get('/worklist').json['alerts'] if a['alert'] == 'break_glass'] == [person]
    check_problem(head.get(f'/records/{person}'), 404)
    assert not [a for a in somebody('shelter').get('/worklist').json['alerts'] if a['alert'] == 'break_glass']


@tests('who may not open in an emergency, or must not know, gets the answer of a record that never was')
def no_glass():
    never = '0199a000-0000-7000-8000-000000000000'
    made = report(officer(), two_children())['records']
    person = made['person'][1]
    body = {'reason': REASON}
    for client, record in ((the_node().client('shelter'), person), (somebody('hospital'), made['case'])):
        got = client.post(f'/records/{record}/break-glass', body)
        unknown = client.post(f'/records/{never}/break-glass', body)
        check_problem(got, 404)
        assert got.body == unknown.body
    assert check_problem(officer().post(f'/records/{person}/break-glass', body), 403)['code'] == 'policy.break_glass'
    doctor = somebody('hospital')
    assert officer().patch(f'/records/{person}', {'fields': {'not_to_know': [doctor.actor]}}).status == 200
    assert doctor.post(f'/records/{person}/break-glass', body).body == doctor.post(f'/records/{never}/break-glass', body).body
    # Whoever is named afterwards loses what was open.
    other = somebody('hospital')
    assert other.post(f'/records/{person}/break-glass', body).status == 201
    assert other.get(f'/records/{person}?purpose=emergency').status == 200
    assert officer().patch(f'/records/{person}', {'fields': {'not_to_know': [other.get('/me').json['unit']]}}).status == 200
    check_problem(other.get(f'/records/{person}?purpose=emergency'), 404)


@tests('ten emergencies a day are enough')
def many_emergencies():
    doctor = somebody('hospital')
    made = report(officer(), two_children(names=[f'ক {i}' for i in range(11)]))['records']
    statuses = [doctor.post(f'/records/{person}/break-glass', {'reason': REASON}).status for person in made['person']]
    assert statuses == [201] * 10 + [429], statuses


@tests('R10: an order opens one record to one person for a time and a purpose, and is ended before its time')
def orders():
    case = records()['case']
    inspector = somebody('commission')
    body = {'to': inspector.actor, 'until': instant(86400), 'order': 'Commission, 12/2026, 25 November'}
    check_problem(inspector.get(f'/records/{case}?purpose=inspection'), 404)
    for wrong in ({'until': instant(-60)}, {'until': instant(86400 * 100)}, {'until': 'tomorrow'}, {'to': officer().actor}, {'to': case}, {'order': ''}):
        check_problem(officer().post(f'/records/{case}/orders', {**body, **wrong}), 422)
    check_problem(the_node().client('cwc').post(f'/records/{case}/orders', body), 404)
    made = officer().post(f'/records/{case}/orders', body)
    assert made.status == 201, made
    assert check_problem(inspector.get(f'/records/{case}'), 403)['choices'] == ['complaint', 'inspection']
    shown = inspector.get(f'/records/{case}?purpose=complaint')
    assert shown.status == 200 and SECRET not in shown.body.decode(), shown
    check_problem(inspector.get(f'/records/{records()["person"][0]}?purpose=inspection'), 404)
    check_problem(somebody('commission').get(f'/records/{case}?purpose=inspection'), 404)
    check_problem(officer().delete(f'/records/{case}/orders/' + 'A' * 43), 404)
    assert officer().delete(f'/records/{case}/orders/{made.json["order"]}').status == 204
    check_problem(inspector.get(f'/records/{case}?purpose=inspection'), 404)
    assert case not in inspector.get('/records?purpose=inspection').body.decode()


@tests('work that is given opens the part to whoever is given it, and not to colleagues of the same role')
def assigned():
    unit = officer().get('/me').json['unit']
    helper, colleague = somebody('support_person', unit), somebody('support_person', unit)
    given = report(officer(), two_children(names=['গ', MARK + ' ঘ']))['records']
    part, person = given['part'][1], given['person'][1]
    # Their unit registered it, and their role has no rule for that: it is there, and not theirs to see.
    for client in (helper, colleague):
        check_problem(client.get(f'/records/{part}'), 403)
        assert client.get('/records').json['records'] == []
    officer().patch(f'/records/{given["case"]}', {'fields': {'offence_kind': ['child_sexual']}})
    task = next(task for task in officer().get(f'/records/{part}/tasks').json['tasks'] if 'support_person' in task['who'])
    assert officer().post(f'/tasks/{task["id"]}/assign', {'to': helper.actor}).status == 200
    for record in (part, person, given['case']):
        assert helper.get(f'/records/{record}').status == 200
        check_problem(colleague.get(f'/records/{record}'), 403)
    check_problem(helper.get(f'/records/{given["person"][0]}'), 403)
    assert {r['id'] for r in helper.get('/records').json['records']} == {part, person, given['case']}
    assert officer().post(f'/tasks/{task["id"]}/assign', {'to': colleague.actor}).status == 200
    check_problem(helper.get(f'/records/{part}'), 403)
    assert colleague.get(f'/records/{part}').status == 200


@tests('R10: whoever supervises sees how many and how late, of the units that it supervises, and not one record')
def supervised():
    units = {u['code']: u['unit'] for u in officer().get('/units').json['units']}
    inspector = somebody('commission', 'KAM-CWC')
    check_problem(officer().get('/supervision'), 403)
    assert inspector.get('/supervision').json['units'] == []
    check_problem(the_node().client('cwc').patch(f'/units/{units["GHY-RLY"]}', {'supervised_by': units['KAM-CWC']}), 403)
    for wrong in (units['GHY-RLY'], records()['case'], 'x'):
        check_problem(officer().patch(f'/units/{units["GHY-RLY"]}', {'supervised_by': wrong}), 422)
    check_problem(officer().patch(f'/units/{records()["case"]}', {'supervised_by': units['KAM-CWC']}), 404)
    assert officer().patch(f'/units/{units["GHY-RLY"]}', {'supervised_by': units['KAM-CWC']}).status == 200
    before = inspector.get('/supervision').json['units'][0]
    report(officer(), two_children(names=['ঙ'], found_at=instant(-3 * 86400)))
    after = inspector.get('/supervision').json['units']
    assert [u['unit'] for u in after] == [units['GHY-RLY']] and after[0]['open_cases'] == before['open_cases'] + 1, (before, after)
    late = {c['rule']: c['late'] for c in after[0]['clocks']}
    of_law = next(c for c in after[0]['clocks'] if c['rule'] == 'in.jj.s31.produce_cwc')
    assert of_law['title'] and 'Juvenile Justice' in of_law['source']['act'] and after[0]['code'] == 'GHY-RLY', of_law
    assert late['in.jj.s31.produce_cwc'] == {c['rule']: c['late'] for c in before['clocks']}['in.jj.s31.produce_cwc'] + 1, late
    assert inspector.get('/records').json['records'] == []
    check_problem(inspector.get(f'/records/{records()["case"]}'), 404)
    assert officer().patch(f'/units/{units["GHY-RLY"]}', {'supervised_by': None}).status == 200
    assert inspector.get('/supervision').json['units'] == []


@tests('R10, K6: a clock counts with the unit whose work its step is: the production with the station, the inquiry with the committee, kept or missed when it ends')
def whose_clock():
    units = {u['code']: u['unit'] for u in officer().get('/units').json['units']}
    inspector = somebody('commission', 'AS-SCPCR')
    for code in ('GHY-RLY', 'KAM-CWC'):
        assert officer().patch(f'/units/{units[code]}', {'supervised_by': units['AS-SCPCR']}).status == 200
    assert {u['code']: u.get('supervised_by') for u in officer().get('/units').json['units']}['KAM-CWC'] == units['AS-SCPCR']

    def counted(code, rule, what):
        unit = next(u for u in inspector.get('/supervision').json['units'] if u['code'] == code)
        return sum(c[what] for c in unit['clocks'] if c['rule'] == rule)
    produce, inquire = 'in.jj.s31.produce_cwc', 'in.jj.s36.final_order'
    before = {(code, rule, what): counted(code, rule, what) for code in ('GHY-RLY', 'KAM-CWC') for rule in (produce, inquire) for what in ('running', 'late', 'kept', 'missed')}

    def grown():
        return {key: counted(*key) - count for key, count in before.items() if counted(*key) != count}
    part = report(officer(), {'answers': {'case': {'danger_now': 'no', 'place_found': 'x', 'found_at': instant(-30 * 3600)}, 'person': [{'under_18': 'yes'}]}})['records']['part'][0]
    assert grown() == {('GHY-RLY', produce, 'late'): 1}, grown()
    assert officer().post('/forms/cwc_production/submissions', {'answers': {'part': {'committee': units['KAM-CWC'], 'produced_at': instant(-3600), 'why_late': 'no_sitting'}}, 'records': {'part': part}}).status == 201
    assert grown() == {('GHY-RLY', produce, 'missed'): 1, ('KAM-CWC', inquire, 'running'): 1}, grown()
    for code in ('GHY-RLY', 'KAM-CWC'):
        assert officer().patch(f'/units/{units[code]}', {'supervised_by': None}).status == 200


@tests('who told us stands nowhere but before its holder: others read "told to us", and a hidden name is six dots, be there one, two or none')
def sealed():
    case, part = records()['case'], records()['part'][0]
    mine = officer().get(f'/records/{case}')
    assert [mine.json['fields'][name] for name in ('told_by', 'told_by_post', 'told_how')] == [SECRET, SECRET, 'helpline'], mine
    cwc = the_node().client('cwc')
    assert officer().patch(f'/records/{part}', {'fields': {'committee': cwc.get('/me').json['unit']}}).status == 200
    got = cwc.get(f'/records/{case}/history')
    for said in (got.everything(), cwc.get(f'/records/{case}').everything()):
        assert SECRET not in said and 'helpline' not in said
    says = [line['says'] for line in got.json['entries'] if 'says' in line]
    assert says == [['told to us']], f'three sealed facts leave one line, and not their number: {says}'
    counsellor = somebody('legal_aid', 'KAM-CWC')
    shown = counsellor.get(f'/records/{records()["person"][0]}')
    assert shown.status == 200 and MARK in shown.body.decode()
    inspector = somebody('commission')
    for names in ([], ['ক'], ['ক', 'খ', 'গ']):
        fields = {'under_18': 'yes', **({'names': names} if names else {})}
        person = officer().post('/records', {'type': 'person', 'fields': fields}).json['id']
        made = officer().post('/records', {'type': 'part', 'fields': {'case': case, 'person': person, 'as': 'survivor'}})
        assert made.status == 201, made
        officer().post(f'/records/{person}/orders', {'to': inspector.actor, 'until': instant(3600), 'order': 'Commission 13/2026'})
        listed = next(r for r in inspector.get('/records?type=person').json['records'] if r['id'] == person)
        assert listed['fields']['names'] == ['••••••'] and listed['withheld'], listed
        assert inspector.get(f'/records/{person}?purpose=inspection').json['fields']['names'] == ['••••••']


@tests('what a record was opened for stands in the access log')
def logged():
    inspector = somebody('commission')
    case = records()['case']
    assert officer().post(f'/records/{case}/orders', {'to': inspector.actor, 'until': instant(3600), 'order': 'Commission 14/2026'}).status == 201
    assert inspector.get(f'/records/{case}?purpose=inspection').status == 200
    node = the_node()
    node.stop()  # everything that was read becomes an entry
    out = node.folder / 'all.export'
    from harness import must_run
    must_run('export', node.directory, '--out', out, '--purpose', 'test')
    from pathlib import Path
    import base64
    import json
    rows = []
    for part in Path(out).read_text('utf-8').replace('\n', '~').split('~'):
        for piece in part.replace('"', ' ').split():
            try:
                value = json.loads(base64.urlsafe_b64decode(piece + '=' * (-len(piece) % 4)))
            except Exception:  # whatever is no disclosure
                continue
            if isinstance(value, list) and len(value) == 3 and value[1] == 'rows':
                rows += value[2]
    assert [inspector.actor, case, 'inspection', 'read'] in [row[:4] for row in rows], len(rows)
    node.serve()
    people.forget()
    kept.clear()


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
