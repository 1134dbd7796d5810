#!/usr/bin/python3
"""Before it happens: advice cards, sessions with whom and how many, checks of recruiters, watches over villages after a calamity, what
worked elsewhere.  Nothing of it is a register of persons: no field takes one, and a page for everybody holds back what names somebody."""

import sys
import uuid

from harness import Lazy, People, Tests, check_problem, day, instant, report, two_children

tests = Tests()
the_node = Lazy()
client = People(the_node, 'outreach')
NAME = 'Nandini' + ''.join(chr(ord('a') + int(digit, 16)) for digit in uuid.uuid4().hex[:8])
TYPES = ('awareness', 'advice', 'agency_check', 'village_watch', 'practice_card')


def rows(name, who='outreach'):
    got = client(who).get(f'/reports/{name}')
    assert got.status == 200, got
    return [{**row['values'], 'id': row.get('record'), 'held': row.get('held')} for row in got.json['rows']]


def write(form, answers, who='outreach', **records):
    got = client(who).post(f'/forms/{form}/submissions', {'answers': answers, 'records': records})
    assert got.status == 201, got
    return got.json['records']


def session(district, reach, **more):
    return write('awareness', {'awareness': {'kind': 'garden', 'topic': 'safe_work', 'district': district, 'held_on': day(-3), 'reach': reach, **more}})['awareness']


@tests('P33, K19: what is written down for prevention has no field for a person, and no relation to one')
def no_register():
    for name in TYPES:
        fields = client().get(f'/types/{name}').json['fields']
        assert fields, name
        for field, definition in fields.items():
            assert definition['kind'] not in ('person_name', 'phone', 'photo', 'age', 'voice'), (name, field)
            assert definition.get('to') not in ('person', 'part', 'case'), (name, field)
            assert definition['class'] in ('public', 'operational'), (name, field)


@tests('K17, K19: the map of coverage adds up by district, is read by anybody, and the scanner finds no name in it; a note that names a child is held back')
def coverage():
    for district, reach in (('Sonitpur', 40), ('Sonitpur', 25), ('Jorhat', 90)):
        session(district, reach, before=35, after=80)
    by_district = {row['district']: (row['count'], row['people']) for row in rows('awareness_map', 'rights')}
    assert by_district == {'Sonitpur': (2, 65), 'Jorhat': (1, 90)}, by_district
    page = the_node().anonymous().get('/public/awareness_map')
    assert page.status == 200 and 'Sonitpur' in page.body.decode() and '65' in page.body.decode(), page
    report(client('police'), two_children(names=[NAME]))
    session(NAME, 3)
    assert NAME not in the_node().anonymous().get('/public/awareness_map').body.decode(), 'the page names a child'
    card = write('advice', {'advice': {'title': 'Before you go', 'language': 'en', 'text': 'Keep your papers yourself. Ask for the address in writing.', 'call': '112'}})['advice']
    other = write('advice', {'advice': {'title': 'What happened here', 'language': 'en', 'text': f'{NAME} was taken by a cousin.'}})['advice']
    said = the_node().anonymous().get('/public/advice').body.decode()
    assert 'Keep your papers yourself' in said and NAME not in said and 'cousin' not in said, said
    held = {row['id']: row['held'] for row in rows('advice')}
    assert held[card] is None and held[other] == ['name'], held


@tests('P33: a check of a recruiter is about the agency, with what was found and which office was asked')
def recruiter():
    write('agency_check', {'agency_check': {'agency': 'Golden Way Placement', 'licence': 'B-0412', 'offers': 'Housework in another State', 'asked_of': 'Protector of Emigrants', 'found': 'none', 'seen_at': instant(-60)}})
    row = rows('agency_checks', 'desk')[0]
    assert (row['agency'], row['found']) == ('Golden Way Placement', 'none'), row


@tests('R8, P33: a watch over a village stands on its list until its day and leaves it by itself; who looked in is its unit alone')
def village():
    stays = write('village_watch', {'village_watch': {'place': 'Camp at the high school', 'after': 'flood', 'unit': client.unit('GHY-NGO'), 'until': day(20)}})['village_watch']
    over = write('village_watch', {'village_watch': {'place': 'Old camp', 'after': 'flood', 'unit': client.unit('GHY-NGO'), 'until': day(-2)}})['village_watch']
    listed = [row['id'] for row in rows('village_watches', 'desk')]
    assert stays in listed and over not in listed, listed
    write('village_visit', {'village_watch': {'seen_on': day(0), 'strangers': 'yes'}}, village_watch=stays)
    assert next(row for row in rows('village_watches') if row['id'] == stays)['strangers'] == 'yes'
    check_problem(client('shelter').post('/forms/village_visit/submissions', {'answers': {'village_watch': {'seen_on': day(0)}}, 'records': {'village_watch': stays}}), 403)


@tests('K16: what worked is a card that every unit reads, with what it took and whom to ask')
def practice():
    write('practice_card', {'practice_card': {'title': 'One telephone number for all', 'where_to': 'Stations on a long line', 'how': 'Posters in three scripts, one number.', 'cost': 'Two posters a station', 'from': client.unit('GHY-NGO')}})
    for who in ('desk', 'shelter', 'doctor', 'rights'):
        assert [row['title'] for row in rows('practice_cards', who)] == ['One telephone number for all'], who


@tests('every list speaks the language of its reader')
def languages():
    for language in ('hi', 'bn', 'as', 'ne'):
        for one in client().get('/reports', headers={'Accept-Language': language}).json['reports']:
            assert any(ord(letter) > 0x900 for letter in one['title']), (language, one)


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
