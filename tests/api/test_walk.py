#!/usr/bin/python3
"""The walk of the whole house: a report becomes signed entries, records, clocks and tasks; it is exported, proved by
programs of other people, partly erased, proved again, rebuilt, backed up and restored.  One node, in this order."""

import json
import os
import subprocess
import sys

from harness import (BENGALI, REPOSITORY, SANJAL_VERIFY, UUID, Lazy, Node, Skip, Tests, as_list, instant, must_run, report, run, seconds_of,
                     two_children, wanted_store)

tests = Tests()
the_node = Lazy()
seen = {}  # what an earlier step of the walk found
CLOCK = 'in.jj.s31.produce_cwc'


def step(name):
    if name not in seen:
        raise AssertionError(f'an earlier step of the walk failed ("{name}" is missing)')
    return seen[name]


def police():
    if 'police' not in seen:
        seen['police'] = the_node().client('police')
    return seen['police']


def clocks_of(record):
    got = police().get(f'/records/{record}/clocks')
    assert got.status == 200, got
    return [clock for clock in got.json['clocks'] if clock['rule'] == CLOCK]


@tests('accounts.json lists a police unit, a committee and a shelter, and each can sign in')
def accounts():
    roles = set()
    for account in the_node().accounts():
        for member in ('url', 'user', 'password', 'name', 'role', 'unit'):
            assert isinstance(account.get(member), str) and account[member], f'{member} is missing in accounts.json'
        roles.add(account['role'])
    assert {'police', 'cwc', 'shelter'} <= roles, roles
    for role in ('police', 'cwc', 'shelter'):
        got = the_node().client(role).get('/me')
        assert got.status == 200, got
        assert got.json['role'] == role, got


@tests('demo --list prints the accounts without opening the ledger')
def demo_list():
    node = the_node()
    listed = must_run('demo', '--list', '--json', '--data', node.data, passphrase='not the one').json()
    assert listed == node.accounts(), listed


@tests('the session cookie is __Host-, HttpOnly and SameSite, and no script sees the token')
def cookie():
    node = the_node()
    account = node.account('police')
    client = node.anonymous()
    got = client.sign_in(account['user'], account['password'])
    assert got.status == 201 and set(got.json) >= {'actor', 'csrf'}, got
    assert UUID.match(got.json['actor']), got
    value = got.set_cookie
    assert value.startswith('__Host-sanjal-'), value
    for part in ('HttpOnly', 'Secure', 'SameSite=', 'Path=/'):
        assert part.lower() in value.lower(), f'{part} is missing: {value}'
    token = value.split(';')[0].split('=', 1)[1]
    assert token not in got.body.decode(), 'the token stands in the body'


@tests('the form rescue_report begins with "safe now" and asks what P4 says and nothing that P4 forbids')
def form():
    listed = police().get('/forms')
    assert listed.status == 200 and 'rescue_report' in [f['form'] for f in listed.json['forms']], listed
    got = police().get('/forms/rescue_report')
    assert got.status == 200, got
    for member in ('form', 'title', 'makes', 'enough', 'pages'):
        assert member in got.json, f'{member} is missing: {got}'
    first = [f'{q["alias"]}.{q["field"]}' for q in got.json['pages'][0]['ask']]
    assert first[:2] == ['case.danger_now', 'case.can_talk_alone'] and 'person.not_to_know' in first, first
    asked = []
    for page in got.json['pages']:
        assert page['title'], page
        for question in page['ask']:
            for member in ('alias', 'field', 'kind', 'ask', 'required', 'many'):
                assert member in question, f'{member} is missing: {question}'
            asked.append(f'{question["alias"]}.{question["field"]}')
    assert len(asked) == len(set(asked)), 'something is asked twice'
    for forbidden in ('person.father', 'person.phone', 'person.religion', 'person.caste', 'person.nationality', 'case.exploitation'):
        assert forbidden not in asked, f'{forbidden} is asked in the first two minutes'
    for wanted in ('person.under_18', 'case.place_found', 'case.found_at', 'person.language', 'person.names', 'person.urgent_hurt'):
        assert wanted in asked, f'{wanted} is not asked'


