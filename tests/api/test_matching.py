#!/usr/bin/python3
"""Matching in the node: any script finds any script within one's reach, and nothing outside it; what is erased, corrected or
handed over is followed; nobody learns by asking whether another unit knows a person (P9)."""

import sys
import time

from harness import Lazy, Tests, check_problem, must_run, report, two_children

tests = Tests()
the_node = Lazy()
kept = {}


def client(user='desk'):
    """By name of account: several of them may have one role."""
    if user not in kept:
        account = next(one for one in the_node().accounts() if one['user'] == user)
        kept[user] = the_node().anonymous()
        assert kept[user].sign_in(account['user'], account['password']).status == 201
    return kept[user]


def unit(user):
    return next(one for one in the_node().accounts() if one['user'] == user)['unit']


def found_somebody(by='desk', names=('রীনা মণ্ডল',), under_18='yes', consent=None, **person):
    """One person of a rescue report: her id, her part and her case."""
    body = two_children(names=list(names[:1]))
    body['answers']['person'][0].update(under_18=under_18, names=list(names), **person)
    if consent:
        body['answers']['consent'] = [consent]
    made = report(client(by), body)['records']
    return {'person': made['person'][0], 'part': made['part'][0], 'case': made['case'], 'consent': (made.get('consent') or [None])[0]}


def search(q, by='desk'):
    from urllib.parse import quote
    got = client(by).get(f'/records?type=person&q={quote(q)}')
    assert got.status == 200, got
    return got.json


def ids(answer):
    return [one['id'] for one in answer['records']]


