#!/usr/bin/python3
"""Kill -9 under load, again and again: what was acknowledged is there after the restart, whole, and the ledger verifies.

  test_crash.py [COUNT]     how many kills; 20 where nothing is said
"""

import http.client
import random
import sys
import threading
import time

from harness import Node, Tests, instant, must_run

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


def kills(count, say=lambda text: None, of_one=50):
    """Gives (acknowledged, lost, partial, verified).  After `of_one` kills the next ones come upon a new node: verifying all
    of a ledger that grows for a thousand kills would take longer than the kills."""
    total = [0, 0, 0, 0]
    for begin in range(0, count, of_one):
        some = kills_of_one(min(of_one, count - begin), lambda text, begin=begin: say(f'{begin} kills, then {text}'), random.Random(20261121 + begin))
        total = [sum(pair) for pair in zip(total, some)]
    return tuple(total)


def kills_of_one(count, say, chance):
    known, acknowledged, lost, partial, green = [], 0, [], [], 0
    with Node() as node:
        session = None
        for kill in range(1, count + 1):
            if session is None:
                client = node.client('police')
                session = (client.cookie, client.csrf)
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
            acknowledged += len(mine)
            known += chance.sample(mine, min(len(mine), 5))
            verified = must_run('verify', node.directory, '--json').json()
            green += 1 if verified else 0
            node.serve()
            reader = node.anonymous()
            reader.cookie, reader.csrf = session
            if reader.get('/me').status != 200:
                reader = node.client('police')
                session = (reader.cookie, reader.csrf)
            for case, person, part in mine + chance.sample(known, min(len(known), 50)):
                answers = [reader.get(f'/records/{record}').status for record in (case, person, part)]
                if answers == [404, 404, 404]:
                    lost.append(case)
                elif answers != [200, 200, 200]:
                    partial.append((case, answers))
            say(f'kill {kill}: {len(mine)} acknowledged, {acknowledged} in all, {len(lost)} lost, {len(partial)} partial')
            assert not lost and not partial, f'kill {kill}: lost {lost[:3]}, partial {partial[:3]}'
        node.stop()
    return acknowledged, len(lost), len(partial), green


@tests(f'after each of {COUNT} kills under load every acknowledged submission is there, whole, and verify is green')
def survive():
    acknowledged, lost, partial, green = kills(COUNT)
    print(f'     {COUNT} kills, {acknowledged} acknowledged submissions, {lost} lost, {partial} partial, verify green {green} times')


if __name__ == '__main__':
    sys.exit(tests.main([]))
