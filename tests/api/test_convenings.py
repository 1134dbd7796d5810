#!/usr/bin/python3
"""Meetings and what they resolve: lists that are worked out for each reader, resolutions with an owner, a day, evidence and a
standing, a page that anybody may read and that names nobody, and the Draft Action Plan read from a plain text."""

import sys
import uuid

from harness import Lazy, People, Tests, check_problem, must_run, report, run, two_children

tests = Tests()
the_node = Lazy()
client = People(the_node, 'desk')
kept = {}
NAME = 'Nandini' + ''.join(chr(ord('a') + int(digit, 16)) for digit in uuid.uuid4().hex[:8])  # no digits: they would look like a telephone

PLAN = """Draft Action Plan

The meeting was held in Guwahati, and
after three days resolved to:

1. Review, revisit and apply the handbook
   for units against trafficking
2. Hold a conference of the units
(3) Replicate the units with the neighbours
4) Build capacity
5. Write down methods of counselling
6. Take the agreements forward
7. Agree how testimony is given from afar
8. Hold a colloquium on conflict and calamities
9. Adopt technology
10. Bring in the commissions
11. Connect with the East
১২. Win companies as partners

Signed by all delegates.
"""


def lists(who='desk'):
    return {one['report']: one for one in client(who).get('/reports').json['reports']}


def rows(name, who='desk', query=''):
    got = client(who).get(f'/reports/{name}{query}')
    assert got.status == 200, got
    return [{**row['values'], 'id': row.get('record'), 'held': row.get('held'), 'few': row.get('few')} for row in got.json['rows']]


def write(who, form, answers, **records):
    got = client(who).post(f'/forms/{form}/submissions', {'answers': answers, 'records': records})
    assert got.status == 201, got
    return got.json['records']


def meeting():
    if 'meeting' not in kept:
        kept['meeting'] = write('desk', 'convening', {'convening': {'title': 'Units of the Northeast', 'kind': 'conference', 'held_on': '2026-03', 'place': 'Guwahati',
                                                                  'agenda': ['Lessons', 'Contacts'], 'delegates': ['Superintendent, Jorhat']}})['convening']
        kept['first'] = write('desk', 'resolution', {'resolution': {'item': 1, 'text': 'Meet each quarter', 'owner': client.unit('KAM-CWC'), 'due': '2026-06-30', 'standing': 'not_begun'}}, convening=kept['meeting'])['resolution']
        kept['second'] = write('desk', 'resolution', {'resolution': {'item': 2, 'text': 'Share a list of interpreters', 'owner': client.unit('JOR-PS'), 'due': '2999-01-01', 'standing': 'under_way'}}, convening=kept['meeting'])['resolution']
    return kept['meeting']


@tests('R2: a conference stands with its agenda, papers and resolutions; everybody at the node reads it, and only its own unit and the owner of a resolution write')
def stands():
    meeting()
    write('desk', 'paper', {'paper': {'title': 'Lessons of a year', 'text': 'What helped was one telephone number.'}}, convening=meeting())
    for who in ('desk', 'committee', 'shelter', 'doctor', 'outreach', 'rights'):
        found = next(row for row in rows('convenings', who) if row['id'] == meeting())
        assert (found['title'], found['resolved'], found['open'], found['papers']) == ('Units of the Northeast', 2, 2, 1), (who, found)
        mine = [row for row in rows('resolutions', who, f'?about={meeting()}')]
        assert [(row['item'], row['text']) for row in mine] == [(1, 'Meet each quarter'), (2, 'Share a list of interpreters')], (who, mine)
    check_problem(client('shelter').patch(f'/records/{meeting()}', {'fields': {'title': 'Ours now'}}), 403)
    check_problem(client('shelter').post('/forms/resolution_step/submissions', {'answers': {'resolution': {'standing': 'done'}}, 'records': {'resolution': kept['first']}}), 403)
    shown = client('shelter').get(f'/records/{meeting()}').json
    assert shown['fields']['delegates'] == ['Superintendent, Jorhat'], shown


@tests('R2: a resolution past its day is on the list of those, its owner says how it stands with evidence, and it leaves the list')
def follow_up():
    meeting()
    late = next(row for row in rows('resolutions_late') if row['id'] == kept['first'])
    assert late['days'] > 100, late
    assert kept['second'] not in [row['id'] for row in rows('resolutions_late')]
    write('committee', 'resolution_step', {'resolution': {'standing': 'done', 'evidence': ['Minutes of 2 July']}}, resolution=kept['first'])
    assert kept['first'] not in [row['id'] for row in rows('resolutions_late')]
    now = next(row for row in rows('resolutions') if row['id'] == kept['first'])
    assert now['standing'] == 'done' and now['evidence'] == ['Minutes of 2 July'], now
    said = client('desk').get(f'/records/{kept["first"]}/history').json['entries']
    assert any(one['do'] == 'form.submitted' or 'standing' in one['fields'] for one in said)


