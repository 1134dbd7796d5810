#!/usr/bin/python3
"""Kill -9 under load, a thousand times: how many acknowledged submissions are lost (the only good figure is 0).  The same
loop as tests/api/test_crash.py, which does 20."""

import sys

from common import figure, machine, options


def main():
    asked = options(__doc__, ('--kills', 1000, 'how many'))
    count = 5 if asked.quick else asked.kills
    machine()
    sys.argv = sys.argv[:1]
    import test_crash
    acknowledged, lost, partial, green = test_crash.kills(count, say=lambda text: print(text, file=sys.stderr, flush=True))
    figure('acknowledged submissions lost', lost, 'of those acknowledged', acknowledged=acknowledged, partial=partial, kills=count, verify_green=green)


if __name__ == '__main__':
    main()
