#!/usr/bin/python3
"""A device that signs by itself, made here from docs/formats/entry.md with Debian's python3-cryptography: introduced with a
proof, hands over entries weeks later, in parts, twice, wrongly; is retired."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness import BENGALI, Lazy, Several, Tests, check_problem, instant, must_run, uuid

tests = Tests()
the_node = Lazy()
kept = {}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode()


def new_id(at=None):
    """A UUID of version 7 (RFC 9562)."""
    stamp = int((at or time.time()) * 1000)
    bits = (stamp << 80) | (7 << 76) | (int.from_bytes(os.urandom(2), 'big') & 0xFFF) << 64 | 2 << 62 | (int.from_bytes(os.urandom(8), 'big') & ((1 << 62) - 1))
    return str(uuid.UUID(int=bits))


class Device:
    def __init__(self, client, node_id, pack):
        self.key = Ed25519PrivateKey.generate()
        x = b64(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        self.jwk = {'kty': 'OKP', 'crv': 'Ed25519', 'x': x}
        self.kid = b64(hashlib.sha256(canonical({'crv': 'Ed25519', 'kty': 'OKP', 'x': x})).digest())
        self.client, self.node_id, self.pack = client, node_id, pack
        self.sequence = 0

    def sign(self, typ, payload):
        signing = b64(canonical({'alg': 'EdDSA', 'typ': typ, 'kid': self.kid})) + '.' + b64(canonical(payload))
        return signing + '.' + b64(self.key.sign(signing.encode()))

    def introduce(self, **changes):
        proof = {'node': self.node_id, 'actor': self.client.actor, **changes}
        return self.client.post('/devices', {'jwk': self.jwk, 'proof': self.sign('device+jwt', proof)})

    def entry(self, head, fields, iat=None):
        disclosures = [b64(canonical([b64(os.urandom(16)), name, value])) for name, value in [('head', head), *fields.items()]]
        digests = [b64(hashlib.sha256(d.encode()).digest()) for d in disclosures]
        size = 4
        while size < len(digests):
            size *= 2
        digests += [b64(os.urandom(32)) for _ in range(size - len(digests))]
        payload = {'iss': self.kid, 'iat': int(iat or time.time()), '_sd_alg': 'sha-256', 'fld': {'_sd': sorted(digests)}}
        return self.sign('entry+sd-jwt', payload) + '~' + ''.join(d + '~' for d in disclosures)

    def submission(self, *wanted, actor=None, **changes):
        """wanted: (verb, record, after, fields)."""
        txn = new_id()
        made = []
        for verb, record, after, fields in wanted:
            self.sequence += 1
            head = {'do': verb, 'rec': record, 'by': actor or self.client.actor, 'aft': after, 'pck': self.pack, 'txn': txn, 'of': len(wanted), 'seq': self.sequence, **changes}
            made.append(self.entry(head, fields))
        return made

    def report(self, unit, found_at=None, name=BENGALI[0]):
        """What `rescue_report` makes for one child, as a phone would write it."""
        case, person, part = new_id(), new_id(), new_id()
        return (case, person, part), self.submission(
            ('case.opened', case, [], {'found_at': found_at or instant(-3 * 3600)[:16] + instant()[-6:], 'place_found': 'IN-AS', 'unit_of_origin': unit}),
            ('person.opened', person, [], {'under_18': 'yes', 'names/a1': name, 'unit_of_origin': unit}),
            ('part.opened', part, [], {'case': case, 'person': person, 'as': 'survivor', 'unit_of_origin': unit}),
            ('form.submitted', part, [], {'form': 'rescue_report'}))


def police():
    if 'police' not in kept:
        kept['police'] = the_node().client('police')
    return kept['police']


def device():
    if 'device' not in kept:
        node = json.loads((the_node().directory / 'node.json').read_text())['node']
        pack = police().get('/packs').json['packs'][-1]
        kept['device'] = Device(police(), node, pack.get('reference') or pack['pack'])
    return kept['device']


def send(entries):
    return police().post('/entries', {'entries': entries})


def only(got, state, status):
    assert got.status == status, got
    assert len(got.json['submissions']) == 1, got
    one = got.json['submissions'][0]
    assert one['state'] == state, got
    return one


@tests('a device that nobody introduced is not believed')
def unknown():
    _, entries = device().report(police().get('/me').json['unit'])
    problem = check_problem(send(entries), 403)
    assert problem['code'] == 'entry.unknown_key', problem


@tests('a device is introduced by its own signature over this node and this person, once')
def introduced():
    with Several() as several:
        for changes in ({'node': 'x' * 43}, {'actor': new_id()}):
            with several.case(changes):
                check_problem(device().introduce(**changes), 422)
        with several.case('a body without proof'):
            check_problem(police().post('/devices', {'jwk': device().jwk}), 422)
    got = device().introduce()
    assert got.status == 201 and got.json == {'device': device().kid}, got
    check_problem(device().introduce(), 409)
    assert police().get('/devices').json == {'devices': [{'device': device().kid, 'state': 'in_use'}]}


@tests('a report that was signed offline becomes records, a number, clocks and tasks; the same bytes again change nothing')
def offline():
    unit = police().get('/me').json['unit']
    (case, person, part), entries = device().report(unit)
    before = the_node().size()
    one = only(send(entries), 'accepted', 200)
    assert [e['record'] for e in one['entries']] == [case, person, part, part], one
    assert the_node().size() == before + 5, 'four entries and the number'
    shown = police().get(f'/records/{case}').json
    assert shown['type'] == 'case' and shown['number'], shown
    assert police().get(f'/records/{person}').json['fields']['names'] == [BENGALI[0]]
    clocks = police().get(f'/records/{part}/clocks').json['clocks']
    assert any(clock['state'] == 'running' for clock in clocks), clocks
    lines = police().get(f'/records/{case}/history').json['entries']
    assert [line['signed_by'] for line in lines] == ['device', 'node'], lines
    only(send(entries), 'known', 200)
    assert the_node().size() == before + 5, 'the same bytes were written twice'
    # The stored leaf is the very bytes that the device signed.
    got = police().get(f'/ledger/entries/{one["entries"][0]["entry"]}').json
    assert got['entry'].split('~')[0] == entries[0].split('~')[0], 'the bytes were altered'
    kept['case'], kept['part'] = case, part


@tests('an incomplete submission waits, says what is missing, and counts once the rest has come, in any order')
def incomplete():
    unit = police().get('/me').json['unit']
    (case, _, _), entries = device().report(unit)
    before = the_node().size()
    one = only(send([entries[2], entries[0]]), 'waiting', 202)
    assert (one['have'], one['of'], one['code']) == (2, 4, 'entry.incomplete') and '2 of the 4' in one['detail'], one
    check_problem(police().get(f'/records/{case}'), 404)
    assert the_node().size() == before, 'a part of a submission was written'
    waiting = police().get('/entries/waiting').json['waiting']
    assert [w['submission'] for w in waiting] == [one['submission']], waiting
    only(send([entries[3]]), 'waiting', 202)
    only(send([entries[1], entries[0]]), 'accepted', 200)
    assert police().get(f'/records/{case}').status == 200
    assert police().get('/entries/waiting').json['waiting'] == []


@tests('what a rule refuses is held with the reason, whole and unaltered, and nothing of it shows')
def held():
    unit = police().get('/me').json['unit']
    shelter = the_node().client('shelter').get('/me').json['unit']
    foreign = the_node().client('shelter')
    cases = {
        'another unit': device().report(shelter)[1],
        'a field that is none': device().submission(('case.opened', new_id(), [], {'colour': 'red', 'unit_of_origin': unit})),
        'a bad date': device().submission(('case.opened', new_id(), [], {'found_at': '2026-02-30T10:00+05:30', 'unit_of_origin': unit})),
        'a value that is not in its normal form': device().submission(('person.opened', new_id(), [], {'age': 12, 'unit_of_origin': unit})),
        'a sealed answer in clear': device().submission(('case.opened', new_id(), [], {'told_by': 'x', 'unit_of_origin': unit})),
        'a key': device().submission(('key.introduced', new_id(), [], {'use': 'entry'})),
        'an erasure': device().submission(('record.erased', kept['case'], [], {'fields': ['found_at']})),
        'a number': device().submission(('case.numbered', kept['case'], [], {'number': 'X/1'})),
        'a pack': device().submission(('pack.loaded', new_id(), [], {'document': {}})),
        'a pack that is not here': device().submission(('case.opened', new_id(), [], {'unit_of_origin': unit}), pck='in@9#00'),
        'something that is not there yet': device().submission(('case.changed', kept['case'], ['A' * 43], {'journey_minutes': 5})),
        'a record that is none of ours': device().submission(('case.changed', new_id(), [], {'journey_minutes': 5})),
        'a record opened twice': device().submission(('case.opened', kept['case'], [], {'unit_of_origin': unit})),
        'an element without a name': device().submission(('person.opened', new_id(), [], {'names': ['x'], 'unit_of_origin': unit})),
        'a skip without reason': device().submission(('task.skipped', kept['part'], [], {'step': 'health_check'})),
    }
    before = the_node().size()
    with Several() as several:
        for what, entries in cases.items():
            with several.case(what):
                one = only(send(entries), 'held', 202)
                assert one['code'] and len(one['detail']) > 15, one
    assert the_node().size() - before in (0, 1), 'something that was held was written'
    waiting = police().get('/entries/waiting').json['waiting']
    assert len(waiting) == len(cases), f'{len(waiting)} wait of {len(cases)}'
    assert foreign.get('/entries/waiting').json['waiting'] == [], "another unit sees what is held here"
    got = police().post(f'/entries/waiting/{waiting[0]["submission"]}', {})
    assert got.status == 202 and got.json['state'] == 'held', got
    check_problem(foreign.post(f'/entries/waiting/{waiting[0]["submission"]}', {}), 404)


@tests('entries of another person, changed bytes, a node key, a device that introduces a device: refused')
def forged():
    unit = police().get('/me').json['unit']
    _, entries = device().report(unit)
    signed, rest = entries[0].split('~', 1)
    head, payload, signature = signed.split('.')
    other = json.loads(base64.urlsafe_b64decode(payload + '=='))
    other['iat'] += 1
    with Several() as several:
        for what, entry in (('another time', f'{head}.{b64(canonical(other))}.{signature}~{rest}'), ('another signature', f'{head}.{payload}.{b64(os.urandom(64))}~{rest}'),
                            ('no disclosures', signed + '~'), ('a foreign disclosure', entries[0] + entries[1].split('~')[1] + '~'),
                            ('somebody else', device().submission(('case.opened', new_id(), [], {'unit_of_origin': unit}), actor=new_id())[0])):
            with several.case(what):
                check_problem(send([entry]), 400, 403, 422)
        with several.case('sent by another person'):
            check_problem(the_node().client('cwc').post('/entries', {'entries': entries}), 403)


@tests('two people who wrote without having seen each other: both values are kept, and an entry that names both settles it')
def conflict():
    case = kept['case']
    heads = police().get(f'/records/{case}').json['heads']
    assert police().patch(f'/records/{case}', {'fields': {'journey_minutes': 30}}).status == 200
    only(send(device().submission(('case.changed', case, heads, {'journey_minutes': 90}))), 'accepted', 200)
    shown = police().get(f'/records/{case}').json
    assert [one['value'] if isinstance(one, dict) else one for one in shown['fields']['journey_minutes']['conflict']] == [30, 90], shown['fields']
    only(send(device().submission(('case.changed', case, shown['heads'], {'journey_minutes': 60}))), 'accepted', 200)
    assert police().get(f'/records/{case}').json['fields']['journey_minutes'] == 60


def receipt(compact, keys=None):
    """What a receipt says, after its signature was held against the node's keys (docs/formats/receipt.md)."""
    keys = keys or police().get('/devices/node').json['keys']
    head, payload, signature = compact.split('.')
    said = json.loads(base64.urlsafe_b64decode(head + '=='))
    assert (said['alg'], said['typ']) == ('EdDSA', 'receipt+jwt'), said
    key = next(k for k in keys if b64(hashlib.sha256(canonical({'crv': 'Ed25519', 'kty': 'OKP', 'x': k['x']})).digest()) == said['kid'])
    Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key['x'] + '==')).verify(base64.urlsafe_b64decode(signature + '=='), f'{head}.{payload}'.encode())
    return json.loads(base64.urlsafe_b64decode(payload + '=='))


