#!/usr/bin/python3
"""Two and three nodes that share no server: meeting, agreeing, showing, asking, handing over, calling back; by line and by stick,
with kill -9 in between.  Real processes on loopback; invented people."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from harness import Node, Several, Skip, Tests, check_problem, free_port, must_run, run, two_children

tests = Tests()
kept = {}
MARK = 'চিহ্ন' + uuid.uuid4().hex[:10]


class Office(Node):
    """A node of one organisation, made by `init`, with its nodal officer."""

    def __init__(self, name, country, unit='ngo'):
        super().__init__()
        self.name, self.country = name, country
        self.data.parent.mkdir(exist_ok=True)
        made = must_run('init', self.data, '--name', name, '--country', country, '--unit', unit, *self.store_options, '--json').json()
        self.node, self.unit, self.password = made['node'], made['unit'], made['password']
        self.port = free_port()
        self.officer_client = None

    def learn_passphrase(self):
        """Its own is the harness's."""

    def up(self):
        self.serve()
        self.officer_client = None
        return self

    def officer(self):
        if self.officer_client is None:
            self.officer_client = self.anonymous()
            assert self.officer_client.sign_in('officer', self.password).status == 201
        return self.officer_client

    def crash(self):
        self.kill()
        return self.up()


def until(what, look, seconds=60):
    """Waits for something that the nodes do by themselves."""
    end = time.monotonic() + seconds
    while True:
        got = look()
        if got:
            return got
        assert time.monotonic() < end, f'this did not come about: {what}'
        time.sleep(0.2)


def offices():
    if 'two' not in kept:
        kept['two'] = [Office('Shelter at the river', 'IN').up(), Office('Home for return', 'BD').up()]
        meet(*kept['two'])
        kept['agreement'] = agree(*kept['two'])
    return kept['two']


def card_of(office):
    return office.officer().get('/peers/card').json['card']


def meet(one, other):
    for office in (one, other):
        assert office.officer().patch('/peers/card', {'addresses': [f'http://127.0.0.1:{office.port}']}).status == 200
    words = []
    for here, there in ((one, other), (other, one)):
        got = here.officer().post('/peers', {'card': card_of(there)})
        assert got.status == 201 and got.json['state'] == 'introduced' and got.json['name'] == there.name, got
        words.append(got.json['code'])
    assert words[0] == words[1] and len(words[0].split('-')) == 8, words
    for here, there in ((one, other), (other, one)):
        problem = check_problem(here.officer().post(f'/peers/{there.node}/confirm', {'code': words[0].replace(words[0][0], 'x', 1)}), 409)
        assert problem['code'] == 'peer.other_code', problem
        got = here.officer().post(f'/peers/{there.node}/confirm', {'code': words[0].upper().replace('-', ' ')})
        assert got.status == 200 and got.json['state'] == 'confirmed', got


def agreements(office, state):
    return [one for one in office.officer().get('/agreements').json['agreements'] if one['state'] == state]


def agree(one, other):
    """The id on each side."""
    made = one.officer().post('/agreements', {'peer': other.node, 'agreement': 'organisations'})
    assert made.status == 201 and made.json['state'] == 'signed', made
    offered = until('the proposal arrives', lambda: agreements(other, 'offered'))[0]
    assert offered['terms'] == made.json['terms'], 'the terms changed on the way'
    signed = other.officer().post(f'/agreements/{offered["id"]}/sign', {})
    assert signed.status == 200, signed
    until('both sides have signed', lambda: agreements(one, 'live') and agreements(other, 'live'))
    return {one.node: made.json['id'], other.node: offered['id']}