@tests('two children in Bengali script are reported at once: one case, two persons, two parts')
def submit():
    before = the_node().size()
    seen['found_at'] = instant(-3600)
    made = report(police(), two_children(found_at=seen['found_at']))
    assert UUID.match(made['submission']), made
    records = made['records']
    assert isinstance(records['case'], str) and UUID.match(records['case']), made
    for alias in ('person', 'part'):
        assert len(as_list(records[alias])) == 2 and all(UUID.match(r) for r in records[alias]), made
    assert len({records['case'], *records['person'], *records['part']}) == 5, made
    assert the_node().size() > before, 'nothing was appended'
    seen['records'] = records


@tests('the records read back with the names exactly as written, and what belongs together is linked')
def read_back():
    records = step('records')
    names = []
    for person in records['person']:
        got = police().get(f'/records/{person}')
        assert got.status == 200, got
        record = got.json
        assert record['id'] == person and record['type'] == 'person' and record['state'], got
        assert record['heads'] and all(isinstance(h, str) for h in record['heads']), got
        names.append(json.dumps(record['fields']['names'], ensure_ascii=False))
    for name in BENGALI:
        assert sum(name in found for found in names) == 1, f'{names} does not hold each name once'
    case = police().get(f'/records/{records["case"]}').json
    assert case['type'] == 'case' and case.get('number'), case
    assert seconds_of(case['fields']['found_at']) == seconds_of(step('found_at')), case
    for part in records['part']:
        got = police().get(f'/records/{part}').json
        assert got['fields']['case'] == records['case'] and got['fields']['person'] in records['person'], got
    listed = police().get('/records?type=case')
    assert listed.status == 200, listed
    assert records['case'] in json.dumps(listed.json), 'the list of cases does not show it'


@tests('each child has a clock of 24 hours from when it was found, with its source in law')
def clock():
    for person in step('records')['person']:
        mine = clocks_of(person)
        assert len(mine) == 1, f'{len(mine)} clocks {CLOCK} on one child'
        got = mine[0]
        assert got['state'] == 'running', got
        assert seconds_of(got['started']) == seconds_of(step('found_at')), got
        assert seconds_of(got['due']) == seconds_of(step('found_at')) + 24 * 3600, got
        assert got['nature'] == 'statute' and '31' in json.dumps(got['source']), got
    assert len(clocks_of(step('records')['case'])) == 2, 'the case shows the clocks of both'


@tests('each child has the task to be produced before the committee, and it stands in the worklist')
def tasks():
    for part in step('records')['part']:
        got = police().get(f'/records/{part}/tasks')
        assert got.status == 200, got
        mine = [t for t in got.json['tasks'] if t['step'] == 'produce_before_cwc']
        assert len(mine) == 1, got
        for member in ('id', 'step', 'title', 'who', 'state', 'source'):
            assert member in mine[0], f'{member} is missing: {mine[0]}'
        assert mine[0].get('clock') == CLOCK and 'police' in mine[0]['who'], mine[0]
    work = police().get('/worklist')
    assert work.status == 200 and set(work.json) >= {'tasks', 'offers', 'alerts'}, work
    mine = [t for t in work.json['tasks'] if t.get('case') == step('records')['case'] or t.get('record') in step('records')['part']]
    assert len({t['record'] for t in mine if t['step'] == 'produce_before_cwc'}) == 2, mine
    dues = [seconds_of(t['due']) for t in work.json['tasks'] if t.get('due')]
    assert dues == sorted(dues), 'the most urgent does not come first'


