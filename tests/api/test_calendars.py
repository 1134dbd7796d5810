#!/usr/bin/python3
"""Holidays that no pack can know: the nodal officer lists those of a state or a court for a year, with who published them.  A limit
that ends on such a day ends on the next working day, for clocks that run already too; a list can be put right by a new one."""

import datetime
import sys
import time

from harness import Lazy, People, Tests, check_problem, instant, must_run, report, seconds_of

tests = Tests()
the_node = Lazy()
client = People(the_node, 'desk')
kept = {}
APPEAL = 'in.jj.s101.appeal'
ZONE = datetime.timezone(datetime.timedelta(minutes=330))
SOURCE = 'Order of the State, no. 12 of 2 January'


def last_day(part):
    """The local day with whose end the time for an appeal is over."""
    clock = next(one for one in client('cwc').get(f'/records/{part}/clocks').json['clocks'] if one['rule'] == APPEAL)
    return datetime.datetime.fromtimestamp(seconds_of(clock['due']) - 1, ZONE).date()


def becomes(part, day):
    until = time.time() + 20
    while last_day(part) != day:
        assert time.time() < until, f'the limit ends on {last_day(part)}, not on {day}'
        time.sleep(0.2)


def ordered():
    part = report(client('police'))['records']['part'][0]
    assert client('police').patch(f'/records/{part}', {'fields': {'committee': the_node().account('cwc')['unit']}}).status == 200
    got = client('cwc').patch(f'/records/{part}', {'fields': {'final_order_at': instant(-60)}})
    assert got.status == 200, got
    return part


def list_year(year, days, who='desk', calendar='court', source=SOURCE):
    return client(who).post(f'/calendars/{calendar}/{year}', {'days': [{'day': str(day), 'title': 'A local feast'} for day in days], 'source': source})


def calendar(name='court'):
    return next(one for one in client().get('/calendars').json['calendars'] if one['calendar'] == name)


def next_working(day, but):
    while day.isoweekday() == 7 or day in but or str(day) in calendar()['holidays']:
        day += datetime.timedelta(days=1)
    return day


@tests('the calendars of the law are shown with their source, and say that there are days which its author does not know')
def shown():
    court = calendar()
    assert court['week'] == ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'] and '2026-08-15' in court['holidays'] and court['has_others'] is True and court['listed'] == [], court
    assert court['source']['act'] == 'National holidays'
    assert [one['calendar'] for one in client('cwc').get('/calendars').json['calendars']] == [one['calendar'] for one in client().get('/calendars').json['calendars']]


@tests('what is no list of holidays is refused in words and changes nothing: another year, no such day, a day twice, no source, no such calendar, not the nodal officer')
def refused():
    before = the_node().size()
    day = {'day': '2026-03-04', 'title': 'Holi'}
    for path, body, code, where in (
            ('court/2026', {'days': [{**day, 'day': '2027-03-04'}], 'source': SOURCE}, 'calendar.other_year', '/days/0/day'),
            ('court/2026', {'days': [{**day, 'day': '2026-02-30'}], 'source': SOURCE}, 'calendar.no_day', '/days/0/day'),
            ('court/2026', {'days': [{**day, 'day': '2026-3-4'}], 'source': SOURCE}, 'calendar.no_day', '/days/0/day'),
            ('court/2026', {'days': [day, day], 'source': SOURCE}, 'calendar.twice', '/days/1/day'),
            ('court/2026', {'days': [{**day, 'title': ' '}], 'source': SOURCE}, 'calendar.title', '/days/0/title'),
            ('court/2026', {'days': ['2026-03-04'], 'source': SOURCE}, 'calendar.day', '/days/0'),
            ('court/2026', {'days': [day], 'source': '  '}, 'calendar.source', '/source'),
            ('court/2026', {'days': [day]}, 'calendar.source', '/source'),
            ('court/2026', {'source': SOURCE}, 'calendar.days', '/days'),
            ('court/2026', {'days': [day] * 151, 'source': SOURCE}, 'calendar.too_many', '/days'),
            ('court/2026', {'days': [day], 'source': SOURCE, 'who': 'me'}, 'request.unknown_member', '/who'),
            ('court/26', {'days': [day], 'source': SOURCE}, 'calendar.year', ''),
            ('moon/2026', {'days': [day], 'source': SOURCE}, 'calendar.none', '')):
        problem = check_problem(client().post(f'/calendars/{path}', body), 400, 404, 422)
        assert problem['code'] == code and problem.get('where', '') == where, problem
    assert check_problem(list_year(2026, [], who='cwc'), 403)['code'] == 'calendar.nodal'
    assert the_node().grew(before) == 0 and calendar()['listed'] == []


@tests('a limit that ends on a holiday of the State ends on the next working day, also where its clock ran before the day was listed; a list put right moves it back')
def moves():
    part = ordered()
    day = last_day(part)
    assert day == next_working(day, [])
    closed = [day, day + datetime.timedelta(days=1)]
    by_year = {}
    for one in closed:
        by_year.setdefault(one.year, []).append(one)
    for year, days in by_year.items():
        assert list_year(year, days).status == 204
    later = next_working(day, closed)
    assert later > day
    becomes(part, later)
    listed = calendar()['listed']
    assert [one['day'] for year in listed for one in year['days']] == [str(one) for one in closed] and all(one['source'] == SOURCE for one in listed), listed
    assert calendar('office')['listed'] == [], 'another calendar took it'
    new = ordered()
    assert last_day(new) == later, 'a clock that starts now does not count with it'
    assert list_year(day.year, []).status == 204
    becomes(part, next_working(day, closed[1:] if closed[1].year != day.year else []))
    assert list_year(day.year, by_year[day.year], source='Corrected by order no. 13').status == 204
    becomes(part, later)
    becomes(new, later)
    kept.update(part=part, later=later)


@tests('it holds after a restart and when all views are made anew, and the ledger verifies')
def again():
    def back():
        the_node().serve()
        client.forget()
        assert last_day(kept['part']) == kept['later']
        assert 'Corrected by order no. 13' in [one['source'] for one in calendar()['listed']]
        the_node().stop()
    the_node().stop()
    back()
    must_run('rebuild', the_node().directory)
    back()
    assert must_run('verify', the_node().directory, '--views', '--json').json()['accepted']
    the_node().serve()
    client.forget()


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
