#!/usr/bin/python3
"""Kill -9 under load, again and again: what was acknowledged is there after the restart, whole, and the ledger verifies.

  test_crash.py [COUNT]     how many kills; 20 where nothing is said
"""

import http.client
import os
import random
import sys
import threading
import time

os.environ.setdefault('SANJAL_READS_PER_DAY', '0')  # everything is read back by one account
os.environ.setdefault('SANJAL_READS_PER_WEEK', '0')
from harness import Node, Tests, instant, run  # noqa: E402

tests = Tests()
COUNT = int(next((a for a in sys.argv[1:] if a.isdigit()), 20))
CLIENTS = 4


class Load(threading.Thread):
    """One client that submits as fast as it is answered, and remembers what was acknowledged."""

    def __init__(self, node, sessions, number):
        super().__init__(daemon=True)
        self.client = node.anonymous()
        self.client.cookie, self.client.csrf = sessions
        self.number = number
        self.acknowledged = []
        self.wrong = None
        self.stopping = threading.Event()

    def run(self):
        count = 0
        try:
            while not self.stopping.is_set():
                count += 1
                body = {'answers': {'case': {'danger_now': 'no', 'can_talk_alone': 'yes', 'place_found': 'IN-AS', 'found_at': instant(-3600)},
                                    'person': [{'under_18': 'yes', 'names': [f'নাম {self.number}-{count}']}]}}
                got = self.client.post('/forms/rescue_report/submissions', body)
                if got.status == 201:
                    made = got.json['records']
                    self.acknowledged.append((made['case'], made['person'][0], made['part'][0]))
                elif got.status not in (503, 429):
                    self.wrong = repr(got)
                    return
        except (OSError, http.client.HTTPException):
            pass  # the node was killed under us: not acknowledged


def kills_of_one(count, say, chance):
    """That many kills of one new house: (acknowledged, lost, partial, verify green).  After each kill the ledger is verified, and
    what was acknowledged since the last one is read back, with some of what was before; at the end everything is."""
    known, lost, partial, green = [], set(), set(), 0
    with Node() as node:
        session = None
        for kill in range(1, count + 1):
            if session is None:
                client = node.client('police')
                session = (client.cookie, client.csrf)
            mine = killed_under_load(node, session, chance)
            # The last time the views are made anew from the entries, too, and held against what the kills have left.
            ran = run('verify', node.directory, '--json', *(['--views'] if kill == count else []))
            green += ran.code == 0
            if ran.code != 0:
                say(f'kill {kill}: NOT GREEN {ran}')
            node.serve()
            reader = node.anonymous()
            reader.cookie, reader.csrf = session
            if reader.get('/me').status != 200:
                reader = node.client('police')
                session = (reader.cookie, reader.csrf)
            for made in mine + chance.sample(known, min(len(known), 20)):
                answers = {reader.get(f'/records/{record}').status for record in made}
                if answers != {200}:
                    (lost if answers == {404} else partial).add(made)
            known += mine
            say(f'kill {kill} of {count} of this house: {len(mine)} acknowledged, {len(known)} in all, {len(lost)} lost, {len(partial)} partial')
        lost |= {made for made in known if reader.get(f'/records/{made[0]}').status != 200}
        node.stop()
    return len(known), len(lost), len(partial), green


def killed_under_load(node, session, chance):
    """Clients submit, the node is killed in the midst of it: what was acknowledged."""
    loads = [Load(node, session, number) for number in range(CLIENTS)]
    for load in loads:
        load.start()
    until = time.monotonic() + 20
    while not any(load.acknowledged for load in loads) and time.monotonic() < until and all(load.wrong is None for load in loads):
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 0.4))
    node.kill()
    for load in loads:
        load.stopping.set()
        load.join(30)
        assert load.wrong is None, f'under load a submission was answered {load.wrong}'
    mine = [one for load in loads for one in load.acknowledged]
    assert mine, 'the load got nothing acknowledged'
    return mine


@tests(f'after each of {COUNT} kills under load every acknowledged submission is there, whole, and verify is green')
def survive():
    acknowledged, lost, partial, green = kills_of_one(COUNT, lambda text: None, random.Random(20261121))
    print(f'     {COUNT} kills, {acknowledged} acknowledged submissions, {lost} lost, {partial} partial, verify green {green} times')
    assert acknowledged >= COUNT and lost == 0 and partial == 0 and green == COUNT


if __name__ == '__main__':
    sys.exit(tests.main([]))