def woman(office, consents=('C_share_min', 'C_share_cross'), **person):
    """One adult survivor in a case of her own: ids of case, person, part."""
    body = two_children(names=[MARK])
    body['answers']['person'][0].update({'under_18': 'no', 'language': 'bn', 'sex': 'female', **person})
    got = office.officer().post('/forms/rescue_report/submissions', body)
    assert got.status == 201, got
    made = got.json['records']
    ids = {'case': made['case'], 'person': made['person'][0], 'part': made['part'][0]}
    got = office.officer().post('/records', {'type': 'consent', 'fields': {'person': ids['person'], **{name: 'yes' for name in consents}}})
    assert got.status == 201, got
    ids['consent'] = got.json['id']
    return ids


def disclose(office, there, record, **more):
    body = {'record': record, 'agreement': kept['agreement'][office.node], 'purpose': 'care', **more}
    return office.officer().post('/disclosures', body)


def disclosure(office, identity):
    return next(one for one in office.officer().get('/disclosures').json['disclosures'] if one['id'] == identity)


def arrivals(office, number=None):
    return [one for one in office.officer().get('/arrivals').json['arrivals'] if number in (None, one['number'])]


@tests('two nodes meet by cards and eight words, and without two signatures nothing goes')
def meeting():
    one, other = offices()
    for here, there in ((one, other), (other, one)):
        peer = here.officer().get('/peers').json['peers'][0]
        assert peer['peer'] == there.node and peer['state'] == 'confirmed' and 'code' not in peer, peer
    check_problem(one.officer().post('/peers', {'card': card_of(one)}), 422)
    check_problem(one.officer().post('/peers', {'card': card_of(other)[:-9] + 'AAAAAAAAA'}), 422)
    third = woman(one)
    got = one.officer().post('/disclosures', {'record': third['part'], 'agreement': str(third['part']), 'purpose': 'care'})
    check_problem(got, 404)


@tests('the other side sees the agreed fields that were previewed, that something was withheld, and no more; the proof is kept beside')
def shown():
    one, other = offices()
    made = woman(one)
    assert one.officer().patch(f'/records/{made["person"]}', {'fields': {'phone': ['+91 98300 00000'], 'marks': 'a scar'}}).status == 200
    preview = one.officer().call('POST', '/disclosures?preview=1', {'record': made['part'], 'agreement': kept['agreement'][one.node], 'purpose': 'care'})
    assert preview.status == 200 and MARK in preview.everything() and '98300' not in preview.everything() and 'scar' not in preview.everything(), preview
    got = disclose(one, other, made['part'])
    assert got.status == 201, got
    arrived = until('it arrives', lambda: arrivals(other, got.json['number']))[0]
    seen = other.officer().get(f'/arrivals/{arrived["id"]}')
    assert seen.status == 200, seen
    expected = {record['record']: record['fields'] for record in preview.json['records']}
    found = {record['record']: record['fields'] for record in seen.json['records']}
    assert found == expected, f'previewed {expected}, seen {found}'
    person = next(record for record in seen.json['records'] if record['type'] == 'person')
    assert person['withheld'] is True and '98300' not in seen.everything() and 'scar' not in seen.everything(), seen
    until('the acknowledgement comes home', lambda: disclosure(one, got.json['id'])['state'] == 'arrived')
    check_problem(other.anonymous().get(f'/arrivals/{arrived["id"]}'), 401)


@tests('without consent, against her wish, for another purpose or beyond the day\'s measure nothing goes, and it is said why')
def refused():
    one, other = offices()
    unit = one.officer().get('/peers').json['peers'][0]['unit']
    with Several() as several:
        for what, ids, more, code in (('no consent', woman(one, consents=()), {}, 'disclosure.no_consent'), ('not across the border', woman(one, consents=('C_share_min',)), {}, 'disclosure.no_consent'),
                                      ('another purpose', woman(one), {'purpose': 'curiosity'}, 'disclosure.purpose'), ('an order without its number', woman(one, consents=()), {'basis': 'court_order'}, 'disclosure.reference'),
                                      ('she named them', woman(one, not_to_know=[unit]), {}, 'disclosure.not_this_peer')):
            with several.case(what):
                problem = check_problem(disclose(one, other, ids['part'], **more), 409)
                assert problem['code'] == code, problem
    ordered = disclose(one, other, woman(one, consents=())['part'], basis='court_order', reference='CWC 12/2026')
    assert ordered.status == 201, ordered


