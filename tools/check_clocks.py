#!/usr/bin/env python3
"""Every clock of a pack that has a number has a test for its last lawful minute and one for the first late one: the same clock
running at a minute and late at the next.  The tests of a pack that needs this one count too: an agreement between two countries
holds the clocks of both, and each country's tests run in its own local time.  What is due at once is never late, and a number that nobody knows has no last minute.

It first tries itself on planted mistakes.  Ends with `N passed, N failed`.
"""
import datetime
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLOCK = re.compile(r"^([a-z][\w.-]*):\s*$")
NUMBER = re.compile(r"^  (within|series|every|quota):\s*(.+?)\s*(?:#.*)?$")
EXPECTED = re.compile(r'\{(?:who: \d+, )?at: "([^"]+)".*?\bclock: ([\w.-]+).*?\bis: (running|late)\b')


def with_a_number(text):
    """The ids of the clocks in a clocks.yaml that have a number."""
    found, clock = [], None
    for line in text.splitlines():
        if begins := CLOCK.match(line):
            clock = begins[1]
        elif (said := NUMBER.match(line)) and clock not in found and said[2] not in ("null", "at once"):
            found.append(clock)
    return found


def faults(clocks, tests):
    """The clocks without such a pair of minutes, as sentences."""
    minutes = {}
    for at, clock, state in EXPECTED.findall(tests):
        minutes.setdefault((clock, state), set()).add(datetime.datetime.fromisoformat(at))
    for clock in clocks:
        lawful, late = minutes.get((clock, "running"), set()), minutes.get((clock, "late"), set())
        if not any(one + datetime.timedelta(minutes=1) in late for one in lawful):
            what = "the last lawful minute" if late else "the first late minute" if lawful else "its limit"
            yield f"{clock} has no test for {what}" if not (late and lawful) else f"{clock} has no two tests a minute apart"


def needs(folder):
    """The packs that a pack stands on."""
    said = re.search(r"^needs:\s*\[(.*)\]", open(os.path.join(folder, "pack.yaml"), encoding="utf-8").read(), re.M)
    return [one.strip().strip('"') for one in said[1].split(",")] if said else []


def main():
    planted = with_a_number("a.one:\n  within: 3 days\na.two:\n  within: null\na.three:\n  within: at once\na.four:\n  every: 90 days   # K\n")
    tests = '- {at: "2026-01-01T10:00+05:30", clock: a.one, is: running}\n- {at: "2026-01-01T10:01+05:30", clock: a.one, is: late}\n- {at: "2026-01-01T10:01+05:30", clock: a.four, is: late}\n'
    blind = [] if planted == ["a.one", "a.four"] and list(faults(planted, tests)) == ["a.four has no test for the last lawful minute"] else ["planted"]
    for one in blind:
        print(f"the check itself is blind: {one}")
    wrong, count = [], 0
    for path in sorted(glob.glob(os.path.join(ROOT, "packs", "*", "clocks.yaml"))):
        folder = os.path.dirname(path)
        clocks = with_a_number(open(path, encoding="utf-8").read())
        name = os.path.basename(folder)
        homes = [folder] + [os.path.dirname(one) for one in sorted(glob.glob(os.path.join(ROOT, "packs", "*", "pack.yaml"))) if name in needs(os.path.dirname(one))]
        text = "".join(open(one, encoding="utf-8").read() for home in homes for one in sorted(glob.glob(os.path.join(home, "tests", "*.yaml"))))
        count += len(clocks)
        wrong += [f"{os.path.relpath(folder, ROOT)}: {one}" for one in faults(clocks, text)]
    for one in wrong:
        print(one)
    print(f"{count - len(wrong) + 1 - len(blind)} passed, {len(wrong) + len(blind)} failed")
    return 1 if wrong or blind else 0


if __name__ == "__main__":
    sys.exit(main())
