#!/usr/bin/python3
"""Two gates of the law that are no steps but rules of access: what a counsellor heard and counted reaches no police and, but by
order, no court (G6); and who was found stands in nothing that the public can read (G7)."""

import json
import sys
import urllib.parse
import uuid

from harness import Lazy, People, Tests, check_problem, instant, report, two_children

tests = Tests()
the_node = Lazy()
people = People(the_node)
kept = {}
NAME = 'চিহ্ন' + uuid.uuid4().hex[:10]
PLACE = 'lane-' + uuid.uuid4().hex[:10]
HEARD = 'told-the-counsellor-' + uuid.uuid4().hex[:10]
SCORE = 137


def case():
    if 'case' not in kept:
        body = two_children(names=[NAME])
        kept['case'] = made = report(people(), body)['records']
        assert people().patch(f'/records/{made["case"]}', {'fields': {'place_found': PLACE}}).status == 200
    return kept['case']


def screening():
    """What a counsellor wrote after the child's yes."""
    if 'screening' not in kept:
        made, part = case(), case()['part'][0]
        counsellor = people.somebody('counsellor', people().get('/me').json['unit'])
        step = next(one for one in people().get(f'/records/{part}/tasks').json['tasks'] if one['step'] == 'child_counselling')
        assert people().post(f'/tasks/{step["id"]}/assign', {'to': counsellor.actor}).status == 200
        got = people().post('/forms/consent/submissions', {'answers': {'consent': {'C_counsel': 'yes', 'explained_in': 'bn', 'method': 'spoken'}}, 'records': {'case': made['case'], 'part': part}})
        assert got.status == 201, got
        got = counsellor.post('/forms/screening/submissions', {'answers': {'screening': {'scale': 'phq9', 'asked_at': instant(-60), 'answers': HEARD, 'score': SCORE, 'danger': 'no'}},
                                                               'records': {'case': made['case'], 'part': part}})
        assert got.status == 201, got
        kept['screening'] = got.json['records']['screening']
        kept['counsellor'] = counsellor
    return kept['screening']


def everything(client, *records):
    """All that an address of the client's may say of these records, as one text; refusals too."""
    said = []
    for record in records:
        for tail in ('', '/history', '/tasks', '/clocks', '/files', '/links', '/documents', '/print', '/referrals'):
            said.append(client.get(f'/records/{record}{tail}').body.decode('utf-8', 'replace'))
    for path in ('/records', '/records?type=screening', f'/records?q={HEARD}', '/worklist', '/changes?since=0', '/exports/htcds-csv', '/matches'):
        said.append(client.get(path).body.decode('utf-8', 'replace'))
    return '\n'.join(said)


@tests('G6: what a counsellor heard and counted is read by the counsellor, and by no police, committee, shelter, prosecutor or officer, at no address')
def scores():
    made, record = case(), screening()
    shown = kept['counsellor'].get(f'/records/{record}')
    assert shown.status == 200 and shown.json['fields']['score'] == SCORE and HEARD in shown.body.decode(), shown
    unit = people().get('/me').json['unit']
    for role in ('police', 'ngo', 'shelter', 'hospital', 'cwc', 'legal_aid', 'dcpu', 'prosecutor', 'court', 'district_magistrate', 'government', 'border_force', 'commission', 'company'):
        reader = people() if role == 'police' else people.somebody(role, unit)
        got = reader.get(f'/records/{record}')
        assert got.status in (403, 404) or not {'score', 'answers', 'danger'} & set(got.json['fields']), (role, got)
        said = everything(reader, record, made['case'], made['part'][0])
        assert HEARD not in said and f'"score":{SCORE}' not in said, role
        reader.close() if role != 'police' else None


@tests('G6: a court reads it under an order, that one record and nothing that follows from it, and no longer than the order says')
def by_order():
    made, record = case(), screening()
    court = people.somebody('court', 'KAM-CWC')
    check_problem(court.get(f'/records/{record}'), 404)
    got = people().post(f'/records/{record}/orders', {'to': court.actor, 'order': 'Order of the special court, no. 7', 'until': instant(3600)})
    assert got.status == 201, got
    shown = court.get(f'/records/{record}')
    assert shown.status == 200 and shown.json['fields']['score'] == SCORE, shown
    for other in (made['case'], made['part'][0], made['person'][0]):
        check_problem(court.get(f'/records/{other}'), 404)
    assert people().delete(f'/records/{record}/orders/{got.json["order"]}').status == 204
    check_problem(court.get(f'/records/{record}'), 404)
    officer = people.somebody('police', 'KAM-CWC')
    refused = check_problem(people().post(f'/records/{record}/orders', {'to': officer.actor, 'order': 'Order of nobody', 'until': instant(3600)}), 403, 422)
    assert refused, 'an order opened it to the police'


@tests('G7: nothing that can be read without signing in, no alert, no webhook\'s word and no line of the log holds a name, a place or an id of who was found')
def public():
    made, _ = case(), screening()
    ids = [made['case'], *made['part'], *made['person']]
    number = people().get(f'/records/{made["case"]}').json['number']
    the_node().anonymous().sign_in(NAME, NAME)  # a name typed in the wrong place
    for path in (f'/records/{made["case"]}?q={urllib.parse.quote(NAME)}', f'/records?q={PLACE}'):
        people().get(path)
    document = json.loads(the_node().anonymous().get('/openapi.json').body)
    visitor = the_node().anonymous()
    said, asked = [], 0
    for path in document['paths']:
        if '{' in path or not path.startswith('/api/v1'):
            continue
        got = visitor.get(path.removeprefix('/api/v1'))
        said.append(got.body.decode('utf-8', 'replace') + str(got.headers))
        asked += 1
    for path in ('/', '/healthz', '/metrics', '/manifest.webmanifest', '/nothing'):
        got = visitor.raw('GET', path, b'', {})
        said.append(got.body.decode('utf-8', 'replace') + str(got.headers))
    assert asked > 30, asked
    logs = ''.join(path.read_text('utf-8', 'replace') for path in (the_node().directory / 'log').iterdir())
    alerts = people().get('/worklist').json['alerts']
    for word in (NAME, PLACE, HEARD):
        assert word not in '\n'.join(said), 'the public reads it'
        assert word not in logs, 'the log holds it'
        assert word not in json.dumps(alerts, ensure_ascii=False), 'an alert says it'
    for word in (*ids, number):
        assert word not in '\n'.join(said), 'the public reads an id'


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