@tests('a journey of 310 minutes moves both clocks by 310 minutes')
def journey():
    case = step('records')['case']
    heads = police().get(f'/records/{case}').json['heads']
    got = police().patch(f'/records/{case}', {'fields': {'journey_minutes': 310}}, headers={'If-Match': ', '.join(f'"{h}"' for h in heads)})
    assert got.status == 200, got
    for person in step('records')['person']:
        due = seconds_of(clocks_of(person)[0]['due'])
        assert due == seconds_of(step('found_at')) + 24 * 3600 + 310 * 60, clocks_of(person)


@tests('a slip in the time found is corrected by an entry, and the clock follows (P5)')
def corrected():
    case = step('records')['case']
    earlier = instant(-7200)
    got = police().patch(f'/records/{case}', {'fields': {'found_at': earlier}})
    assert got.status == 200, got
    assert seconds_of(clocks_of(step('records')['person'][0])[0]['due']) == seconds_of(earlier) + 24 * 3600 + 310 * 60
    history = police().get(f'/records/{case}/history')
    assert history.status == 200, history
    told = history.body.decode()
    assert told.count('found_at') >= 2, f'the history does not show both: {told[:600]}'


@tests('two people who had not seen each other\'s value are both kept, shown as a conflict, and one entry settles it')
def conflict():
    case = step('records')['case']
    heads = police().get(f'/records/{case}').json['heads']
    match = {'If-Match': ', '.join(f'"{h}"' for h in heads)}
    first = police().patch(f'/records/{case}', {'fields': {'place_found': 'IN-WB'}}, headers=match)
    assert first.status == 200, first
    second = police().patch(f'/records/{case}', {'fields': {'place_found': 'IN-TR'}}, headers=match)
    assert second.status == 200, second
    shown = police().get(f'/records/{case}').json
    both = json.dumps(shown['fields']['place_found'])
    assert 'conflict' in shown['fields']['place_found'] and 'IN-WB' in both and 'IN-TR' in both, both
    assert 'conflict' in second.body.decode(), f'the second writer is not told: {second}'
    settle = police().patch(f'/records/{case}', {'fields': {'place_found': 'IN-WB'}}, headers={'If-Match': ', '.join(f'"{h}"' for h in shown['heads'])})
    assert settle.status == 200, settle
    after = police().get(f'/records/{case}').json['fields']['place_found']
    assert 'conflict' not in json.dumps(after) and 'IN-WB' in json.dumps(after), after


@tests('two times of being found stand against each other: the clock goes on, by the earlier one, and is never gone in silence')
def conflict_of_times():
    case = step('records')['case']
    heads = police().get(f'/records/{case}').json['heads']
    match = {'If-Match': ', '.join(f'"{h}"' for h in heads)}
    early, late = instant(-7200), instant(-5400)
    for at in (late, early):
        got = police().patch(f'/records/{case}', {'fields': {'found_at': at}}, headers=match)
        assert got.status == 200, got
    shown = police().get(f'/records/{case}').json
    mine = clocks_of(step('records')['person'][0])
    settle = police().patch(f'/records/{case}', {'fields': {'found_at': early}}, headers={'If-Match': ', '.join(f'"{h}"' for h in shown['heads'])})
    assert settle.status == 200, settle
    assert 'conflict' in json.dumps(shown['fields']['found_at']), shown
    assert len(mine) == 1, 'while people disagree about the time, the child has no clock at all'
    assert seconds_of(mine[0]['due']) == seconds_of(early) + 24 * 3600 + 310 * 60, mine[0]


@tests('the same Idempotency-Key with the same body gives the same answer and appends nothing')
def idempotent():
    body = two_children(names=['আবার একজন'])
    first = police().post('/forms/rescue_report/submissions', body, headers={'Idempotency-Key': 'walk-1'})
    size = the_node().size()
    again = police().post('/forms/rescue_report/submissions', body, headers={'Idempotency-Key': 'walk-1'})
    assert (first.status, again.status) == (201, 201), (first, again)
    assert first.json == again.json, (first, again)
    assert the_node().size() == size, 'the repeated request was written again'


