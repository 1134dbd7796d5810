#!/usr/bin/python3
"""How long `sanjal pack check` takes for all packs, beside reading the same YAML with the system's own reader (PyYAML's C
parser where it is there) and nothing else: the cost of following every thread, in one run.  Claimed: under one second."""

import subprocess
import sys
import time
from pathlib import Path

from common import figure, options, BUILD, machine

ROOT = Path(__file__).resolve().parents[1]


def best(runs, work):
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def check(packs):
    for pack in packs:
        done = subprocess.run([str(BUILD / 'sanjal'), 'pack', 'check', str(pack)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f'{pack.name} is not sound: {done.stdout[-800:]}')


def parse_only(packs):
    # One reader per pack, as the checker starts once per pack; it gives events and builds nothing.
    reads = 'import sys,yaml\nL=getattr(yaml,"CLoader",yaml.Loader)\nfor p in sys.argv[1:]:\n    for e in yaml.parse(open(p,encoding="utf-8"),Loader=L): pass'
    for pack in packs:
        subprocess.run([sys.executable, '-c', reads, *map(str, sorted(pack.rglob('*.yaml')))], check=True)


def main():
    asked = options(__doc__)
    machine()
    packs = sorted(p.parent for p in (ROOT / 'packs').glob('*/pack.yaml'))
    runs = 3 if asked.quick else 9
    checked = best(runs, lambda: check(packs))
    files = sum(1 for pack in packs for _ in pack.rglob('*.yaml'))
    try:
        parsed = best(runs, lambda: parse_only(packs))
    except subprocess.CalledProcessError:
        parsed = 0.0
        print('skipped aloud: python3-yaml is not there, so there is no baseline', file=sys.stderr)
    figure('pack check of all packs', checked, 's', packs=len(packs), files=files, parse_only_s=parsed, ratio=checked / parsed if parsed else 0.0, reach_for=1.0)


main()