def entry_id(entry):
    return b64(hashlib.sha256(entry.split('~')[0].encode()).digest())


def age_file(content):
    """A file of the format age v1, made from the format's own page."""
    to = base64.urlsafe_b64decode(police().get('/devices/node').json['file']['x'] + '==')
    return age_to(to, canonical(content))


def age_to(to, plain):
    def derived(secret, salt, info):
        return HKDF(SHA256(), 32, salt, info).derive(secret)
    mine, file_key, nonce = X25519PrivateKey.generate(), os.urandom(16), os.urandom(16)
    raw = mine.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    shared = mine.exchange(X25519PublicKey.from_public_bytes(to))
    plain64 = lambda data: base64.b64encode(data).rstrip(b'=').decode()
    body = ChaCha20Poly1305(derived(shared, raw + to, b'age-encryption.org/v1/X25519')).encrypt(bytes(12), file_key, None)
    head = f'age-encryption.org/v1\n-> X25519 {plain64(raw)}\n{plain64(body)}\n---'
    mac = hmac.new(derived(file_key, b'', b'header'), head.encode(), 'sha256').digest()
    stream, chunks = ChaCha20Poly1305(derived(file_key, nonce, b'payload')), []
    parts = [plain[at:at + 65536] for at in range(0, len(plain), 65536)] or [b'']
    for at, part in enumerate(parts):
        chunks.append(stream.encrypt(at.to_bytes(11, 'big') + bytes([at == len(parts) - 1]), part, None))
    return f'{head} {plain64(mac)}\n'.encode() + nonce + b''.join(chunks)


