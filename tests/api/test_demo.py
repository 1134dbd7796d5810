#!/usr/bin/python3
"""The demo's past: what a newcomer finds when he signs in as each of its people.  The story is played through the interface, so
whatever it shows could have been done by hand."""

import sys

from harness import Node, People, Tests, must_run

tests = Tests()
kept = {}


class Demo(Node):
    def start(self, command=None, **options):
        if command is None:
            from harness import free_ports
            self.port = self.port or free_ports(8)
            command = ['demo', '--port', self.port, '--data', self.data, *self.store_options]
        return super().start(command, **options)


def node():
    if 'node' not in kept:
        kept['node'] = Demo().__enter__()
    return kept['node']


client = People(node)


def everything(user, type_):
    records, cursor = [], ''
    while True:
        page = client(user).get(f'/records?type={type_}{cursor}').json
        records += page['records']
        if 'cursor' not in page:
            return records
        cursor = '&cursor=' + page['cursor']


def part_named(user, name):
    person = next(one for one in everything(user, 'person') if name in str(one['fields'].get('names')))
    return next(one for one in everything(user, 'part') if one['fields'].get('person') == person['id']), person


@tests('every account signs in, and has something to read or to do, or is told that it has not')
def accounts():
    for account in node().accounts():
        got = client(account['user']).get('/worklist')
        assert got.status == 200, account
    assert len(node().accounts()) >= 11


@tests('the railway: the journey moved the limit, it was late all the same, and the reason stands without blame')
def late():
    part, person = part_named('desk', 'রীনা')
    clock = next(one for one in client('desk').get(f'/records/{part["id"]}/clocks').json['clocks'] if one['rule'] == 'in.jj.s31.produce_cwc')
    assert clock['state'] == 'stopped' and clock['was_late'], clock
    assert client('desk').get(f'/records/{part["id"]}').json['fields']['why_late'] == 'no_sitting'
    ages = client('committee').get(f'/records/{person["id"]}/history').json['entries']
    assert sum('age' in one['fields'] for one in ages) == 2, 'told and guessed stand beside one another'


@tests('the home that said yes reads her file and the police do not read what the counsellor wrote')
def sealed_from_police():
    part, _ = part_named('desk', 'রীনা')
    assert client('shelter').get(f'/records/{part["id"]}').status == 200
    plans = everything('shelter', 'care_plan')
    assert plans, 'the counsellor wrote nothing'
    for plan in plans:
        got = client('desk').get(f'/records/{plan["id"]}')
        assert got.status in (403, 404) or 'own_words' not in got.json['fields'], got
    assert 'light on' not in client('desk').get('/records?type=care_plan').everything()


@tests('an order waits for its third signature, and another one stands behind a gate')
def waits():
    part, _ = part_named('committee', 'সীমা')
    task = next(one for one in client('magistrate').get(f'/records/{part["id"]}/tasks').json['tasks'] if one['step'] == 'final_order')
    assert task['state'] == 'approving' and task['approval']['signed'] == 2, task
    assert any(one['id'] == task['id'] for one in client('magistrate').get('/worklist').json['tasks'])
    part, _ = part_named('committee', 'Anjali')
    task = next(one for one in client('committee').get(f'/records/{part["id"]}/tasks').json['tasks'] if one['step'] == 'final_order')
    assert task['state'] == 'gated' and task['gate']['says'], task


@tests('a doctor is asked and has not answered; a home said no, and the other one was asked; nobody has anything to do in one case')
def asked():
    offers = client('doctor').get('/worklist').json['offers']
    assert [one['asks'] for one in offers] == ['medical'] and offers[0]['number'] == 1, offers
    alerts = {one['alert'] for one in client('desk').get('/worklist').json['alerts']}
    assert 'nobody' in alerts, alerts
    assert {one['state'] for one in client('committee').get('/referrals?direction=out').json['referrals']} >= {'accepted', 'declined', 'expired'}


@tests('four people of one raid have each the law of their own age, and the one who wants no help has nothing asked of him')
def raid():
    parts = [part_named('station', name)[0]['id'] for name in ('Mina', 'Asha', 'Sarita', 'Dil Bahadur')]
    procedures = [{one['procedure'] for one in client('station').get(f'/records/{part}/tasks').json['tasks']} for part in parts]
    assert 'in_child' in procedures[0] and 'in_child' in procedures[1] and 'in_adult' in procedures[2], procedures
    assert 'in_child' not in procedures[2] | procedures[3], procedures


@tests('the ledger of the demo verifies, and a second start finds the same demo')
def sound():
    before = [one['id'] for one in everything('desk', 'case')]
    node().stop()
    assert must_run('verify', node().directory, '--json').json()['accepted']
    node().start()
    client.forget()
    assert [one['id'] for one in everything('desk', 'case')] == before


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        if 'node' in kept:
            kept['node'].__exit__(None, None, None)
    sys.exit(code)
