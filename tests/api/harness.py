"""What the black-box tests share: a node in a directory of its own, a client with cookies, the command line, a runner.

Only Python's standard library.  Nothing here knows the program's inside: it speaks HTTP and the command line.

Environment:
  SANJAL_BUILD          where sanjal and sanjal-verify are (build/release)
  SANJAL_STORE          sqlite (default) or postgres
  SANJAL_TEST_POSTGRES  conninfo of a server on which databases may be made and dropped; needed for postgres
  SANJAL_SHARED         where the outside material is (../shared); what needs it skips aloud without it
"""

import contextlib
import datetime
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import uuid
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = (REPOSITORY / os.environ.get('SANJAL_BUILD', 'build/release')).resolve()
SANJAL = BUILD / 'sanjal'
SANJAL_VERIFY = BUILD / 'sanjal-verify'
passphrase_now = 'seven quiet herons cross the wide river'  # a demo makes its own; see Node.start
SHARED = Path(os.environ.get('SANJAL_SHARED', REPOSITORY.parent / 'shared'))
UUID = re.compile(r'^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')


class Skip(Exception):
    """What the test needs is not on this machine; says what."""


# --- the command line --------------------------------------------------------------------------------------------------

class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f'this is not JSON: {self.out[:300]!r} (stderr: {self.err[:300]!r})') from None

    def __repr__(self):
        return f'exit code {self.code}\n  stdout: {self.out[:600]}\n  stderr: {self.err[:600]}'


def environment(passphrase=None, **more):
    env = dict(os.environ, SANJAL_PASSPHRASE=passphrase or passphrase_now, SANJAL_KDF_MEMORY_KIB='8192')  # packs are found as a user's are
    env.update(more)
    return env


