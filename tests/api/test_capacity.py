#!/usr/bin/python3
"""People and posts of the network: posts against what they should be, who has how much in hand, courses with both sides, certificates
that end, who teaches whom.  All of it is lists of the pack; what is measured against is what was just written here."""

import sys

from harness import Lazy, People, Tests, check_problem, day, instant, report, two_children

tests = Tests()
the_node = Lazy()
client = People(the_node, 'desk')


def rows(name, who='desk'):
    got = client(who).get(f'/reports/{name}')
    assert got.status == 200, got
    return [{**row['values'], 'id': row.get('record')} for row in got.json['rows']]


def write(who, form, answers, **records):
    got = client(who).post(f'/forms/{form}/submissions', {'answers': answers, 'records': records})
    assert got.status == 201, got
    return got.json['records']


@tests('K2: posts of every unit against what they should be, the share that is trained and the oldest that is empty are what a count by hand gives')
def posts():
    given = {'GHY-RLY': [('inspector', 1, 1, 0, 1, None), ('sub_inspector', 2, 1, 1, 0, -400), ('constable', 4, 2, 1, 1, -90)], 'JOR-PS': [('inspector', 1, 0, 0, 0, -30), ('constable', 2, 2, 1, 2, None)]}
    for unit, ranks in given.items():
        for rank, should, there, women, trained, empty in ranks:
            more = {'empty_since': day(empty)} if empty is not None else {}
            write('desk', 'post', {'post': {'unit': client.unit(unit), 'rank': rank, 'sanctioned': should, 'posted': there, 'women': women, 'trained': trained, **more}})
    shown = {row['unit']: row for row in rows('posts', 'committee')}
    for unit, ranks in given.items():
        row = shown[client.unit(unit)]
        should, there, women, trained = (sum(one[at] for one in ranks) for at in range(1, 5))
        assert (row['sanctioned'], row['posted'], row['empty'], row['women'], row['trained']) == (should, there, should - there, women, trained), row
        assert row['share'] == round(100 * trained / there) and row['days'] == -min(one[5] for one in ranks if one[5] is not None), row
    assert [row['empty'] for row in rows('posts')] == sorted((row['empty'] for row in rows('posts')), reverse=True)
    one = next(row for row in rows('posts_each') if row['unit'] == client.unit('JOR-PS') and row['rank'] == 'inspector')
    write('desk', 'post_count', {'post': {'posted': 1, 'counted_at': instant(-60)}}, post=one['id'])
    assert {row['unit']: row for row in rows('posts')}[client.unit('JOR-PS')]['empty'] == 0


@tests('R4: whoever has a case in hand and no certificate that still holds is listed, leaves the list with a course, and comes back when the certificate ends')
def untrained():
    part = report(client('police'), two_children())['records']['part'][0]
    user, _, actor = client.make('police', 'GHY-RLY', by=client('desk'))
    write('desk', 'officer', {'officer': {'who': actor, 'unit': client.unit('GHY-RLY'), 'work': 'investigates', 'skills': ['children']}})
    assert actor not in [row['who'] for row in rows('untrained')], 'nobody without a case is listed'
    task = next(one for one in client('desk').get(f'/records/{part}/tasks').json['tasks'] if 'police' in one['who'] and one['state'] == 'open')
    assert client('desk').post(f'/tasks/{task["id"]}/assign', {'to': actor}).status == 200
    row = next(row for row in rows('untrained') if row['who'] == actor)
    assert row['cases'] == 1, row
    course = write('desk', 'course', {'course': {'title': 'First response', 'held_on': day(-10), 'police': 12, 'ngos': 8, 'months': 12}})['course']
    taken = write('desk', 'attendance', {'attendance': {'who': actor, 'before': 40, 'after': 85, 'until': day(300)}}, course=course)['attendance']
    assert actor not in [row['who'] for row in rows('untrained')]
    assert taken not in [row['id'] for row in rows('certificates')]
    assert next(row for row in rows('courses') if row['id'] == course)['people'] == 1
    assert client('desk').patch(f'/records/{taken}', {'fields': {'until': day(-1)}}).status == 200
    assert actor in [row['who'] for row in rows('untrained')], 'a certificate that ended still counts'
    ended = next(row for row in rows('certificates') if row['id'] == taken)
    assert ended['course'] == {'record': course, 'called': 'First response'} and ended['days'] >= 1, ended
    load = next(row for row in rows('load') if row['who'] == actor)
    assert load['cases'] == 1 and load['tasks'] == 1 and user not in str(load), load


@tests('K5: a course to which only one side came is listed, one with both is not')
def both_sides():
    both = write('desk', 'course', {'course': {'title': 'Raid and after', 'held_on': day(-40), 'police': 10, 'ngos': 6}})['course']
    alone = write('desk', 'course', {'course': {'title': 'Papers of a case', 'held_on': day(-30), 'police': 20, 'ngos': 0}})['course']
    listed = [row['id'] for row in rows('courses_one_sided', 'outreach')]
    assert alone in listed and both not in listed, listed


@tests('R4, K1: who teaches whom stands with what the teacher knows; somebody who is not of this node is refused')
def mentors():
    _, _, teacher = client.make('prosecutor', 'KAM-DLSA', by=client('desk'))
    _, _, learner = client.make('prosecutor', 'KAM-DLSA', by=client('desk'))
    write('desk', 'officer', {'officer': {'who': teacher, 'work': 'prosecutes', 'skills': ['evidence', 'testimony'], 'teaches': [learner]}})
    row = next(row for row in rows('mentors', 'lawyer') if row['who'] == teacher)
    assert row['teaches'] == [learner] and set(row['skills']) == {'evidence', 'testimony'}, row
    got = client('desk').post('/forms/officer/submissions', {'answers': {'officer': {'who': '0199a000-0000-7000-8000-000000000000', 'work': 'leads'}}, 'records': {}})
    assert check_problem(got, 422)['errors'][0]['code'] == 'actor.none', got


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
