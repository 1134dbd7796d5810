#!/usr/bin/python3
"""Whole networks of three nodes in one process: how many seeds without a broken invariant, and simulated days a second.

    bench/story.py [SEEDS] [FIRST]       one process per core; a seed that breaks is told again by SANJAL_SEED=N build/release/story_test
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get('SANJAL_BUILD', ROOT / 'build/release'))


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    cores = min(os.cpu_count() or 1, seeds)
    share = [seeds // cores + (1 if i < seeds % cores else 0) for i in range(cores)]
    started, running, at = time.monotonic(), [], first
    for count in share:
        env = dict(os.environ, SANJAL_SEEDS=str(count), SANJAL_FIRST_SEED=str(at))
        running.append(subprocess.Popen([BUILD / 'story_test', '-tc=whatever*'], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace'))
        at += count
    days = bundles = broken = 0
    for one in running:
        said = one.communicate()[0]
        found = re.search(r'(\d+) seeds, (\d+) simulated days, (\d+) bundles', said)
        days, bundles = days + int(found[2]), bundles + int(found[3])
        if one.returncode != 0:
            broken += 1
            print('\n'.join(re.findall(r'logged: (.*)', said)))
    seconds = time.monotonic() - started
    print(f'{seeds} seeds on {cores} cores in {seconds:.0f} s: {seeds / seconds:.1f} seeds a second, {days} simulated days ({days / seconds:.1f} a second), {bundles} bundles; broken: {broken or "none"}')
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main())