def bring(client, data):
    return client.call('POST', '/entries/file', data, headers={'Content-Type': 'application/octet-stream'})


@tests("what a device hands in is answered with the node's signed receipt over exactly those entries; so is what is asked over the line under a key, also the second time")
def receipts():
    me = police().get('/me').json
    _, entries = device().report(me['unit'])
    given = receipt(only(send(entries), 'accepted', 200)['receipt'])
    assert given['entries'] == [entry_id(e) for e in entries] and given['actor'] == me['actor'] and given['node'] == device().node_id, given
    again = receipt(only(send(entries), 'known', 200)['receipt'])
    assert sorted(again['entries']) == sorted(given['entries']) and again['submission'] == given['submission'], again
    body = {'answers': {'case': {'place_found': 'IN-AS', 'found_at': instant(-3600)[:16] + instant()[-6:]}, 'person': [{'under_18': 'yes'}]}}
    key = new_id()
    first = police().post('/forms/rescue_report/submissions', body, headers={'Idempotency-Key': key})
    second = police().post('/forms/rescue_report/submissions', body, headers={'Idempotency-Key': key})
    assert first.status == 201 and first.headers['sanjal-receipt'] == second.headers['sanjal-receipt'], (first, second)
    said = receipt(first.headers['sanjal-receipt'])
    assert said['submission'] == first.json['submission'] and said['count'] == 5 and len(said['request']) == 43, said
    other = police().post('/forms/rescue_report/submissions', {'answers': {**body['answers'], 'person': [{'under_18': 'no'}]}}, headers={'Idempotency-Key': new_id()})
    assert receipt(other.headers['sanjal-receipt'])['request'] != said['request'], 'a receipt for another request'
    assert 'sanjal-receipt' not in police().get('/me').headers


