#!/usr/bin/env python3
"""Writes clocks.json: due moments as Python's datetime and calendar see them, which know nothing of our code.

Run it after changing it; the same seed gives the same file.
"""
import calendar
import datetime as dt
import json
import os
import random

UTC = dt.timezone.utc
WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']


def rfc(at):
    return at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')


def offset_at(zone, at):
    minutes = zone[0]['offset_minutes']
    for change in zone[1:]:
        if at >= dt.datetime.fromisoformat(change['from'].replace('Z', '+00:00')):
            minutes = change['offset_minutes']
    return dt.timedelta(minutes=minutes)


def local_day(zone, at):
    return (at + offset_at(zone, at)).date()


def end_of_day(zone, day):
    """The last minute of a local day; these zones change at their own midnight, so one offset holds in the evening."""
    naive = dt.datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
    return naive - offset_at(zone, naive - dt.timedelta(minutes=zone[0]['offset_minutes']))


def add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due(rule, cal, started, skip):
    zone = cal['zone']
    start = started + dt.timedelta(minutes=skip)
    if rule is None:
        return None
    if rule == 'at once':
        return start
    count, unit = rule.split(' ', 1)
    count, unit = int(count), unit.rstrip('s')
    if unit in ('minute', 'hour'):
        return start + dt.timedelta(**{unit + 's': count})
    day = local_day(zone, start)
    if unit == 'day':
        day += dt.timedelta(days=count)
    elif unit == 'working day':
        while count:
            day += dt.timedelta(days=1)
            if WEEK[day.weekday()] in cal['week'] and day.isoformat() not in cal['holidays']:
                count -= 1
    else:
        day = add_months(day, count * (12 if unit == 'year' else 1))
    return end_of_day(zone, day)


def main():
    rng = random.Random(20261125)
    vectors = []
    for number in range(400):
        zone = rng.choice([[{'offset_minutes': 330}], [{'offset_minutes': 345}], [{'offset_minutes': 360}], [{'offset_minutes': 390}], [{'offset_minutes': 480}],
                           [{'offset_minutes': 360}, {'from': '2009-06-19T18:00:00Z', 'offset_minutes': 420}, {'from': '2009-12-31T17:00:00Z', 'offset_minutes': 360}],
                           [{'offset_minutes': -300}]])
        week = rng.choice([WEEK[:6], WEEK[:5], ['sun', 'mon', 'tue', 'wed', 'thu'], ['mon']])
        year = rng.choice([2009, 2023, 2024, 2025, 2026, 2027, 2028])
        holidays = sorted({f'{year}-01-26', f'{year}-08-15', f'{year}-10-02', f'{year}-12-25', *[(dt.date(year, 1, 1) + dt.timedelta(days=rng.randrange(365))).isoformat() for _ in range(rng.randrange(12))]})
        cal = {'zone': zone, 'week': week, 'holidays': holidays}
        rule = rng.choice([None, 'at once', '24 hours', '1 hour', '30 minutes', '1 day', '15 days', '60 days', '90 days', '3 working days', '10 working days', '1 month', '4 months', '6 months', '1 year', '2 years'])
        started = dt.datetime(year, 1, 1, tzinfo=UTC) + dt.timedelta(minutes=rng.randrange(365 * 24 * 60))
        if rng.random() < 0.3:  # the ends of months and of days are where mistakes live
            month = rng.randrange(1, 13)
            started = dt.datetime(year, month, calendar.monthrange(year, month)[1], 23, 59, tzinfo=UTC) - dt.timedelta(minutes=zone[0]['offset_minutes'] - rng.choice([-1, 0, 1, 2]))
        skip = rng.choice([0, 0, 0, 45, 600, 2880])
        at = due(rule, cal, started, skip)
        call = {'do': 'clock', 'rule': {'within': rule}, 'calendar': cal, 'started': rfc(started), 'not_counting_minutes': skip}
        if at is None:
            moments = [(started + dt.timedelta(days=9000), 'no_limit')]
        elif rule == 'at once':
            moments = [(at + dt.timedelta(days=30), 'running')]
        else:
            moments = [(at + dt.timedelta(seconds=59), 'running'), (at + dt.timedelta(seconds=60 - at.second), 'late')]
        for now, state in moments:
            gives = {'state': state}
            if at is not None:
                gives['due'] = rfc(at)
            vectors.append({'say': f'{number}: {rule}', 'call': {**call, 'now': rfc(now)}, 'gives': gives})
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'clocks.json'), 'w') as out:
        out.write('[\n' + ',\n'.join(json.dumps(v, separators=(',', ':')) for v in vectors) + '\n]\n')


main()