@tests('a withdrawn consent stops what waits, asks the holder to erase, and its signed receipt comes home')
def withdrawn():
    one, other = offices()
    made = woman(one)
    got = disclose(one, other, made['part']).json
    arrived = until('it arrives', lambda: arrivals(other, got['number']))[0]['id']
    assert MARK in other.officer().get(f'/arrivals/{arrived}').everything()
    assert one.officer().patch(f'/records/{made["consent"]}', {'fields': {'C_share_cross': 'no'}}).status == 200
    until('the receipt comes', lambda: disclosure(one, got['id'])['state'] == 'erased')
    after = other.officer().get(f'/arrivals/{arrived}')
    assert after.status == 200 and after.json['state'] == 'erased' and MARK not in after.everything(), after
    problem = check_problem(disclose(one, other, made['part']), 409)
    assert problem['code'] == 'disclosure.no_consent', problem
    for office in (one, other):
        office.stop()
        assert must_run('verify', office.data, '--json').json()['accepted'], 'erasing broke the proofs'
        office.up()


@tests('a referral goes to another node, is seen, accepted and answered there, and every answer comes home; another is declined')
def referral():
    one, other = offices()
    peer = one.officer().get('/peers').json['peers'][0]['unit']
    made = woman(one)
    asked = one.officer().post('/referrals', {'record': made['part'], 'to': peer, 'asks': 'shelter', 'words': 'one bed'})
    assert asked.status == 201, asked
    there = until('the offer arrives', lambda: [one_ for one_ in other.officer().get('/referrals?direction=in').json['referrals'] if one_.get('words') == 'one bed'])[0]
    assert there['state'] == 'offered' and there['number'] == 1 and there['ages'] == ['adult'] and MARK not in json.dumps(there, ensure_ascii=False) and 'about' not in there, there
    for act, body, state in (('seen', {}, 'seen'), ('accept', {'words': 'tomorrow'}, 'accepted'), ('complete', {'answer': 'She sleeps here.'}, 'completed')):
        assert other.officer().post(f'/referrals/{there["id"]}/{act}', body).status == 200, act
        until(f'{state} comes home', lambda state=state: one.officer().get(f'/referrals/{asked.json["id"]}').json['state'] == state)
    assert one.officer().get(f'/referrals/{asked.json["id"]}').json['events'][-1]['answer'] == 'She sleeps here.'
    second = one.officer().post('/referrals', {'record': made['part'], 'to': peer, 'asks': 'shelter', 'words': 'a second bed'}).json['id']
    there = until('the second arrives', lambda: [r for r in other.officer().get('/referrals?direction=in').json['referrals'] if r.get('words') == 'a second bed'])[0]
    assert other.officer().post(f'/referrals/{there["id"]}/decline', {'reason': 'full'}).status == 200
    until('the no comes home', lambda: one.officer().get(f'/referrals/{second}').json['state'] == 'declined')


def custody(office, identity):
    return next((one for one in office.officer().get('/handovers').json['handovers'] if one['id'] == identity), None)