@tests('what was asked over the line and then signed under the same name, because the answer got lost, is one case')
def one_name():
    unit = police().get('/me').json['unit']
    key = new_id()
    body = {'answers': {'case': {'place_found': 'IN-AS', 'found_at': instant(-3600)[:16] + instant()[-6:]}, 'person': [{'under_18': 'yes'}]}}
    made = police().post('/forms/rescue_report/submissions', body, headers={'Idempotency-Key': key})
    before = the_node().size()
    case, person, part = new_id(), new_id(), new_id()
    entries = device().submission(('case.opened', case, [], {'found_at': body['answers']['case']['found_at'], 'place_found': 'IN-AS', 'unit_of_origin': unit}),
                                  ('person.opened', person, [], {'under_18': 'yes', 'unit_of_origin': unit}),
                                  ('part.opened', part, [], {'case': case, 'person': person, 'as': 'survivor', 'unit_of_origin': unit}),
                                  ('form.submitted', part, [], {'form': 'rescue_report'}), txn=key)
    one = only(send(entries), 'known', 200)
    assert one['receipt'] == made.headers['sanjal-receipt'] and one['records'] == made.json['records'], one
    assert the_node().size() == before, 'it was written twice'
    check_problem(police().get(f'/records/{case}'), 404)


@tests('a file that somebody else carries is taken in; the receipts go back; the same file again changes nothing; one bad thing holds up no other; nobody else can open it')
def carried():
    me = police().get('/me').json
    (case, _, _), good = device().report(me['unit'])
    (other, _, _), also = device().report(me['unit'])
    stranger = Device(police(), device().node_id, device().pack)
    _, unknown = stranger.report(me['unit'])
    held = device().submission(('case.opened', new_id(), [], {'colour': 'red', 'unit_of_origin': me['unit']}))
    content = {'sanjal': 'unsent/1', 'node': device().node_id, 'actor': me['actor'], 'items': [good, unknown, held, also]}
    carrier = the_node().client('cwc')
    before = the_node().size()
    got = bring(carrier, age_file(content))
    assert got.status == 202 and [one['state'] for one in got.json['submissions']] == ['accepted', 'refused', 'held', 'accepted'], got
    assert got.json['submissions'][1]['code'] == 'entry.unknown_key', got
    assert [receipt(r)['entries'] for r in got.json['receipts']] == [[entry_id(e) for e in one] for one in (good, also)], got
    assert all(receipt(r)['actor'] == me['actor'] for r in got.json['receipts'])
    check_problem(carrier.get(f'/records/{case}'), 404)
    assert police().get(f'/records/{case}').status == 200 and police().get(f'/records/{other}').status == 200
    size = the_node().size()
    assert size == before + 10, f'{size - before} entries for two reports and their numbers'
    again = bring(police(), age_file(content))
    assert [one['state'] for one in again.json['submissions']] == ['known', 'refused', 'held', 'known'], again
    assert len(again.json['receipts']) == 2 and the_node().size() == size, 'the file was taken in twice'
    # The phone has a line again before the answer came.
    assert only(send(good), 'known', 200)['receipt']
    with Several() as several:
        for what, data in {'cut short': age_file(content)[:-1], 'no age file': b'x' * 4000, 'empty': b'', 'another node': age_file({**content, 'node': 'x' * 43}), 'another kind': age_file({**content, 'sanjal': 'unsent/2'}),
                           'no items': age_file({**content, 'items': []}), 'an item that is none': age_file({**content, 'items': [[]]}), 'not sealed to us': age_to(X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), canonical(content))}.items():
            with several.case(what):
                check_problem(bring(police(), data), 422)
        with several.case('somebody who is not here'):
            check_problem(bring(police(), age_file({**content, 'actor': new_id()})), 403)
        with several.case('the entries of another person'):
            got = bring(police(), age_file({**content, 'actor': carrier.get('/me').json['actor'], 'items': [device().report(me['unit'])[1]]}))
            assert [one['state'] for one in got.json['submissions']] == ['refused'] and got.json['receipts'] == [], got
    for one in police().get('/entries/waiting').json['waiting']:
        assert one['state'] == 'held', one


