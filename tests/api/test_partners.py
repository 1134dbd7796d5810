#!/usr/bin/python3
"""Companies as partners: looked at first, they offer work, training and goods.  A company reads no case, a placement holds a skill and a
name that was agreed to and nothing of what was before, and what is left after six months is a number that hides small ones."""

import sys

from harness import Lazy, People, Tests, check_problem, day, report, two_children

tests = Tests()
the_node = Lazy()
client = People(the_node, 'outreach')
kept = {}


def rows(name, who='outreach'):
    got = client(who).get(f'/reports/{name}')
    assert got.status == 200, got
    return [{**row['values'], 'id': row.get('record'), 'few': row.get('few')} for row in got.json['rows']]


def write(form, answers, who='outreach', **records):
    got = client(who).post(f'/forms/{form}/submissions', {'answers': answers, 'records': records})
    assert got.status == 201, got
    return got.json['records']


def offer():
    if 'offer' not in kept:
        kept['partner'] = write('partner', {'partner': {'title': 'Blue Loom Works', 'trade': 'Weaving', 'from': client.unit('GHY-NGO')}})['partner']
        kept['offer'] = write('offer', {'offer': {'title': 'Weavers, with training', 'kind': 'job', 'seats': 8, 'district': 'Kamrup', 'until': day(40)}}, partner=kept['partner'])['offer']
    return kept['offer']


@tests('R12: a company that nobody looked at is listed as such until it was, and its offers stand until their day')
def looked_at():
    offer()
    assert kept['partner'] in [row['id'] for row in rows('partners_not_seen', 'shelter')]
    write('partner_look', {'partner': {'looked_at': day(0), 'visited': 'yes', 'code': 'yes', 'found': 'good'}}, partner=kept['partner'])
    assert kept['partner'] not in [row['id'] for row in rows('partners_not_seen')]
    row = next(row for row in rows('partners', 'desk') if row['id'] == kept['partner'])
    assert (row['found'], row['offers']) == ('good', 1), row
    over = write('offer', {'offer': {'title': 'Last year', 'kind': 'goods', 'seats': 1, 'until': day(-3)}}, partner=kept['partner'])['offer']
    listed = {row['id']: row for row in rows('offers', 'shelter')}
    assert over not in listed and listed[offer()]['partner'] == {'record': kept['partner'], 'called': 'Blue Loom Works'}, listed


@tests('R12: an account of a company reads no case, no person and no placement at any address, in whatever unit it is; it writes its own offers')
def company():
    made = report(client('police'), two_children())['records']
    placed = write('placement', {'placement': {'skill': 'weaving', 'called': 'Asha', 'agreed': 'yes'}}, offer=offer())['placement']
    for unit in ('GHY-RLY', 'GHY-NGO'):
        visitor = client.somebody('company', unit, by=client('desk'))
        for record in (made['case'], *made['part'], *made['person'], placed):
            for tail in ('', '/history', '/tasks', '/files', '/print'):
                assert visitor.get(f'/records/{record}{tail}').status in (403, 404), (unit, record, tail)
        for name in ('case', 'person', 'part', 'placement'):
            assert visitor.get(f'/records?type={name}').json['records'] == [], (unit, name)
        check_problem(visitor.post('/forms/rescue_report/submissions', two_children()), 403)
        got = visitor.post('/forms/offer/submissions', {'answers': {'offer': {'title': 'Two seats', 'kind': 'training', 'seats': 2}}, 'records': {}})
        assert got.status == 201, got
        assert 'Asha' not in visitor.get('/reports/placements').body.decode()
        visitor.close()


@tests('R12: a placement holds a skill and a name that was agreed to, names no case and no person on record, and is read by its own unit alone')
def placement():
    fields = client().get('/types/placement').json['fields']
    assert {name for name, one in fields.items() if one['class'] == 'identity'} == {'called'}, fields
    assert {one.get('to') for one in fields.values() if one['kind'] == 'relation'} == {'offer'}, fields
    placed = write('placement', {'placement': {'skill': 'sewing', 'called': 'Mira', 'agreed': 'yes'}}, offer=offer())['placement']
    assert client('shelter').get(f'/records/{placed}').status == 404
    assert next(row for row in rows('offers') if row['id'] == offer())['taken'] >= 1


@tests('R12: who is still there after six months is a number by skill, and fewer than five are not shown')
def retention():
    for number in range(6):
        placed = write('placement', {'placement': {'skill': 'cooking', 'called': f'Name {number}', 'agreed': 'yes'}}, offer=offer())['placement']
        write('placement_after', {'placement': {'after_six': 'still'}}, placement=placed)
    shown = {(row.get('skill'), row.get('after_six')): row for row in rows('placements_kept')}
    assert shown['cooking', 'still']['count'] == 6, shown
    few = [row for row in shown.values() if row.get('skill') in ('sewing', 'weaving')]
    assert few and all('count' not in row and row['few'] == 5 for row in few), few


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
