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


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
