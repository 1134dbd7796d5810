#!/usr/bin/python3
"""What is new: by position, as server-sent events, and by signed webhooks to a receiver of our own.  Never a name or a value."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import sys
import threading
import time
import uuid

from harness import Lazy, Node, Tests, check_problem, free_port, report, two_children

tests = Tests()
the_node = Lazy()
MARK = 'চিহ্ন' + uuid.uuid4().hex[:10]


def until(what, condition, seconds=60):
    """Waits for what must come, however slow the machine is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError(f'{what} did not come in {seconds} s')


def all_since(client, since):
    """Every change from a position on, page by page."""
    found = []
    while True:
        got = client.get(f'/changes?since={since}')
        assert got.status == 200, got
        found += got.json['changes']
        assert got.json['next'] > since or not got.json['more'], got
        since = got.json['next']
        if not got.json['more']:
            return found, since


class Stream:
    """One server-sent stream, read by a thread."""

    def __init__(self, client, target='/api/v1/changes/stream', headers=None):
        self.events, self.closed = [], False
        self.connection = http.client.HTTPConnection(client.host, client.port, timeout=120)
        self.connection.request('GET', target, headers={'Cookie': client.cookie, **(headers or {})})
        self.response = self.connection.getresponse()
        assert self.response.status == 200 and self.response.getheader('content-type') == 'text/event-stream', self.response.status
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        event = {}
        try:
            for line in self.response:
                line = line.decode().rstrip('\n')
                if not line and event:
                    self.events.append(event)
                    event = {}
                elif ': ' in line and not line.startswith(':'):
                    name, value = line.split(': ', 1)
                    event[name] = value
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass
        self.closed = True

    def of(self, kind):
        return [json.loads(e['data']) for e in list(self.events) if e.get('event') == kind]


@tests('changes name the records of one\'s reach, their types and what kind of thing happened, and no name, value or foreign record')
def positions():
    police, cwc = the_node().client('police'), the_node().client('cwc')
    start = police.get('/changes').json
    assert start['changes'] == [], start
    made = report(police, two_children(names=[MARK + ' ক', MARK + ' খ']))['records']
    found, after = all_since(police, start['next'])
    assert MARK not in str(found)
    kinds = {(c['record'], c['type'], c['kind']) for c in found}
    assert {(made['case'], 'case', 'case.opened'), (made['person'][0], 'person', 'person.opened'), (made['part'][1], 'part', 'part.opened')} <= kinds, kinds
    assert all(c['cases'] == [made['case']] for c in found if c['record'] in made['part'] + made['person']), found
    assert [c['position'] for c in found] == sorted({c['position'] for c in found})
    assert all_since(cwc, start['next'])[0] == [], 'the committee hears of a foreign case'
    assert police.get(f'/changes?since={after}').json['changes'] == []
    police.patch(f'/records/{made["part"][0]}', {'fields': {'committee': cwc.get('/me').json['unit']}})
    seen = all_since(cwc, after)[0]
    assert [(c['record'], c['kind'], c['cases']) for c in seen] == [(made['part'][0], 'part.changed', [made['case']])], seen
    # From the beginning, by pages, the same as at once; one who must not know hears nothing, not of old things either.
    assert {c['record'] for c in all_since(cwc, 0)[0]} == {made['case'], made['person'][0], made['part'][0]}
    police.patch(f'/records/{made["person"][0]}', {'fields': {'not_to_know': [cwc.get('/me').json['unit']]}})
    assert all_since(cwc, 0)[0] == []
    for wrong in ('x', '-1', '1.5', ''):
        check_problem(police.get(f'/changes?since={wrong}'), 422)
    check_problem(police.get('/changes?until=5'), 422)
    assert police.get('/changes?since=999999999').json['begun_anew'] is True


@tests('long lists of changes come by pages and lose nothing')
def pages():
    police = the_node().client('police')
    start = police.get('/changes').json['next']
    made = []
    for _ in range(4):
        made += report(police, two_children(names=['ক'] * 40))['records']['person']
    found, _ = all_since(police, start)
    assert len(found) > 256 and set(made) <= {c['record'] for c in found}, len(found)
    assert len({c['position'] for c in found}) == len(found)


