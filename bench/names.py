#!/usr/bin/python3
"""Search by name over HTTP in a register of invented people: p50 and p95, with session, policy and access log.  Baseline in the
same run: the same queries by the engine alone (`sanjal match search`), which knows no reach and no record.  Also bytes per
person as /metrics says them, and how long the reading of the names takes at start."""

import csv
import random
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from common import BUILD, Node, figure, instant, machine, options

BEGIN = ['Ra', 'Mi', 'Su', 'Ka', 'Ani', 'Pro', 'De', 'Bi', 'Sha', 'No', 'Ju', 'Ru', 'La', 'Pu', 'Ma', 'Go', 'Chan', 'Bha', 'Tu', 'He']
END = ['na', 'ta', 'la', 'mi', 'ni', 'bala', 'rani', 'mala', 'dita', 'sha', 'vati', 'lima', 'shi', 'nima', 'pali', 'dhu', 'mona', 'kti', 'jita', 'hana']
LAST = ['Das', 'Deka', 'Bora', 'Kalita', 'Khatun', 'Begum', 'Sarkar', 'Mandal', 'Nath', 'Saikia', 'Gogoi', 'Barman', 'Rabha', 'Tamang', 'Murmu', 'Orang', 'Hazarika', 'Roy', 'Pal', 'Mia']


def somebody(dice):
    return f'{dice.choice(BEGIN)}{dice.choice(END)} {dice.choice(BEGIN).lower().capitalize()}{dice.choice(END)} {dice.choice(LAST)}'


def at(sorted_ms, share):
    return sorted_ms[min(len(sorted_ms) - 1, int(share * len(sorted_ms)))]


def main():
    args = options(__doc__.split('\n')[0], ('--people', 20000, 'invented people'), ('--queries', 300, 'searches'))
    people, queries = (1000, 50) if args.quick else (args.people, args.queries)
    dice = random.Random(11)
    names = [somebody(dice) for _ in range(people)]
    machine()
    with Node() as node:
        client = node.client('police')
        client.checks = False
        for first in range(0, people, 50):
            body = {'answers': {'case': {'danger_now': 'no', 'place_found': 'IN-AS', 'found_at': instant(-3600)}, 'person': [{'under_18': 'yes', 'names': [name]} for name in names[first:first + 50]]}}
            assert client.post('/forms/rescue_report/submissions', body).status == 201
        node.stop()
        node.serve()
        client = node.client('police')
        client.checks = False
        began = time.perf_counter()
        while 'still_reading' in client.get('/records?type=person&q=x').json:
            time.sleep(0.05)
        figure('names read', time.perf_counter() - began, 's until a search is whole, after the first answer', people=people)
        asked = dice.sample(names, queries)
        times = []
        found = 0
        for name in asked:
            began = time.perf_counter()
            got = client.get(f'/records?type=person&q={quote(name)}')
            times.append((time.perf_counter() - began) * 1000)
            found += any(name in one['fields']['names'] for one in got.json['records'][:1])
        times.sort()
        numbers = dict(line.split() for line in node.anonymous().get('/metrics').body.decode().splitlines() if not line.startswith('#'))
        with tempfile.TemporaryDirectory(prefix='sanjal-names-') as folder:
            for file, rows in (('register.csv', names), ('queries.csv', asked)):
                with open(Path(folder) / file, 'w', encoding='utf-8', newline='') as out:
                    csv.writer(out).writerows([['id', 'name'], *([f'p{number}', name] for number, name in enumerate(rows))])
            done = subprocess.run([str(BUILD / 'sanjal'), 'match', 'search', '--register', f'{folder}/register.csv', '--queries', f'{folder}/queries.csv', '--map', 'name=name', '--top', '50'],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
        said = done.stderr
        alone = {word: float(said.split(word + ' ')[1].split()[0]) for word in ('p50', 'p95')}
        for word, share in (('p50', 0.5), ('p95', 0.95)):
            figure(f'name search over HTTP {word}', at(times, share), 'ms', people=people, found_first=found / len(asked), baseline=alone[word], baseline_is='the engine alone, the same names')
        figure('index', int(numbers['sanjal_people_index_bytes']) / int(numbers['sanjal_people_indexed']), 'bytes per person', people=int(numbers['sanjal_people_indexed']), engine_said=said.strip()[-200:])


if __name__ == '__main__':
    main()