@tests('a step is done: the clock stops and the task ends')
def done():
    part = step('records')['part'][0]
    listed = police().get(f'/records/{part}/tasks').json['tasks']
    for name in ('rescue_record', 'produce_before_cwc'):
        task = [t for t in listed if t['step'] == name]
        if not task:
            continue
        got = police().post(f'/tasks/{task[0]["id"]}/done', {})
        assert got.status == 200, got
        assert got.json['state'] == 'done', got
        again = police().post(f'/tasks/{task[0]["id"]}/done', {})
        assert again.status == 409, again
        listed = police().get(f'/records/{part}/tasks').json['tasks']
    clock = clocks_of(part)[0]
    assert clock['state'] == 'stopped' and clock['stopped'], clock
    assert clocks_of(step('records')['part'][1])[0]['state'] == 'running', 'the other child\'s clock stopped, too'


def export(out, **options):
    path = the_node().folder / out
    ran = run('export', the_node().directory, '--record', step('records')['case'], '--purpose', 'court', '--out', path, **options)
    return ran, path


def verify_everywhere(path, accepted=True):
    """Our verifier, the second implementation, the foreign library: whichever are here; ours always."""
    asked = []
    assert SANJAL_VERIFY.exists(), f'{SANJAL_VERIFY.name} was not built'
    ran = run(path, binary=SANJAL_VERIFY)
    assert (ran.code == 0) == accepted, f'sanjal-verify: {ran}'
    assert ran.code in (0, 1), f'sanjal-verify: {ran}'
    asked.append('sanjal-verify')
    ran = run('verify', path)
    assert (ran.code == 0) == accepted, f'sanjal verify FILE: {ran}'
    second = REPOSITORY / 'tests/verify/sanjal_verify.py'
    if second.exists():
        done = subprocess.run([sys.executable, str(second), str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert (done.returncode == 0) == accepted, f'sanjal_verify.py: exit code {done.returncode}: {done.stdout.decode()[-600:]}'
        asked.append('the Python verifier')
    oracle = REPOSITORY / 'tests/oracle/verify_export.mjs'
    if oracle.exists() and (oracle.parent / 'node_modules').is_dir():
        done = subprocess.run([str(REPOSITORY / 'tools/node.sh'), str(oracle), str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert (done.returncode == 0) == accepted, f'{oracle.name}: exit code {done.returncode}: {done.stdout.decode()[-600:]}'
        asked.append('the npm libraries (export)')
    elif accepted:
        asked += by_entries(path)
    print(f'     {path.name}: asked {", ".join(asked)}')
    return asked


def by_entries(path):
    """verify_entries.mjs reads lines {"entry", "jwk"}; an export holds entries and, in key entries, the keys."""
    oracle = REPOSITORY / 'tests/oracle/verify_entries.mjs'
    if not (oracle.exists() and (oracle.parent / 'node_modules').is_dir()):
        print('     SKIPPED the npm libraries: tests/oracle is not installed (npm ci)')
        return []
    import base64

    def part(text):
        return json.loads(base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)))

    def texts(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for one in value.values():
                yield from texts(one)
        elif isinstance(value, list):
            for one in value:
                yield from texts(one)

    entries = []
    for line in path.read_text('utf-8').splitlines():
        for text in texts(json.loads(line)):
            if text.startswith('eyJ') and text.endswith('~') and text.count('.') == 2:
                entries.append(text)
    assert entries, 'no SD-JWT in the export'
    keys = {}
    for entry in entries:
        claims = part(entry.split('~')[0].split('.')[1])
        header = part(entry.split('.')[0])
        if 'jwk' in claims:
            thumb = json.dumps({k: claims['jwk'][k] for k in ('crv', 'kty', 'x')}, separators=(',', ':'), sort_keys=True)
            import hashlib
            keys[base64.urlsafe_b64encode(hashlib.sha256(thumb.encode()).digest()).rstrip(b'=').decode()] = claims['jwk']
        keys.setdefault(header['kid'], None)
    lines = path.with_suffix('.entries')
    with open(lines, 'w', encoding='utf-8') as out:
        for entry in entries:
            jwk = keys[part(entry.split('.')[0])['kid']]
            assert jwk, 'an entry is signed by a key that the export does not introduce'
            out.write(json.dumps({'entry': entry, 'jwk': jwk}) + '\n')
    done = subprocess.run([str(REPOSITORY / 'tools/node.sh'), str(oracle), '--quiet', str(lines)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f'verify_entries.mjs: {done.stdout.decode()[-600:]}'
    return [f'@sd-jwt/core and jose on {len(entries)} entries']


@tests('a case is exported while the node serves, or is refused with a reason; stopped, it is exported')
def exported():
    running, early = export('running.export')
    the_node().stop()
    seen.pop('police', None)
    ran, path = export('case.export')
    assert ran.code == 0, ran
    seen['export'] = path
    assert BENGALI[0] in decoded(path), 'the export for a court does not show the child\'s name'
    if running.code != 0:
        assert running.code in (1, 3) and len(running.err + running.out) > 20, f'neither exported nor refused clearly: {running}'
        assert not early.exists() or early.stat().st_size == 0, 'a refused export left a file'
        print(f'     while serving: {(running.err or running.out).strip()[:160]}')
    else:
        verify_everywhere(early)
    assert path.stat().st_mode & 0o077 == 0, f'others may read the export: mode {path.stat().st_mode & 0o777:o}'


def decoded(path):
    """The export's text with every disclosure opened."""
    import base64
    import re
    text = path.read_text('utf-8')
    for one in set(re.findall(r'[A-Za-z0-9_-]{20,}', text)):
        try:
            text += '\n' + json.dumps(json.loads(base64.urlsafe_b64decode(one + '=' * (-len(one) % 4)).decode('utf-8')), ensure_ascii=False)
        except ValueError:
            continue
    return text


@tests('the export is accepted by sanjal-verify, by the Python verifier and by the npm libraries')
def verified():
    verify_everywhere(step('export'))
    answer = run('--json', step('export'), binary=SANJAL_VERIFY)
    if answer.code == 0:
        seen['answer'] = answer.json()


@tests('an export of which one byte differs, or of which the end is missing, is not accepted')
def tampered():
    path = step('export')
    whole = path.read_bytes()
    copy = path.with_suffix('.tampered')
    for at in (40, len(whole) // 3, len(whole) // 2, len(whole) - 40):
        copy.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        ran = run(copy, binary=SANJAL_VERIFY)
        assert ran.code == 1, f'byte {at} changed: {ran}'
    lines = whole.splitlines(keepends=True)
    for shorter in (whole[:-1], b''.join(lines[:-1]), b''.join(lines[:-2] + lines[-1:]), b''):
        copy.write_bytes(shorter)
        ran = run(copy, binary=SANJAL_VERIFY)
        assert ran.code == 1 and (ran.out + ran.err).strip(), f'{len(shorter)} of {len(whole)} bytes: {ran}'


@tests('a living ledger verifies, with the size of the checkpoint')
def verify_live():
    got = must_run('verify', the_node().directory, '--json').json()
    assert got, got
    seen['verified'] = got


@tests('rebuild makes the views anew, and everything reads the same')
def rebuild():
    node = the_node()
    node.serve() if node.process is None else None
    case, people = step('records')['case'], step('records')['person']
    paths = [f'/records/{r}' for r in [case, *people, *step('records')['part']]]
    paths += [f'/records/{r}/clocks' for r in people] + [f'/records/{r}/tasks' for r in people] + ['/worklist', '/records?type=case']
    before = {path: police().get(path).json for path in paths}
    node.stop()
    seen.pop('police', None)
    size = node.entries()
    must_run('rebuild', node.directory)
    assert node.entries() == size, 'rebuild appended entries'
    node.serve()
    for path in paths:
        got = police().get(path).json
        assert got == before[path], f'{path} differs after rebuild:\nbefore {json.dumps(before[path])[:400]}\nafter  {json.dumps(got)[:400]}'
    node.stop()
    seen.pop('police', None)


@tests('erasing the names needs a reason and two approvals')
def erase_refused():
    node = the_node()
    person = step('records')['person'][0]
    for args in (['--approve', 'officer-one', '--approve', 'officer-two'], ['--reason', 'asked for it', '--approve', 'officer-one'],
                 ['--reason', 'asked for it', '--approve', 'officer-one', '--approve', 'officer-one']):
        ran = run('erase', node.directory, '--record', person, '--field', 'names', *args)
        assert ran.code in (1, 2) and (ran.err + ran.out).strip(), f'{args}: {ran}'


@tests('the names of one child are erased for good: no view, no history and no export shows them, and proofs stay')
def erase():
    node = the_node()
    if node.process is not None:
        node.stop()
        seen.pop('police', None)
    person = step('records')['person'][0]
    must_run('erase', node.directory, '--record', person, '--field', 'names', '--reason', 'asked for by the person', '--approve', 'officer-one',
             '--approve', 'officer-two')
    gone = BENGALI[0]
    seen['erased'] = True
    must_run('verify', node.directory, '--json')
    ran, path = export('erased.export')
    assert ran.code == 0, ran
    assert gone not in decoded(path), 'the new export still holds the name'
    node.serve()
    got = police().get(f'/records/{person}')
    assert got.status == 200 and gone not in got.body.decode(), got
    assert 'erased' in json.dumps(got.json['fields'].get('names')), got
    history = police().get(f'/records/{person}/history')
    assert history.status == 200 and gone not in history.body.decode(), history
    other = police().get(f'/records/{step("records")["person"][1]}')
    assert BENGALI[1] in other.body.decode(), 'another child\'s name was erased, too'
    assert len(clocks_of(person)) == 1, 'the erasure took the clock away'
    node.stop()
    seen.pop('police', None)
    verify_everywhere(path)
    verify_everywhere(step('export'))
    answer = run('--json', path, binary=SANJAL_VERIFY)
    assert answer.code == 0 and 'erased' in answer.out, f'the answer does not say what is absent: {answer}'


@tests('what was erased stays erased after rebuild')
def erase_rebuild():
    step('erased')
    node = the_node()
    must_run('rebuild', node.directory)
    node.serve()
    got = police().get(f'/records/{step("records")["person"][0]}')
    assert got.status == 200 and BENGALI[0] not in got.body.decode(), got
    node.stop()
    seen.pop('police', None)


@tests('a backup is restored in a new place and begins a new epoch; nothing that was written is missing')
def backup():
    if wanted_store() == 'postgres':
        raise Skip('a PostgreSQL store is backed up with PostgreSQL\'s own tools')
    node = the_node()
    if node.process is None:
        node.serve()
    before = node.checkpoint().split('\n')
    node.stop()
    seen.pop('police', None)
    ledger, keys, place = (node.folder / name for name in ('backup-ledger', 'backup-keys', 'restored'))
    must_run('backup', node.directory, '--out', ledger, '--keys', keys)
    ran = run('restore', place, '--from', ledger, '--keys', keys)
    assert ran.code == 0, ran
    must_run('verify', place, '--json')
    node.start(['serve', place, '--port', node.port])
    after = node.checkpoint().split('\n')
    origin, epoch = before[0].rsplit('/', 1)
    assert after[0] == f'{origin}/{int(epoch) + 1}', f'{before[0]} became {after[0]}'
    assert int(after[1]) > int(before[1]), 'no entry names the head that was restored'
    got = police().get(f'/records/{step("records")["person"][1]}')
    assert got.status == 200 and BENGALI[1] in got.body.decode(), got
    report(police())
    node.stop()
    seen.pop('police', None)


if __name__ == '__main__':
    os.chdir(REPOSITORY)
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