@tests('a stream tells what comes, goes on from Last-Event-ID, tells an alert, and ends with its session')
def stream():
    node = the_node()
    police, cwc, officer = node.client('police'), node.client('cwc'), node.client('police')
    mine, theirs = Stream(police), Stream(cwc)
    until('the stream', lambda: mine.events and theirs.events)
    made = report(officer, two_children(names=[MARK]))['records']
    changes = until('the change', lambda: mine.of('change'))
    until('the whole report', lambda: {made['case'], made['person'][0]} <= {c['record'] for c in mine.of('change')})
    assert MARK not in str(mine.events)
    last = [e for e in mine.events if e.get('event') == 'change'][0]['id']
    again = Stream(police, headers={'Last-Event-ID': last})
    until('what came since', lambda: len(again.of('change')) == len(mine.of('change')) - 1)
    assert changes[0]['position'] not in [c['position'] for c in again.of('change')]
    got = officer.post('/accounts', {'user': 'doctor-' + uuid.uuid4().hex[:6], 'password': 'five quiet words for doctors', 'role': 'hospital', 'unit': 'GHY-SHELTER'})
    doctor = node.anonymous()
    doctor.sign_in(next(a['user'] for a in officer.get('/accounts').json['accounts'] if a['actor'] == got.json['actor']), 'five quiet words for doctors')
    assert doctor.post(f'/records/{made["person"][0]}/break-glass', {'reason': 'Nobody knows her allergies.'}).status == 201
    alert = until('the alert', lambda: mine.of('alert'))
    assert alert[0]['record'] == made['person'][0] and 'allergies' not in str(mine.events)
    assert not theirs.of('change') and not theirs.of('alert'), theirs.events
    police.delete('/sessions/current')
    until('the end', lambda: mine.of('ended') and mine.closed)
    check_problem(node.anonymous().get('/changes/stream'), 401)
    for one in (again, theirs):
        one.connection.close()


class Receiver:
    """A webhook's other end: keeps what comes, and answers as it is told."""

    def __init__(self):
        receiver = self
        self.got, self.answers = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                receiver.got.append((dict((k.lower(), v) for k, v in self.headers.items()), body))
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                if status == 302:
                    self.send_header('Location', '/elsewhere')
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *_):
                pass

        self.port = free_port()
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def signature(secret, headers, body):
    key = base64.b64decode(secret.removeprefix('whsec_'))
    signed = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + body
    return 'v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@tests('webhooks are signed, hold ids and kinds alone, are repeated until they are taken, and go to no private address that was not allowed')
def webhooks():
    receiver, other = Receiver(), Receiver()
    node = Node()
    try:
        node.start(env={'SANJAL_WEBHOOK_ALLOW': f'127.0.0.1:{receiver.port}', 'SANJAL_WEBHOOK_PAUSES': '1,1,1'})
        officer, cwc = node.client('police'), node.client('cwc')
        check_problem(cwc.post('/webhooks', {'url': 'https://example.org/'}), 403)
        check_problem(cwc.get('/webhooks'), 403)
        for wrong in ('ftp://example.org/', 'https://', 'https://user:word@example.org/', 'example.org', 'https://example.org/#x', 'https://example.org/a b', 7):
            check_problem(officer.post('/webhooks', {'url': wrong}), 422)
        made = officer.post('/webhooks', {'url': f'http://127.0.0.1:{receiver.port}/told'})
        assert made.status == 201, made
        hook, secret = made.json['webhook'], made.json['secret']
        assert secret not in officer.get('/webhooks').body.decode()
        until('the first delivery', lambda: receiver.got)
        receiver.answers = [500, 302]
        records = report(officer, two_children(names=[MARK]))['records']
        until('everything', lambda: {records['case'], records['person'][0]} <= {json.loads(b)['data']['record'] for _, b in receiver.got})
        ids = {}
        for headers, body in receiver.got:
            assert headers['webhook-signature'] == signature(secret, headers, body), headers
            assert abs(int(headers['webhook-timestamp']) - time.time()) < 600
            told = json.loads(body)
            assert set(told) == {'type', 'timestamp', 'data'} and set(told['data']) == {'record', 'type', 'position'}, told
            assert MARK not in body.decode()
            ids.setdefault(headers['webhook-id'], []).append(body)
        until('the repeated ones', lambda: all(d['state'] == 'delivered' for d in officer.get(f'/webhooks/{hook}/deliveries').json['deliveries']))
        listed = officer.get(f'/webhooks/{hook}/deliveries').json['deliveries']
        assert sorted(d['attempts'] for d in listed)[-2:] == [2, 2], listed
        assert all(len(set(bodies)) == 1 for bodies in ids.values()), 'a repeated delivery says something else'
        # Another case's unit is not told: the webhook sees what its officer sees.
        before = len(receiver.got)
        case = cwc.post('/records', {'type': 'case', 'fields': {'place_found': 'IN-AS'}}).json['id']
        report(officer, two_children(names=[MARK]))
        until('more', lambda: len(receiver.got) > before + 3)
        assert case not in str(receiver.got)
        # An address that nobody allowed is not called, by whatever name.
        for url in (f'http://127.0.0.1:{other.port}/', f'http://localhost:{other.port}/', f'https://127.0.0.1:{other.port}/'):
            private = officer.post('/webhooks', {'url': url}).json['webhook']
            first = until('the refusal', lambda: [d for d in officer.get(f'/webhooks/{private}/deliveries').json['deliveries'] if d['state'] == 'given_up'])
            assert first[0]['error'] == 'outside.private' and first[0]['attempts'] == 1, first
            assert officer.delete(f'/webhooks/{private}').status == 204
        assert not other.got
        assert officer.delete(f'/webhooks/{hook}').status == 204
        check_problem(officer.get(f'/webhooks/{hook}/deliveries'), 404)
        assert secret.removeprefix('whsec_') not in node.output.read_text('utf-8', 'replace')
    finally:
        node.__exit__(None, None, None)


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
