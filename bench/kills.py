#!/usr/bin/python3
"""Kill -9 under load, a thousand times, over a new house every twenty-five: how many acknowledged submissions are lost (the only
good figure is 0).  The same loop as tests/api/test_crash.py, which does 20: after each kill the ledger is verified and what was
just acknowledged is read back, and at the end of a house everything that it ever acknowledged.

Every finished house is a line in a file.  Stopped on the way, the same command goes on after the last whole one; a new count
begins with --afresh.  Nothing of an unfinished house is counted."""

import json
import os
import random
import sys
import time
from pathlib import Path

from common import BUILD, figure, harness, machine, options

FILE = Path(os.environ.get('TMPDIR', '/tmp')) / f'sanjal-kills-{harness.wanted_store()}-{BUILD.parent.name}-{BUILD.name}.jsonl'
SUMS = ('kills', 'acknowledged', 'lost', 'partial', 'green')


def houses_of(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.endswith('}')] if path.exists() else []


def main():
    asked = options(__doc__, ('--kills', 1000, 'how many'), ('--of-one', 25, 'of one house'), ('--count-file', str(FILE), 'where finished houses are noted'), ('--afresh', 0, '1: forget them'))
    count, of_one, path = (5, 3, FILE.with_suffix('.quick')) if asked.quick else (asked.kills, asked.of_one, Path(asked.count_file))
    if asked.afresh or asked.quick:
        path.unlink(missing_ok=True)
    machine()
    sys.argv = sys.argv[:1]
    import test_crash
    done = houses_of(path)
    so_far = sum(house['kills'] for house in done)
    if so_far:
        print(f'going on after {so_far} kills noted in {path}', file=sys.stderr)
    began, first = time.monotonic(), so_far
    while so_far < count:
        wanted = min(of_one, count - so_far)

        def say(text, so_far=so_far):
            rate = (time.monotonic() - began) / max(1, so_far - first) if so_far > first else None
            left = f', about {(count - so_far) * rate / 60:.0f} min left' if rate else ''
            print(f'\r\x1b[K{so_far} of {count} kills{left}; {text}', end='' if sys.stderr.isatty() else '\n', file=sys.stderr, flush=True)
        got = test_crash.kills_of_one(wanted, say, random.Random(20261121 + so_far))
        with open(path, 'a', encoding='utf-8') as out:
            out.write(json.dumps(dict(zip(SUMS, (wanted, *got)))) + '\n')
        so_far += wanted
    total = {name: sum(house[name] for house in houses_of(path)) for name in SUMS}
    figure('acknowledged submissions lost', total['lost'], 'of those acknowledged', acknowledged=total['acknowledged'], partial=total['partial'], kills=total['kills'],
           verify_green=total['green'], houses=len(houses_of(path)), seconds=time.monotonic() - began)
    print(f"kills {total['kills']}, acknowledged {total['acknowledged']}, lost {total['lost']}, verify green {total['green']} of {total['kills']}")
    sys.exit(0 if total['lost'] == total['partial'] == 0 and total['green'] == total['kills'] else 1)


if __name__ == '__main__':
    main()
