#!/usr/bin/env python3
"""Matching: quality and speed of `sanjal match`, each beside a baseline that is run on the same rows in the same run.

Where a folder of labelled sets is there (../shared/match, or --data), its pairs are scored too; else that is skipped aloud.
The register is invented (its generator lies beside the sets).  The baseline for names is the general-purpose comparison of
Python's standard library on ICU-free letters: a floor, not a rival.
"""
import csv
import difflib
import subprocess
import tempfile
import time
from pathlib import Path

from common import BUILD, figure, machine, options

ROOT = Path(__file__).resolve().parents[1]


def run(*words):
    began = time.perf_counter()
    done = subprocess.run([str(BUILD / 'sanjal'), 'match', *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
    return done.stdout, done.stderr.strip(), time.perf_counter() - began


def average_precision(scored):
    positives = sum(label for _, label in scored)
    right = seen = 0
    area = 0.0
    for _, label in sorted(scored, key=lambda one: -one[0]):
        seen += 1
        right += label
        area += right / seen if label else 0
    return area / positives if positives else 0


def pairs(data):
    path = data / 'dev/xs_pairs.tsv'
    if not path.is_file():
        return print('skipped aloud: no labelled pairs at', path)
    out, _, seconds = run('pairs', path, '--id', 'pair_id', '--a', 'native', '--b', 'latin')
    scores = dict(line.split('\t')[:2] for line in out.splitlines())
    with open(path, encoding='utf-8') as lines:
        rows = list(csv.DictReader(lines, delimiter='\t', quoting=csv.QUOTE_NONE))
    by_script = {}
    for row in rows:
        by_script.setdefault(row['script'], []).append((float(scores[row['pair_id']]), int(row['label'])))
    for script, scored in sorted(by_script.items()):
        figure(f'average precision {script}', average_precision(scored), 'share', pairs=len(scored))
    some = rows[::50]
    began = time.perf_counter()
    plain = [(difflib.SequenceMatcher(None, row['native'].lower(), row['latin'].lower()).ratio(), int(row['label'])) for row in some]
    figure('pairs compared', len(rows) / seconds, 'pairs/s', baseline=len(some) / (time.perf_counter() - began), baseline_is='difflib', baseline_precision=average_precision(plain))
    return None


def register(data, persons):
    generator = data / 'gen_register.py'
    if not generator.is_file():
        return print('skipped aloud: no generator of registers at', generator)
    with tempfile.TemporaryDirectory(prefix='sanjal-match-') as folder:
        subprocess.run(['python3', str(generator), str(persons), '300', folder, '41'], check=True)
        out, said, _ = run('search', '--register', f'{folder}/register.csv', '--queries', f'{folder}/queries.csv', '--map', 'name=name,father=father,sex=sex,age=age,place=district', '--top', '10')
        found = {}
        for line in out.splitlines():
            query, person = line.split('\t')[:2]
            found.setdefault(query, []).append(person)
        with open(f'{folder}/queries.csv', encoding='utf-8') as lines:
            wanted = {row['qid']: row for row in csv.DictReader(lines)}
        with open(f'{folder}/register.csv', encoding='utf-8') as lines:
            names = [(row['name'].lower(), row['id']) for row in csv.DictReader(lines)]
        began = time.perf_counter()
        exact = sum(sum(name == row['name'].lower() and key == row['true_id'] for name, key in names) for row in list(wanted.values())[:20]) / 20
        scan = (time.perf_counter() - began) / 20 * 1000
        figure('recall at 1', sum(found.get(q, [''])[0] == row['true_id'] for q, row in wanted.items()) / len(wanted), 'share', persons=persons, baseline=exact, baseline_is='the same name, letter by letter')
        figure('recall at 10', sum(row['true_id'] in found.get(q, []) for q, row in wanted.items()) / len(wanted), 'share', persons=persons)
        figure('search', float(said.split('p50 ')[1].split()[0]), 'ms p50', said=said, baseline=scan, baseline_is='one pass over all names in Python')
    return None


def main():
    args = options(__doc__.split('\n')[0], ('--data', str(ROOT.parent / 'shared/match'), 'the folder of labelled sets'), ('--persons', 1000000, 'persons in the invented register'))
    machine()
    pairs(Path(args.data))
    register(Path(args.data), 20000 if args.quick else args.persons)


if __name__ == '__main__':
    main()