@tests('custody goes there and back; exactly one has it; who has it no longer writes nothing more, and is told so by 409')
def handover():
    one, other = offices()
    made = woman(one)
    case = made['case']
    assert one.officer().post(f'/records/{case}/handover', {'peer': other.node}).status == 200
    assert one.officer().patch(f'/records/{case}', {'fields': {'journey_minutes': 3}}).status == 200, 'while it is only offered the case is written here'
    asked = until('the offer arrives', lambda: [h for h in other.officer().get('/handovers').json['handovers'] if h['state'] == 'asked'])[0]
    assert not asked['here'], asked
    assert other.officer().post(f'/handovers/{asked["id"]}/accept', {}).status == 200
    until('it is there', lambda: custody(other, asked['id'])['here'])
    assert not custody(one, case)['here'] and custody(one, case)['with'] == other.node
    for path, body in ((f'/records/{case}', {'fields': {'journey_minutes': 4}}), (f'/records/{made["part"]}', {'fields': {'wants_help': 'yes'}})):
        problem = check_problem(one.officer().patch(path, body), 409)
        assert problem['code'] == 'custody.elsewhere', problem
    assert one.officer().patch(f'/records/{made["consent"]}', {'fields': {'C_family': 'no'}}).status == 200, 'her own word is written down everywhere'
    assert other.officer().post(f'/records/{asked["id"]}/handover', {'peer': one.node}).status == 200
    back = until('the way back is asked', lambda: custody(one, case)['state'] == 'asked' and custody(one, case))
    assert back['from'] == other.node
    assert one.officer().post(f'/handovers/{case}/accept', {}).status == 200
    until('it is home', lambda: custody(one, case)['here'] and not custody(other, asked['id'])['here'])
    assert one.officer().patch(f'/records/{case}', {'fields': {'journey_minutes': 5}}).status == 200


@tests('nodes that are killed at any moment lose nothing and do nothing twice')
def killed():
    one, other = offices()
    numbers = []
    for round_ in range(4):
        made = woman(one)
        numbers.append(disclose(one, other, made['part']).json['number'])
        (one if round_ % 2 == 0 else other).crash()
        time.sleep(0.3 * round_)
        (other if round_ % 2 == 0 else one).crash()
    for number in numbers:
        until(f'number {number} arrives', lambda number=number: arrivals(other, number))
        assert len(arrivals(other, number)) == 1, 'it came twice'
    until('all are acknowledged', lambda: not [d for d in one.officer().get('/disclosures').json['disclosures'] if d['state'] == 'waiting' and d['number'] in numbers])
    for here, there in ((one, other), (other, one)):
        peer = here.officer().get('/peers').json['peers'][0]
        assert not [f for f in peer['findings'] if f['serious']], peer
        assert peer['cosigned'] > 0, 'the other side cosigned no checkpoint'


@tests('the same by a stick: a bundle opens with Debian\'s age, is padded, may be taken in twice and in any order, and says what is missing')
def stick():
    one, other = offices()
    if shutil.which('age') is None:
        raise Skip('age is not on this machine (tools/setup.sh test)')
    folder = Path(tempfile.mkdtemp(prefix='sanjal-stick-'))
    try:
        other.stop()
        numbers = [disclose(one, other, woman(one)['part']).json['number'] for _ in range(3)]
        one.stop()
        made = must_run('bundle', 'out', one.data, '--peer', other.node, '--to', folder, '--json').json()['bundles']
        assert len(made) == 1 and made[0]['messages'] >= 3, made
        file = Path(made[0]['file'])
        assert file.read_bytes().startswith(b'age-encryption.org/v1\n') and MARK.encode() not in file.read_bytes()
        must_run('bundle', 'key', other.data, '--out', folder / 'key')
        opened = subprocess.run(['age', '-d', '-i', folder / 'key', file], stdout=subprocess.PIPE, check=True).stdout
        assert opened.startswith(b'SANJALB1\n') and b'"do":"disclosure.made"' in opened and opened.endswith(b'\0')
        wrong = run('bundle', 'in', one.data, file, '--json').json()['bundles'][0]
        assert wrong['aside'] == 'bundle.not_ours', wrong
        broken = folder / 'broken.age'
        broken.write_bytes(file.read_bytes()[:-5])
        huge = folder / 'huge.age'
        with open(huge, 'wb') as sparse:
            sparse.truncate(10 << 30)
        first = must_run('bundle', 'in', other.data, file, broken, huge, '--json').json()['bundles']
        by_file = {Path(one_['file']).name: one_ for one_ in first}
        assert by_file[file.name]['taken'] >= 3 and by_file['broken.age']['aside'] == 'bundle.malformed' and by_file['huge.age']['aside'] == 'bundle.too_large', first
        again = must_run('bundle', 'in', other.data, file, '--json').json()['bundles'][0]
        assert again['taken'] == 0 and again['waiting'] == 0, again
        # The answer goes home on the same stick.
        for path in folder.glob('*.age'):
            path.unlink()
        must_run('bundle', 'out', other.data, '--peer', one.node, '--to', folder, '--json')
        home = must_run('bundle', 'in', one.data, folder, '--json').json()['bundles'][0]
        assert home['checkpoint'] in ('proven', 'known'), home
    finally:
        one.up()
        other.up()
        shutil.rmtree(folder)
    for number in numbers:
        assert len(arrivals(other, number)) == 1, number
        assert next(d for d in one.officer().get('/disclosures').json['disclosures'] if d['number'] == number)['state'] == 'arrived'