def until(what, why, seconds=20):
    """Waits for what comes about by itself."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got:
            return got
        assert time.monotonic() < end, why
        time.sleep(0.2)


def standing_index():
    until(lambda: 'still_reading' not in search('x'), 'the names are never read')


@tests('a name in Bengali, Latin or Devanagari letters finds the same girl, and the answer says why in the reader\'s words')
def scripts():
    standing_index()
    girl = found_somebody(names=['জয়শ্রী সরকার'], sex='female', age='12')
    for q in ('জয়শ্রী সরকার', 'Joyshree Sarkar', 'Jayashri Sarkar', 'जयश्री सरकार'):
        answer = search(q)
        assert ids(answer)[:1] == [girl['person']], (q, answer['records'][:2])
        one = answer['records'][0]
        assert one['found']['strength'] in ('strong', 'fair', 'weak') and one['found']['reasons'][0]['code'].startswith('name.'), one
        assert not any(c.isdigit() for reason in one['found']['reasons'] for c in reason['words']), one['found']
        assert one['fields']['names'] == ['জয়শ্রী সরকার']
    words = client().get('/records?type=person&q=Joyshree', headers={'Accept-Language': 'hi'}).json['records'][0]['found']['reasons'][0]['words']
    assert any('\u0900' <= c <= '\u097f' for c in words), words
    assert girl['person'] in ids(search('জয়')), 'the first letters of a name'
    assert ids(search('Joyshree Sarkar', by='inspector')) == ids(search('Joyshree Sarkar')), 'a colleague of the unit'


@tests('what one does not reach is not found, whatever one types, and does not change what is; a yes lets it be found, taking back ends that')
def reach():
    girl = found_somebody(names=['Mridula Barthakur'])
    body = {'record': girl['part'], 'to': unit('shelter'), 'asks': 'shelter'}
    for user in ('station', 'shelter', 'lawyer'):
        answer = search('Mridula Barthakur', by=user)
        assert answer == search('Wolfgang Amadeus', by=user) == {'records': []}, answer
    asked = client().post('/referrals', body).json['id']
    assert search('Mridula Barthakur', by='shelter') == {'records': []}, 'an offer alone shows her'
    assert client('shelter').post(f'/referrals/{asked}/accept', {}).status == 200
    assert ids(search('মৃদুলা বরঠাকুর', by='shelter')) == [girl['person']]
    assert client().post(f'/referrals/{asked}/withdraw', {}).status == 200
    assert search('Mridula Barthakur', by='shelter') == {'records': []}
    blocked = found_somebody(names=['Mridula Barthakur'], not_to_know=[unit('station')])
    assert client().patch(f'/records/{blocked["part"]}', {'fields': {'committee': unit('station')}}).status == 200
    assert search('Mridula Barthakur', by='station') == {'records': []}, 'she said that they must not know'
    assert set(ids(search('Mridula Barthakur'))) == {girl['person'], blocked['person']}


@tests('a name that is corrected is found by the new one and not by the old; a field that is not for one\'s role finds nobody')
def corrected():
    girl = found_somebody(names=['Pratibha'])
    assert girl['person'] in ids(search('প্রতিভা'))
    wrong = client().get(f'/records/{girl["person"]}').json
    assert client().patch(f'/records/{girl["person"]}', {'fields': {'names': ['Kalyani'], 'phone': ['98640 11223']}}).status == 200
    assert girl['person'] in ids(search('কল্যাণী')), wrong
    assert girl['person'] in ids(search('9864011223')), 'by a number to call'
    assert client().patch(f'/records/{girl["part"]}', {'fields': {'committee': unit('shelter')}}).status == 200
    assert girl['person'] in ids(search('Kalyani', by='shelter')), 'the unit that she was handed to'
    assert girl['person'] not in ids(search('9864011223', by='shelter')), 'its role reads no number to call of hers'


@tests('while a report is typed only people whom the writer may read are compared, each with its reasons')
def typing():
    girl = found_somebody(names=['Bhabani Deka'], sex='female', age='13')
    assert client().patch(f'/records/{girl["person"]}', {'fields': {'father': 'Haren Deka'}}).status == 200
    asked = {'person': {'names': ['ভবানী ডেকা'], 'sex': 'female', 'age': 'about 14', 'father': 'হরেণ ডেকা'}}
    got = client().post('/matches/compare', asked)
    assert got.status == 200 and got.json['records'][0]['id'] == girl['person'], got
    assert got.json['records'][0]['found']['strength'] in ('strong', 'fair'), got.json['records'][0]['found']
    assert {one['code'].split('.')[0] for one in got.json['records'][0]['found']['reasons']} >= {'name', 'father', 'birth'}, got.json['records'][0]['found']
    assert client('station').post('/matches/compare', asked).json == {'records': []}
    assert client().post('/matches/compare', {'person': {}}).json == {'records': []}
    assert client().post('/matches/compare', {'person': {'names': ['']}}).json == {'records': []}
    for wrong in ({}, [], {'person': 'x'}, {'person': {}, 'more': 1}):
        check_problem(client().post('/matches/compare', wrong), 422)


@tests('what is erased is found no more; how many are found and what it takes stands in the metrics')
def erased():
    girl = found_somebody(names=['Zubeida Khatoon'])
    assert girl['person'] in ids(search('जुबैदा खातून'))
    node = the_node()
    node.stop()
    must_run('erase', node.directory, '--record', girl['person'], '--reason', 'asked', '--approve', 'A', '--approve', 'B')
    node.serve()
    kept.clear()
    standing_index()
    assert girl['person'] not in ids(search('Zubeida Khatoon'))
    said = node.anonymous().get('/metrics').body.decode()
    numbers = dict(line.split() for line in said.splitlines() if not line.startswith('#'))
    assert int(numbers['sanjal_people_indexed']) > 3 and int(numbers['sanjal_people_index_bytes']) > 1000, said


# --- what the node finds by itself -------------------------------------------------------------------------------------

SPELLINGS = [('চন্দনা দাস', 'Chandana Das'), ('বাসন্তী মণ্ডল', 'Basanti Mandal'), ('মৌসুমী বেগম', 'Mousumi Begum'), ('তুলিকা নাথ', 'Tulika Nath'), ('পূরবী কলিতা', 'Purabi Kalita'),
             ('ৰুণজুন বৰা', 'Runjun Bora'), ('সুলেখা পাল', 'Sulekha Pal'), ('দীপালি মুর্মু', 'Dipali Murmu'), ('জোনাকী বরা', 'Jonaki Bora'), ('ফুলমণি টুডু', 'Phulmani Tudu'),
             ('অনিমা রাভা', 'Anima Rabha'), ('গীতালি হাজরিকা', 'Gitali Hazarika'), ('শেফালি খাতুন', 'Shefali Khatun'), ('কমলা বাসুমাতারী', 'Kamala Basumatary')]
used = iter(SPELLINGS)


def matches(user, **query):
    got = client(user).get('/matches' + ('?' + '&'.join(f'{k}={v}' for k, v in query.items()) if query else ''))
    assert got.status == 200, got
    return got.json['matches']


def match_alerts(user):
    return {one['record']: one for one in client(user).get('/worklist').json['alerts'] if one['alert'] in ('same_person', 'another_unit', 'second_officer')}


def settled():
    """Everything that was written so far has been asked about: a pair that is sure to be found has been found."""
    name = f'Xylia{time.time_ns() % 100000} Quorn'
    pair = [found_somebody(names=[name], sex='female', age='11') for _ in range(2)]
    until(lambda: matches('desk', record=pair[1]['person']), 'the node never asks')


def two_units(child=True, one=None, other=None):
    """The same girl at the railway police and at the station in Jorhat, under two spellings."""
    bengali, latin = next(used)
    said = {'sex': 'female', 'under_18': 'yes' if child else 'no', 'age': '14' if child else '24'}
    a = found_somebody(names=[bengali], **{**said, **(one or {})})
    b = found_somebody(by='station', names=[latin], **{**said, **(other or {})})
    return a, b, (bengali, latin)


def only(user, person):
    found = matches(user, record=person['person'])
    assert len(found) == 1, found
    return found[0]


@tests('the same girl at two units: both officers learn that another unit may know her and whom to call; no name, no place, no number of the other file')
def two_spellings():
    a, b, names = two_units()
    one = until(lambda: matches('desk', record=a['person']), 'nobody is told')[0]
    other = only('station', b)
    assert one['id'] == other['id'] and one['kind'] == 'known' and one['state'] == 'found', one
    assert one['call']['unit'] == unit('station') and other['call']['unit'] == unit('desk'), (one, other)
    for match, own, foreign, name in ((one, a, b, names[1]), (other, b, a, names[0])):
        text = str(match)
        assert name not in text and all(foreign[key] not in text for key in ('person', 'part', 'case')), match
        assert [side.get('withheld', False) for side in match['sides']].count(True) == 1, match
        assert {reason['code'].split('.')[0] for reason in match['found']['reasons']} <= {'name', 'alias'} and match['found']['reasons'], match
        assert match['found']['strength'] in ('strong', 'fair', 'weak') and not any(c.isdigit() for r in match['found']['reasons'] for c in r['words'])
    for user in ('desk', 'station'):
        alert = match_alerts(user)[one['id']]
        assert alert['alert'] == 'another_unit' and alert['call']['title'], alert
        assert not any(name in str(alert) for name in names), alert
        changed = client(user).get('/changes').json['alerts']
        assert one['id'] in {each['record'] for each in changed}, changed
    for user in ('inspector', 'committee', 'shelter', 'lawyer', 'doctor'):
        assert one['id'] not in match_alerts(user) and not [m for m in matches(user) if m['id'] == one['id']], user
        check_problem(client(user).get(f'/matches/{one["id"]}'), 404)
        check_problem(client(user).post(f'/matches/{one["id"]}/decision', {'decision': 'different'}), 404)
    check_problem(client('desk').get(f'/records/{one["id"]}'), 404)
    check_problem(client('desk').get(f'/records/{b["person"]}'), 404)
    check_problem(client('station').get(f'/matches?record={a["person"]}'), 404)


@tests('an adult without her yes to C_match is not asked about and not told of; with it she is; a yes that is taken back ends it')
def consent():
    a, b, _ = two_units(child=False)
    settled()
    assert not matches('desk', record=a['person']) and not matches('station', record=b['person'])
    for person, user in ((a, 'desk'), (b, 'station')):
        assert client(user).post('/forms/consent/submissions', {'answers': {'consent': {'explained_in': 'bn', 'C_match': 'yes'}}, 'records': {'person': person['person'], 'case': person['case']}}).status == 201
        if person is a:
            settled()
            assert not matches('desk', record=a['person']), 'one yes is not two'
    match = until(lambda: matches('desk', record=a['person']), 'two adults said yes and nobody is told')[0]
    assert client('station').post('/forms/consent/submissions', {'answers': {'consent': {'explained_in': 'bn', 'C_match': 'no'}}, 'records': {'person': b['person'], 'case': b['case']}}).status == 201
    assert not matches('desk', record=a['person']) and not matches('station', record=b['person'])
    check_problem(client('desk').get(f'/matches/{match["id"]}'), 404)


@tests('who named anybody who must not know answers to no other unit; a shelter is answered for by its nodal body; a unit cannot tell by asking')
def protected():
    a, b, _ = two_units(other={'not_to_know': [unit('lawyer')]})
    nobody = found_somebody(names=['Ingeborg Thorvaldsen'], sex='female', age='14')
    settled()
    shapes = [(got.status, sorted(got.json), got.json) for got in (client('desk').get(f'/matches?record={one["person"]}') for one in (a, nobody))]
    assert shapes[0] == shapes[1] == (200, ['matches'], {'matches': []}), shapes
    reported = [client('desk').post('/forms/rescue_report/submissions', two_children(names=[name])) for name in (_[1], 'Nobody Whatsoever')]
    assert [one.status for one in reported] == [201, 201] and reported[0].json.keys() == reported[1].json.keys()
    bengali, latin = next(used)
    home = found_somebody(by='shelter', names=[latin], sex='female', age='15')
    desk = found_somebody(by='station', names=[bengali], sex='female', age='15')
    match = until(lambda: matches('station', record=desk['person']), 'the station is not told')[0]
    assert match['call']['unit'] == unit('desk') != unit('shelter'), match  # the node's nodal officer speaks for the home
    text = str(match) + str(match_alerts('station'))
    assert unit('shelter') not in text and 'home' not in text.lower(), text
    spoken = match_alerts('desk')[match['id']]
    assert spoken['call']['unit'] == unit('station'), spoken
    check_problem(client('desk').post(f'/matches/{match["id"]}/decision', {'decision': 'different'}), 403)
    assert home['person'] not in str(client('desk').get(f'/matches/{match["id"]}').json)


@tests('two officers decide "one person", each reading one side; the found girl is to be asked before any family; undoing takes that back')
def decided():
    a, b, _ = two_units()
    match = until(lambda: matches('desk', record=a['person']), 'nobody is told')[0]['id']
    desk, station = client('desk'), client('station')
    check_problem(desk.post(f'/matches/{match}/decision', {'decision': 'perhaps'}), 422)
    check_problem(desk.post(f'/matches/{match}/undo', {'reason': 'nothing yet'}), 409)
    got = desk.post(f'/matches/{match}/decision', {'decision': 'one_person', 'words': 'We spoke on the telephone.'})
    assert got.status == 200 and got.json['state'] == 'one_person' and got.json['may_decide'] is False, got
    problem = check_problem(desk.post(f'/matches/{match}/decision', {'decision': 'one_person'}), 409)
    assert problem['code'] == 'match.second_officer', problem
    assert match not in match_alerts('desk') and match_alerts('station')[match]['alert'] == 'second_officer'
    tasks = lambda: [t['step'] for user, person in (('desk', a), ('station', b)) for t in client(user).get(f'/records/{person["case"]}/tasks').json['tasks']]
    before = [task for user in ('desk', 'station') for task in client(user).get('/worklist').json['tasks'] if task['step'] == 'ask_found_person']
    got = station.post(f'/matches/{match}/decision', {'decision': 'one_person'})
    assert got.status == 200 and got.json['state'] == 'confirmed', got
    after = [task for user in ('desk', 'station') for task in client(user).get('/worklist').json['tasks'] if task['step'] == 'ask_found_person']
    assert len(after) == len(before) + 2, (before, after)
    assert {task['case'] for task in after} >= {a['case'], b['case']}
    check_problem(client('desk').get(f'/records/{b["person"]}'), 404)  # nothing was merged, and nothing opened
    check_problem(station.post(f'/matches/{match}/decision', {'decision': 'different'}), 409)
    check_problem(station.post(f'/matches/{match}/undo', {}), 422)
    undone = station.post(f'/matches/{match}/undo', {'reason': 'Her sister.'})
    assert undone.status == 200 and undone.json['state'] == 'undone' and [step['do'] for step in undone.json['steps']] == ['decided', 'confirmed', 'undone'], undone
    left = [task for user in ('desk', 'station') for task in client(user).get('/worklist').json['tasks'] if task['step'] == 'ask_found_person']
    assert len(left) == len(before), left
    del tasks


@tests('what was decided is remembered: not asked again by a report that says no more, asked again when something new speaks for it')
def remembered():
    a, b, names = two_units()
    match = until(lambda: matches('desk', record=a['person']), 'nobody is told')[0]['id']
    assert client('desk').post(f'/matches/{match}/decision', {'decision': 'different'}).status == 200
    assert match not in match_alerts('desk') and match not in match_alerts('station')
    assert client('desk').patch(f'/records/{a["person"]}', {'fields': {'marks': 'A scar above the left knee'}}).status == 200
    settled()
    assert client('desk').get(f'/matches/{match}').json['state'] == 'different'
    assert [m['id'] for m in matches('desk', record=a['person'], state='all')] == [match] and matches('desk', record=a['person']) == []
    for user, person in (('desk', a), ('station', b)):
        assert client(user).patch(f'/records/{person["person"]}', {'fields': {'father': 'Dharmeswar'}}).status == 200
    until(lambda: match_alerts('desk').get(match), 'new evidence, and nobody is asked again')
    assert client('desk').get(f'/matches/{match}').json['state'] == 'renewed'
    del names


@tests('written down twice in one register: whoever reads both sees both side by side, with the reasons for and against')
def duplicate():
    bengali, latin = next(used)
    a = found_somebody(names=[bengali], sex='female', age='9')
    b = found_somebody(by='inspector', names=[latin], sex='female', age='9')
    match = until(lambda: matches('inspector', record=b['person']), 'nobody sees it')[0]
    assert match['kind'] == 'duplicate' and {side['record']['id'] for side in match['sides']} == {a['person'], b['person']} and 'call' not in match, match
    assert {reason['code'].split('.')[0] for reason in match['found']['reasons']} >= {'name', 'birth'} and match_alerts('inspector')[match['id']]['alert'] == 'same_person'
    assert client('inspector').post(f'/matches/{match["id"]}/decision', {'decision': 'one_person'}).json['state'] == 'one_person'
    assert client('desk').post(f'/matches/{match["id"]}/decision', {'decision': 'one_person'}).json['state'] == 'confirmed'
    # What a unit reads by a referral alone it compares as well, and sees of it what its role sees.
    assert client().post('/referrals', {'record': a['part'], 'to': unit('shelter'), 'asks': 'shelter'}).status == 201
    assert match['id'] not in str(client('shelter').get('/matches').json)


@tests('missing and found; an adult who is found is asked before the side that looks for her hears anything')
def missing():
    bengali, latin = next(used)
    from harness import instant
    lost = client('station').post('/forms/missing_report/submissions', {'answers': {'person': {'names': [latin], 'under_18': 'no', 'age': '26', 'sex': 'female'}, 'report': {'reported_at': instant(-7200)}}})
    assert lost.status == 201, lost
    found = found_somebody(names=[bengali], sex='female', age='26', under_18='no', consent={'C_report': 'yes', 'C_match': 'yes'})
    match = until(lambda: matches('desk', record=found['person']), 'the side that found her is not told')[0]
    assert match['kind'] == 'missing_found', match
    assert match['id'] not in match_alerts('station') and matches('station', record=lost.json['records']['person']) == []
    assert client('desk').post(f'/matches/{match["id"]}/decision', {'decision': 'one_person', 'words': 'She was asked.'}).status == 200
    assert match_alerts('station')[match['id']]['alert'] == 'second_officer'


@tests('the same man accused in two places, and the same number to call under another name')
def accused():
    from harness import instant
    def arrest(by, name, phone):
        made = found_somebody(by=by, names=['Nameless child'])
        got = client(by).post('/forms/arrest/submissions', {'answers': {'person': {'names': [name], 'under_18': 'no', 'sex': 'male'}, 'arrest': {'arrested_at': instant(-600), 'screened': 'yes'}}, 'records': {'case': made['case']}})
        assert got.status == 201, got
        person = got.json['records']['person']
        assert client(by).patch(f'/records/{person}', {'fields': {'phone': [phone], 'father': 'Golap Hazarika'}}).status == 200
        return person
    one = arrest('desk', 'Bhupen Hazarika Gogoi', '9435012345')
    two = arrest('station', 'ভূপেন হাজৰিকা গগৈ', '94350 99999')
    three = arrest('station', 'Raju Mistry', '+91 94350 12345')
    found = until(lambda: len(matches('desk', record=one)) >= 2 and matches('desk', record=one), f'both are to be found: {matches("desk", record=one)}')
    assert {m['kind'] for m in found} == {'suspect', 'phone'}, found
    del two, three


@tests('what hangs together around a case: its people, phones, vehicles and places, other cases that share one, and nothing that is out of reach')
def hangs_together():
    def journey(by, vehicle):
        made = found_somebody(by=by, names=['Quiet Girl'])
        leg = {'from': f'Karimganj {vehicle}', 'to': 'Badarpur', 'by': 'road', 'vehicle': vehicle, 'on': '2026-10-02'}
        assert client(by).post('/forms/leg/submissions', {'answers': {'leg': leg}, 'records': {'case': made['case'], 'part': made['part']}}).status == 201
        return made
    one, two, foreign = journey('desk', 'AS-10-C-7777'), journey('inspector', 'AS-10-C-7777'), journey('station', 'AS-10-C-7777')
    got = client('desk').get(f'/records/{one["case"]}/links')
    assert got.status == 200, got
    cases = {node['id'] for node in got.json['nodes'] if node['kind'] == 'case'}
    assert {one['case'], two['case']} <= cases and foreign['case'] not in str(got.json) and foreign['person'] not in str(got.json), got.json
    vehicle = next(node['id'] for node in got.json['nodes'] if node['kind'] == 'vehicle')
    assert {edge['from'] for edge in got.json['edges'] if edge['to'] == vehicle} == {one['case'], two['case']}, got.json['edges']
    assert any(edge['says'] == 'leg' and edge['on'] == '2026-10-02' for edge in got.json['edges']), got.json['edges']
    check_problem(client('station').get(f'/records/{one["case"]}/links'), 404)
    assert client('desk').patch(f'/records/{one["part"]}', {'fields': {'committee': unit('shelter')}}).status == 200
    seen = client('shelter').get(f'/records/{one["case"]}/links').json
    assert not [node for node in seen['nodes'] if node['kind'] in ('vehicle', 'phone')] and 'Karimganj' not in str(seen), 'what its role does not read is drawn'
    match = until(lambda: [m for m in matches('desk', record=one['case']) if m['kind'] == 'vehicle'], 'nobody is told of the vehicle')
    assert {side['record']['id'] for m in match for side in m['sides'] if 'record' in side}, match
    told = until(lambda: [m for m in matches('station', record=foreign['case']) if m['kind'] == 'vehicle'], 'the other unit is not told')
    assert all([side.get('withheld', False) for side in m['sides']].count(True) == 1 for m in told), told


@tests('views made anew say the same of every comparison; with an erased name nothing is left that told of it')
def anew():
    a, b, names = two_units()
    match = until(lambda: matches('desk', record=a['person']), 'nobody is told')[0]['id']
    before = {user: sorted(str(m) for m in matches(user)) for user in ('desk', 'station')}
    node = the_node()
    node.stop()
    must_run('rebuild', node.directory)
    must_run('erase', node.directory, '--record', b['person'], '--reason', 'asked', '--approve', 'A', '--approve', 'B')
    node.serve()
    kept.clear()
    after = {user: sorted(str(m) for m in matches(user)) for user in ('desk', 'station')}
    assert [m for m in before['desk'] if match not in m] == [m for m in after['desk'] if match not in m]
    standing_index()
    assert names[1] not in str(client('station').get(f'/matches/{match}').json) and b['person'] not in ids(search(names[1], by='station'))


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