def run(*args, passphrase=None, timeout=600, binary=None, **env):
    done = subprocess.run([str(binary or SANJAL), *map(str, args)], env=environment(passphrase, **env), timeout=timeout,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return Ran(done.returncode, done.stdout.decode('utf-8', 'replace'), done.stderr.decode('utf-8', 'replace'))


def must_run(*args, **options):
    ran = run(*args, **options)
    assert ran.code == 0, f'sanjal {" ".join(map(str, args))}: {ran}'
    return ran


# --- what openapi.json says of an answer -------------------------------------------------------------------------------

OPENAPI = json.loads((REPOSITORY / 'src/features/operations/openapi.json').read_text('utf-8'))
TEMPLATES = [(re.compile('^' + re.sub(r'\\{\w+\\}', '[^/]+', re.escape(template)) + '$'), template) for template in sorted(OPENAPI['paths'], key=lambda t: t.count('{'))]


def template_of(path):
    """The path of openapi.json that an address belongs to, or None."""
    return next((template for pattern, template in TEMPLATES if pattern.match(path)), None)


def schema_faults(schema, value, where='$'):
    """What of JSON Schema openapi.json uses; an unknown keyword is a fault, so that nothing goes unlooked at."""
    if '$ref' in schema:
        target = OPENAPI
        for part in schema['$ref'].lstrip('#/').split('/'):
            target = target[part]
        return schema_faults(target, value, where)
    found = []
    known = {'type', 'required', 'properties', 'items', 'enum', 'const', 'format', 'description', 'additionalProperties', 'default', 'pattern', 'maxLength'}
    found += [f'{where}: the keyword {name} is not looked at' for name in schema if name not in known]
    kinds = {'object': dict, 'array': list, 'string': str, 'integer': int, 'boolean': bool, 'null': type(None)}
    wanted = schema.get('type')
    if wanted and not any(isinstance(value, kinds[one]) and not (one == 'integer' and isinstance(value, bool)) for one in ([wanted] if isinstance(wanted, str) else wanted)):
        return found + [f'{where}: {value!r} is no {wanted}']
    if 'enum' in schema and value not in schema['enum'] or 'const' in schema and value != schema['const']:
        found.append(f'{where}: {value!r}')
    if isinstance(value, str):
        if schema.get('format') == 'uuid' and not re.fullmatch(r'[0-9a-f-]{36}', value) or schema.get('format') == 'date-time' and not re.match(r'\d{4}-\d\d-\d\dT', value):
            found.append(f'{where}: {value!r} is no {schema["format"]}')
    if isinstance(value, dict):
        found += [f'{where}: {name} is missing' for name in schema.get('required', []) if name not in value]
        properties = schema.get('properties')
        for name, one in value.items():
            if properties and name in properties:
                found += schema_faults(properties[name], one, f'{where}.{name}')
            elif properties and 'additionalProperties' not in schema:
                found.append(f'{where}: {name} is not described')
    if isinstance(value, list) and 'items' in schema:
        for number, one in enumerate(value):
            found += schema_faults(schema['items'], one, f'{where}[{number}]')
    return found


def check_answer(method, path, got):
    """Every answer of every test: is it one that openapi.json describes?  Says what is not."""
    template = template_of(path.split('?')[0])
    operation = OPENAPI['paths'].get(template, {}).get(method.lower())
    if operation is None:
        return
    described = operation['responses'].get(str(got.status)) or operation['responses'].get(f'{got.status // 100}XX')
    if described is None:
        # Below the routes: a connection's own limits, a full disk, a store that does not answer.
        assert got.status >= 500, f'{method} {template} answers {got.status}, which openapi.json does not describe: {got}'
        return
    if 'content' not in described:
        assert got.body == b'', got
        return
    media = got.headers.get('content-type', '').split(';')[0]
    assert media in described['content'], f'{method} {template}: {media} is not one of {list(described["content"])}: {got}'
    if media.endswith('json'):
        wrong = schema_faults(described['content'][media]['schema'], got.json)
        assert not wrong, f'{method} {template} {got.status}: {wrong[:5]}'


# --- HTTP --------------------------------------------------------------------------------------------------------------

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise AssertionError(f'status {self.status}, and not JSON: {self.body[:300]!r}') from None

    def everything(self):
        """Every byte that a person outside may see: for looking for what must not be there."""
        return '\n'.join(f'{k}: {v}' for k, v in self.headers.items()) + '\n' + self.body.decode('utf-8', 'replace')

    def __repr__(self):
        return f'status {self.status}: {self.body[:600].decode("utf-8", "replace")}'


class Client:
    """One person at one browser: keeps its cookie and its CSRF token."""

    def __init__(self, url):
        self.host, port = re.match(r'^https?://([^:/]+):(\d+)', url).groups()
        self.port = int(port)
        self.cookie = None
        self.csrf = None
        self.actor = None
        self.connection = None
        self.prefix = '/api/v1'
        self.checks = True  # every answer against openapi.json

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def raw(self, method, target, body=None, headers=None):
        headers = dict(headers or {})
        if self.cookie and 'Cookie' not in headers:
            headers['Cookie'] = self.cookie
        for attempt in (0, 1):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
                attempt = 1
            try:
                self.connection.request(method, target, body=body, headers=headers)
                response = self.connection.getresponse()
                data = response.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()
                # A connection that was idle may be closed at any time; a fresh one may not.
                if attempt:
                    raise
            except Exception:
                self.close()
                raise
        got = Answer(response.status, dict((k.lower(), v) for k, v in response.getheaders()), data)
        for value in response.headers.get_all('Set-Cookie') or []:
            pair = value.split(';')[0]
            self.cookie = None if pair.endswith('=') else pair
            got.set_cookie = value
        if response.will_close:
            self.close()
        if method != 'HEAD' and self.checks:
            check_answer(method, target, got)
        return got

    def call(self, method, path, body=None, headers=None, csrf=True):
        headers = dict(headers or {})
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
            headers.setdefault('Content-Type', 'application/json')
        if method != 'GET' and csrf and self.csrf and 'X-CSRF-Token' not in headers:
            headers['X-CSRF-Token'] = self.csrf
        return self.raw(method, path if path in ('/healthz', '/metrics', '/') else self.prefix + path, data, headers)

    def get(self, path, **o):
        return self.call('GET', path, **o)

    def post(self, path, body=None, **o):
        return self.call('POST', path, body, **o)

    def patch(self, path, body, **o):
        return self.call('PATCH', path, body, **o)

    def delete(self, path, **o):
        return self.call('DELETE', path, **o)

    def sign_in(self, user, password):
        got = self.post('/sessions', {'user': user, 'password': password}, csrf=False)
        if got.status == 201:
            self.csrf = got.json['csrf']
            self.actor = got.json['actor']
        return got


# --- a node ------------------------------------------------------------------------------------------------------------

def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def free_ports(count):
    """The first of `count` free ports in a row."""
    for _ in range(200):
        first = free_port()
        try:
            with contextlib.ExitStack() as held:
                for port in range(first, first + count):
                    probe = held.enter_context(socket.socket())
                    probe.bind(('127.0.0.1', port))
            return first
        except (OSError, OverflowError):
            continue
    raise AssertionError('no free ports in a row')


def wanted_store():
    return os.environ.get('SANJAL_STORE', 'sqlite')


class Databases:
    """On PostgreSQL each node gets a database of its own, dropped at the end."""

    def __init__(self):
        self.made = []

    @staticmethod
    def psql(conninfo, sql):
        done = subprocess.run(['psql', '-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', '-d', conninfo, '-c', sql],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, f'psql: {done.stderr.decode("utf-8", "replace")}'
        return done.stdout.decode().strip()

    def options(self):
        """--store for init and demo; nothing for SQLite."""
        if wanted_store() != 'postgres':
            return []
        server = os.environ.get('SANJAL_TEST_POSTGRES')
        if not server:
            raise Skip('SANJAL_STORE=postgres needs SANJAL_TEST_POSTGRES, a conninfo')
        name = 'sanjal_api_' + uuid.uuid4().hex[:12]
        self.psql(server, f"create database {name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")
        self.made.append((server, name))
        conninfo = re.sub(r"\bdbname=\S+\s*", '', server).strip() + f' dbname={name}'
        return ['--store', 'postgres:' + conninfo]

    def drop(self):
        for server, name in self.made:
            with contextlib.suppress(AssertionError):
                self.psql(server, f'drop database if exists {name} with (force)')
        self.made.clear()


class Node:
    """A demo node: police, committee and shelter, invented people.  Stopped with SIGTERM, which must end it cleanly."""

    def __init__(self, keep=None):
        if not SANJAL.exists():
            raise Skip(f'{SANJAL} is not there: build it first')
        self.folder = Path(keep or tempfile.mkdtemp(prefix='sanjal-api-'))
        self.data = self.folder / 'demo'
        self.databases = Databases()
        self.store_options = self.databases.options()
        self.port = None
        self.process = None
        self.clients = []
        self.output = self.folder / 'output'
        self.stopped_with = None

    # The directory of the node itself: the demo may hold several.
    @property
    def directory(self):
        found = sorted(self.data.rglob('node.json'))
        assert found, f'no node.json below {self.data}'
        return found[0].parent

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def start(self, command=None, timeout=120, env=None):
        self.port = self.port or free_ports(8)
        if command is None:
            command = ['demo', '--empty', '--port', self.port, '--data', self.data, *self.store_options]
        with open(self.output, 'ab') as out:
            self.process = subprocess.Popen([str(SANJAL), *map(str, command)], env=environment(**(env or {})), stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out)
        until = time.monotonic() + timeout
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f'the node ended with {self.process.returncode}: {self.said()}')
            with contextlib.suppress(OSError, http.client.HTTPException):
                probe = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
                probe.request('GET', '/healthz')
                status = probe.getresponse().status
                probe.close()
                if status == 200:
                    self.learn_passphrase()
                    return self
            assert time.monotonic() < until, f'no answer at /healthz in {timeout} s: {self.said()}'
            time.sleep(0.02)

    def learn_passphrase(self):
        global passphrase_now
        own = self.data / 'passphrase'
        if own.exists():
            passphrase_now = own.read_text('utf-8').strip()

    def twin(self, name):
        """The directory of a copy of the stopped node, with a database of its own where there is one: to be damaged, or worked with."""
        copy = self.folder / name
        shutil.copytree(self.directory, copy)
        if wanted_store() == 'postgres':
            server, database = self.databases.made[0]
            other = f'{database}_{len(self.databases.made)}'
            # File by file, so that nothing of it is in the server's memory yet.
            Databases.psql(server, f'create database {other} template {database} strategy file_copy')
            self.databases.made.append((server, other))
            description = copy / 'node.json'
            description.write_text(re.sub(rf'\b{database}\b', other, description.read_text()))
        return copy

    def serve(self, **options):
        """The same node by `sanjal serve`."""
        return self.start(['serve', self.directory, '--port', self.port or free_port()], **options)

    def said(self):
        return self.output.read_text('utf-8', 'replace')[-2000:] if self.output.exists() else ''

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None
        self.close_clients()

    def stop(self, timeout=60):
        if self.process is None:
            return
        self.close_clients()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.stopped_with = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f'SIGTERM did not end the node in {timeout} s') from None
        finally:
            self.process = None
        assert self.stopped_with == 0, f'after SIGTERM the node ended with {self.stopped_with}: {self.said()}'

    def close_clients(self):
        for client in self.clients:
            client.close()
        self.clients.clear()

    def accounts(self):
        return json.loads((self.data / 'accounts.json').read_text('utf-8'))

    def account(self, role):
        for account in self.accounts():
            if account['role'] == role:
                return account
        raise AssertionError(f'no account with role {role} in accounts.json: {[a["role"] for a in self.accounts()]}')

    def anonymous(self):
        client = Client(self.url)
        self.clients.append(client)
        return client

    def client(self, role='police'):
        account = self.account(role)
        return self.signed_in(account['user'], account['password'])

    def signed_in(self, user, password):
        client = self.anonymous()
        got = client.sign_in(user, password)
        assert got.status == 201, f'signing in as {user}: {got}'
        client.user, client.password = user, password
        return client

    def checkpoint(self):
        got = self.anonymous().get('/ledger/checkpoint')
        assert got.status == 200, got
        return got.body.decode()

    def size(self):
        return int(self.checkpoint().split('\n')[1])

    logged_at = 0.0

    def grew(self, before):
        """By how many entries the ledger grew, less the one in a minute that says who read what."""
        more = self.size() - before
        if more == 1 and time.monotonic() - self.logged_at > 50:
            self.logged_at = time.monotonic()
            return 0
        return more

    def entries(self):
        """The size of the stopped node's ledger."""
        return must_run('verify', self.directory, '--json').json()['answer']['size']

    living = []  # those that the tests of this file left: their views are held against their entries at the end

    def __enter__(self):
        try:
            Node.living.append(self)
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, *_):
        if self in Node.living:
            Node.living.remove(self)
        try:
            if self.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    self.process.terminate()
                try:
                    self.process.wait(30)
                except subprocess.TimeoutExpired:
                    self.process.kill()
                    self.process.wait()
                self.process = None
            self.close_clients()
        finally:
            self.databases.drop()
            if not os.environ.get('SANJAL_KEEP'):
                shutil.rmtree(self.folder, ignore_errors=True)