@tests('an older copy of a node that is put in place is noticed by its peer\'s memory, and what comes from it is not taken')
def copied_back():
    one, other = Office('An office', 'IN').up(), Office('Another office', 'IN').up()
    try:
        meet(one, other)
        agreement = agree(one, other)[one.node]
        one.stop()
        old = one.folder / 'old'
        shutil.copytree(one.data, old)
        one.up()
        got = one.officer().post('/disclosures', {'record': woman(one)['part'], 'agreement': agreement, 'purpose': 'care'})
        assert got.status == 201, got
        until('the other side has seen more', lambda: disclosure(one, got.json['id'])['state'] == 'arrived')
        if one.store_options:
            raise Skip('on PostgreSQL the database is not in the directory')
        one.stop()
        shutil.rmtree(one.data)
        old.rename(one.data)
        one.up()
        until('this node is told', lambda: [f for f in one.officer().get('/peers').json['peers'][0]['findings'] if f['code'] == 'ledger.behind_peer'])
        check = other.officer().get('/peers').json['peers'][0]
        assert check['state'] in ('confirmed', 'stopped'), check
    finally:
        one.__exit__(None, None, None)
        other.__exit__(None, None, None)


@tests('an ended agreement and a stopped peer: nothing goes any more, and the doctor says so')
def ended():
    one, other = offices()
    assert one.officer().post(f'/agreements/{kept["agreement"][one.node]}/end', {}).json['state'] == 'ended'
    until('the other side hears of it', lambda: agreements(other, 'ended'))
    problem = check_problem(disclose(one, other, woman(one)['part']), 409)
    assert problem['code'] == 'agreement.not_live', problem
    made = woman(one)
    peer = one.officer().get('/peers').json['peers'][0]
    problem = check_problem(one.officer().post('/referrals', {'record': made['part'], 'to': peer['unit'], 'asks': 'shelter'}), 409)
    assert problem['code'] == 'agreement.not_live', problem
    assert one.officer().post(f'/peers/{other.node}/stop', {}).json['state'] == 'stopped'
    other.crash()  # who starts hears first what the others say
    until('the other side says what is wrong', lambda: [f for f in other.officer().get('/peers').json['peers'][0]['findings'] if f['code'] == 'peer.stopped'], 90)


@tests('strangers get nothing: a bundle of nobody, of another pair or of bytes is set aside and counted, and the node works on')
def strangers():
    one, other = offices()
    client = one.anonymous()
    for body in (b'', b'x' * 100, b'age-encryption.org/v1\n-> X25519 AAAA\n', b'{}'):
        check_problem(client.raw('POST', '/api/v1/peers/inbox', body, {'Content-Type': 'application/octet-stream'}), 422)
    check_problem(client.raw('POST', '/api/v1/peers/inbox', b'x' * (5 << 20), {'Content-Type': 'application/octet-stream'}), 413)
    aside = one.officer().get('/peers/aside').json['aside']
    assert next(a for a in aside if a['code'] == 'bundle.malformed')['count'] >= 4, aside


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        for office in kept.get('two', []):
            office.__exit__(None, None, None)
    sys.exit(code)