@tests('a device that is retired between sending and asking again: the same, signed anew under a new key, is known and never a second case')
def retired_between():
    me = police().get('/me').json
    old = Device(police(), device().node_id, device().pack)
    assert old.introduce().status == 201
    (case, person, part), entries = old.report(me['unit'])
    txn = receipt(only(send(entries), 'accepted', 200)['receipt'])['submission']
    assert police().delete(f'/devices/{old.kid}').status == 204
    before = the_node().size()
    only(send(entries), 'known', 200)
    new = Device(police(), device().node_id, device().pack)
    assert new.introduce().status == 201
    before = the_node().size()
    anew = new.submission(('case.opened', case, [], {'found_at': instant(-3600)[:16] + instant()[-6:], 'place_found': 'IN-AS', 'unit_of_origin': me['unit']}),
                          ('person.opened', person, [], {'under_18': 'yes', 'unit_of_origin': me['unit']}),
                          ('part.opened', part, [], {'case': case, 'person': person, 'as': 'survivor', 'unit_of_origin': me['unit']}),
                          ('form.submitted', part, [], {'form': 'rescue_report'}), txn=txn)
    one = only(send(anew), 'known', 200)
    assert receipt(one['receipt'])['submission'] == txn and sorted(e['entry'] for e in one['entries']) == sorted(entry_id(e) for e in entries), one
    assert the_node().size() == before, 'it was written twice'
    unheard = old.report(me['unit'])[1]
    problem = check_problem(send(unheard), 403)
    assert problem['code'] == 'entry.unknown_key', problem