class People:
    """Who is signed in at a node that many tests share: each account once, by its name or, where nobody has that name, by its role."""

    def __init__(self, node, usually='police'):
        self.node, self.usually, self.kept = node, usually, {}

    def __call__(self, who=None):
        who = who or self.usually
        if who not in self.kept:
            account = self.account(who)
            self.kept[who] = self.node().signed_in(account['user'], account['password'])
        return self.kept[who]

    def account(self, who):
        return next((one for one in self.node().accounts() if one['user'] == who), None) or self.node().account(who)

    def forget(self, who=None):
        """They sign in anew: the node was started again, or a session was ended."""
        self.kept.pop(who, None) if who else self.kept.clear()

    def unit(self, code):
        """The id of the unit with that code, such as GHY-RLY."""
        return next(one['unit'] for one in self('police').get('/units').json['units'] if one['code'] == code)

    def unit_of(self, who):
        return self.account(who)['unit']

    def make(self, role='police', unit='GHY-RLY', by=None, **more):
        """A new account: (user, password, actor)."""
        user, password = f'{role.replace("_", "-")}-{uuid.uuid4().hex[:8]}', uuid.uuid4().hex
        got = (by or self('police')).post('/accounts', {'user': user, 'password': password, 'role': role, 'unit': unit, **more})
        assert got.status == 201, got
        return user, password, got.json['actor']

    def somebody(self, role, unit='GHY-SHELTER', **more):
        """A new account of that role, signed in."""
        user, password, _ = self.make(role, unit, **more)
        return self.node().signed_in(user, password)