@tests('R2, P19: anybody reads the page of resolutions without signing in; it names no survivor, no telephone and no case, and a row that would is held back and says so to its writers')
def public():
    meeting()
    case = report(client('police'), two_children(names=[NAME]))['records']['case']
    number = client('police').get(f'/records/{case}').json['number']
    held = {}
    for reason, text in (('name', f'Visit {NAME} each month'), ('telephone', 'Call 98640 12345 for help'), ('mail', 'Write to cell@police.example'), ('case', f'Close {number} soon')):
        held[reason] = write('desk', 'resolution', {'resolution': {'item': 50 + len(held), 'text': text, 'standing': 'not_begun'}}, convening=meeting())['resolution']
    page = the_node().anonymous().get('/public/resolutions')
    assert page.status == 200 and page.headers['content-type'].startswith('text/html') and '<script' not in page.body.decode(), page
    said = page.body.decode()
    assert 'Meet each quarter' in said and 'Share a list of interpreters' in said
    for word in (NAME, '12345', 'police.example', number, case, 'Superintendent', client.account('desk')['user'] + '<'):
        assert word not in said, word
    by_id = {row['id']: row['held'] for row in rows('resolutions')}
    assert {reason: by_id[record] for reason, record in held.items()} == {reason: [reason] for reason in held}, by_id
    check_problem(the_node().anonymous().get('/public/convenings'), 404)
    check_problem(the_node().anonymous().get('/public/nothing'), 404)
    check_problem(the_node().anonymous().get('/reports'), 401)
    for record in held.values():
        write('desk', 'resolution_step', {'resolution': {'standing': 'dropped'}}, resolution=record)


@tests('numbers put together add up, a table for a spreadsheet has every row, and what is asked wrongly is refused in words')
def numbers():
    meeting()
    by_standing = {row['standing']: row['count'] for row in rows('resolutions_standing')}
    assert sum(by_standing.values()) == len(rows('resolutions')) and by_standing['done'] >= 1, by_standing
    got = client().get('/reports/resolutions?as=csv')
    table = got.body.decode('utf-8-sig').splitlines()
    assert got.headers['content-type'].startswith('text/csv') and len(table) == len(rows('resolutions')) + 1 and any('Child Welfare Committee, Kamrup' in line and 'Done' in line for line in table), table
    check_problem(client().get('/reports/nothing'), 404)
    assert check_problem(client().get('/reports/resolutions?by=me'), 422)['code'] == 'request.unknown_query'
    assert lists()['resolutions']['public'] is True and lists()['resolutions']['begin']['form'] == 'resolution'


@tests('R2: the Draft Action Plan as plain text becomes a meeting with twelve resolutions: dry run, lines that cannot be read kept with the reason, undone by one entry')
def plan():
    before = len(rows('resolutions'))
    the_node().stop()
    file = the_node().folder / 'plan.txt'
    file.write_text(PLAN, 'utf-8')
    dry = must_run('import', the_node().directory, '--format', 'resolutions', file, '--dry-run', '--json').json()
    assert (dry['rows'], dry['imported'], dry['refused']) == (12, 12, 0) and 'not read' in dry['notes'][0], dry
    file.write_text(PLAN.replace('4) Build capacity', '4)').replace('6. Take', '5. Take'), 'utf-8')
    bad = must_run('import', the_node().directory, '--format', 'resolutions', file, '--dry-run', '--json').json()
    assert bad['refused'] == 2 and {one['reason'] for one in bad['first_refused']} == {'The number 4 has no text', 'The number 5 is there twice'}, bad
    file.write_text('Nothing here\n1. One\n', 'utf-8')
    refused = run('import', the_node().directory, '--format', 'resolutions', file, '--json')
    assert refused.code == 1 and 'resolved to' in refused.out + refused.err, refused
    file.write_text(PLAN, 'utf-8')
    done = must_run('import', the_node().directory, '--format', 'resolutions', file, '--json').json()
    assert done['imported'] == 12, done
    the_node().serve()
    client.forget()
    found = [row for row in rows('convenings') if row['title'] == 'Draft Action Plan']
    assert len(found) == 1 and found[0]['resolved'] == found[0]['open'] == 12, found
    mine = rows('resolutions', 'shelter', f'?about={found[0]["id"]}')
    assert [row['item'] for row in mine] == list(range(1, 13)), mine
    assert mine[0]['text'] == 'Review, revisit and apply the handbook for units against trafficking' and mine[11]['text'] == 'Win companies as partners', mine
    assert len(rows('resolutions')) == before + 12
    the_node().stop()
    must_run('import', the_node().directory, '--undo', done['batch'])
    the_node().serve()
    client.forget()
    assert len(rows('resolutions')) == before and 'Draft Action Plan' not in the_node().anonymous().get('/public/resolutions').body.decode()


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