@tests('what a device goes by to fill a form without a line: the rules of that form and nothing that is only shown')
def form_rules():
    got = police().get('/forms/rescue_report/rules').json
    assert got['reference'] == device().pack and set(got['pack']) == {'forms', 'types', 'codes', 'procedures'}, got
    assert set(got['pack']['forms']) == {'rescue_report'} and {'case', 'person', 'part'} <= set(got['pack']['types']), got
    assert 'ask' not in got['pack']['types']['case']['fields']['place_found'], got['pack']['types']['case']
    check_problem(police().get('/forms/no_such_form/rules'), 404)


@tests('a retired device signs nothing more; what it signed before stays right, and the node\'s own keys rotate too')
def retired():
    check_problem(the_node().client('cwc').delete(f'/devices/{device().kid}'), 404)
    assert police().delete(f'/devices/{device().kid}').status == 204
    check_problem(police().delete(f'/devices/{device().kid}'), 409)
    _, entries = device().report(police().get('/me').json['unit'])
    check_problem(send(entries), 403)
    kept.pop('police')
    node = the_node()
    node.stop()
    for _ in range(2):
        must_run('key', 'rotate', node.directory)
        must_run('verify', node.directory)
    out = node.folder / 'rotated.export'
    must_run('export', node.directory, '--record', kept['case'], '--purpose', 'test', '--out', out)
    must_run('verify', out)
    node.serve()
    assert police().get(f'/records/{kept["case"]}').status == 200
    node.stop()
    must_run('rebuild', node.directory)


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