# --- a rescue, as a police unit types it -------------------------------------------------------------------------------

def day(days=0):
    """A day where the units are, which may be tomorrow already; 2026-11-28."""
    here = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    return str((datetime.datetime.now(here) + datetime.timedelta(days=days)).date())


def instant(seconds_from_now=0, offset_minutes=330):
    """RFC 3339 with the place's own offset, whole minutes."""
    at = int(time.time() + seconds_from_now) // 60 * 60
    sign = '+' if offset_minutes >= 0 else '-'
    clock = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at + offset_minutes * 60))
    return f'{clock}{sign}{abs(offset_minutes) // 60:02d}:{abs(offset_minutes) % 60:02d}'


def seconds_of(text):
    """Seconds since 1970 of an RFC 3339 text."""
    import datetime
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


BENGALI = ['রীনা মণ্ডল', 'সুমিতা খাতুন']


def two_children(names=BENGALI, found_at=None, **case):
    """Answers of rescue_report for children found together."""
    return {'answers': {
        'case': {'danger_now': 'no', 'can_talk_alone': 'yes', 'place_found': 'IN-AS', 'found_at': instant(-3600) if found_at is None else found_at, **case},
        'person': [{'under_18': 'yes' if i == 0 else 'not_sure', 'names': [name]} for i, name in enumerate(names)],
    }}


def report(client, body=None, **headers):
    got = client.post('/forms/rescue_report/submissions', body or two_children(), headers=headers or None)
    assert got.status == 201, f'the rescue report was not taken: {got}'
    return got.json


def as_list(value):
    return value if isinstance(value, list) else [value]


# --- what an error must look like --------------------------------------------------------------------------------------

def check_problem(got, *statuses):
    """A whole problem document (RFC 9457) that says what and, in words, what to do."""
    assert got.status in statuses, f'status should be {" or ".join(map(str, statuses))}: {got}'
    assert got.headers.get('content-type', '').startswith('application/problem+json'), f'Content-Type is {got.headers.get("content-type")}: {got}'
    problem = got.json
    for member in ('type', 'title', 'status', 'detail', 'code'):
        assert member in problem, f'the problem document has no {member}: {got}'
    assert problem['status'] == got.status, got
    assert len(problem['detail']) >= 10, f'detail says nothing: {got}'
    for error in problem.get('errors', []):
        assert error['pointer'] == '' or error['pointer'].startswith('/'), f'not a JSON pointer: {error}'
        assert error.get('detail') or error.get('code'), error
    return problem


def pointers(problem):
    return [error['pointer'] for error in problem.get('errors', [])]


class Several:
    """Lets a test look at every case and then fail with all that are wrong, not with the first."""

    def __init__(self):
        self.wrong = []

    def __enter__(self):
        return self

    @contextlib.contextmanager
    def case(self, what):
        try:
            yield
        except AssertionError as error:
            self.wrong.append(f'{what}: {str(error)[:300]}')

    def __exit__(self, kind, *_):
        if kind is None and self.wrong:
            raise AssertionError('\n'.join(self.wrong))


# --- the runner --------------------------------------------------------------------------------------------------------

def main(tests, argv=None):
    """Runs tests, a list of (sentence, function); words on the command line choose those whose sentence holds them."""
    words = [word for word in (sys.argv[1:] if argv is None else argv) if not word.startswith('-')]
    passed = failed = skipped = 0
    for sentence, test in tests:
        if words and not any(word.lower() in sentence.lower() for word in words):
            continue
        started = time.monotonic()
        try:
            test()
            passed += 1
            print(f'ok   {sentence} ({time.monotonic() - started:.1f} s)', flush=True)
        except Skip as why:
            skipped += 1
            print(f'SKIPPED {sentence}: {why}', flush=True)
        except Exception as error:  # a test may fail in any way
            failed += 1
            print(f'FAILED {sentence}', flush=True)
            frames = [f for f in traceback.extract_tb(error.__traceback__) if 'tests/api' in f.filename or 'bench' in f.filename]
            for frame in frames[1:]:
                print(f'    {Path(frame.filename).name}:{frame.lineno} {frame.line}')
            print('    ' + str(error or type(error).__name__).replace('\n', '\n    '), flush=True)
    if skipped:
        print(f'{skipped} skipped')
    print(f'{passed} passed, {failed} failed', flush=True)
    return 1 if failed else 0


class Tests:
    """Collects tests: @tests('A sentence.')."""

    def __init__(self):
        self.all = []

    def __call__(self, sentence):
        def keep(function):
            self.all.append((sentence, function))
            return function
        return keep

    def main(self, argv=None):
        return main([*self.all, ('after all that, every node that is left verifies, and its views are what its entries say', views_are_sound)], argv)


def views_are_sound():
    if not Node.living:
        raise Skip('no node is left')
    for node in Node.living:
        node.stop()
        own = node.data / 'passphrase'
        ran = run('verify', node.directory, '--json', '--views', **({'passphrase': own.read_text('utf-8').strip()} if own.exists() else {}))
        assert ran.code == 0, f'not sound: {ran}'


class Lazy:
    """One running node for many tests, made by the first that asks."""

    def __init__(self):
        self.node = None
        self.broken = None

    def __call__(self):
        if self.broken is not None:
            raise self.broken.with_traceback(None)
        if self.node is None:
            try:
                self.node = Node().__enter__()
            except Exception as error:
                self.broken = error if isinstance(error, Skip) else AssertionError(f'no node to ask: {error}')
                raise
        return self.node

    def close(self):
        if self.node is not None:
            self.node.__exit__(None, None, None)
            self.node = None
