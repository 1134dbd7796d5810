#!/usr/bin/python3
"""Two verifiers that share no line of code agree on every file: sanjal-verify, and the Python one written from docs/formats.

Right exports of our own making, exports wrong in one way but signed all the same, exports of a real node, and mutants of them.
Ends with `N passed, N failed`.  SANJAL_MUTANTS: how many mutants (default 600).
"""
import base64
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'api'))
import forge
import sanjal_verify
from harness import SANJAL_VERIFY, Node, must_run, report

FOLDER = tempfile.TemporaryDirectory(prefix='sanjal-agree-')
counts = {'passed': 0, 'failed': 0}


def by_cpp(data):
    done = subprocess.run([str(SANJAL_VERIFY), '--json', '-'], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode in (0, 1), f'sanjal-verify ended with {done.returncode}: {done.stderr[-300:]!r}'
    return json.loads(done.stdout)


def by_python(data):
    try:
        return {'accepted': True, 'answer': sanjal_verify.verify(data)}
    except sanjal_verify.Wrong as wrong:
        return {'accepted': False, 'why': str(wrong)}


def same(name, data, accepted=None):
    ours, theirs = by_cpp(data), by_python(data)
    good = ours['accepted'] == theirs['accepted'] and (not ours['accepted'] or ours['answer'] == theirs['answer']) and (accepted is None or ours['accepted'] == accepted)
    counts['passed' if good else 'failed'] += 1
    if not good:
        print(f'FAILED {name}: sanjal-verify {json.dumps(ours)[:300]}\n   Python {json.dumps(theirs)[:300]}')
        (Path(tempfile.gettempdir()) / 'sanjal-disagree.export').write_bytes(data)


def on(index, bend):
    """Bends only the entry of that index."""
    return lambda log, value: bend(log, value) if len(log.entries) == index else value


def right():
    for people in (0, 1, 5):
        log = forge.life(forge.Log(), people)
        same(f'whole, {people} people', log.export(), True)
        same(f'records, {people} people', log.export(whole=False), True)
        same('records, fewer entries', log.export(whole=False, positions=[0, 1, len(log.entries) - 1]), True)
    same('nothing shown but heads', forge.life(forge.Log(shown=lambda log, all_: [one for one in all_ if b'"head"' in base64.urlsafe_b64decode(one + '==') or b'"use"' in base64.urlsafe_b64decode(one + '==')
                                                                                      ])).export(), True)
    log = forge.life(forge.Log())
    fresh, fresh_checkpoint = forge.Key(), forge.Key()
    log.introduce(fresh, 'entry')
    log.introduce(fresh_checkpoint, 'checkpoint')
    log.add('key.retired', {'kid': log.checkpoint_key.kid})
    log.add('key.retired', {'kid': log.node_key.kid})
    log.add('case.opened', {'x': 1}, signer=fresh)
    same('keys were rotated', log.export(manifest_key=fresh, checkpoint_key=fresh_checkpoint), True)
    same('the retired key signs the manifest', log.export(checkpoint_key=fresh_checkpoint), False)
    same('the retired key signs the checkpoint', log.export(manifest_key=fresh), False)
    log.add('case.opened', {'x': 1})
    same('the retired key signs an entry', log.export(manifest_key=fresh, checkpoint_key=fresh_checkpoint), False)
    log = forge.life(forge.Log())
    body = b'\xff\xd8' + os.urandom(500)
    log.add('file.attached', {'file/ab': {'media': 'image/jpeg', 'size': len(body), 'sha256': forge.b64(hashlib.sha256(body).digest())}})
    at = len(log.entries) - 1

    def piece(data, last, name='ab'):
        return {'file': name, 'data': forge.b64(data), 'last': last}
    same('a recorded file that is not there', log.export(), True)
    same('a file', log.export(files=[(at, [piece(body[:100], False), piece(body[100:], False), piece(b'', True)])]), True)
    for name, pieces in (('changed', [piece(body[:-1] + b'x', True)]), ('cut short', [piece(body, False)]), ('of another name', [piece(body, True, 'cd')]), ('mixed', [piece(body[:9], False), piece(body[9:], True, 'cd')]),
                         ('twice', [piece(body, True), piece(body, True)]), ('with a member more', [{**piece(body, True), 'x': 1}]), ('whose last is a text', [{**piece(body, True), 'last': 'true'}])):
        same(f'a file {name}', log.export(files=[(at, pieces)]), False)


def wrong():
    changed, without = forge.changed, forge.without
    x = {'kty': 'OKP', 'crv': 'Ed25519', 'x': forge.Key().jwk['x']}
    at = 3
    small = '0100000000000000000000000000000000000000000000000000000000000000'
    bends = {
        'an entry of another typ': {'header': on(at, changed(typ='sd+jwt'))},
        'an entry with alg none': {'header': on(at, changed(alg='none'))},
        'an entry with another alg': {'header': on(at, changed(alg='ES256'))},
        'an entry with a member more in its header': {'header': on(at, changed(crit=['x']))},
        'an entry without kid': {'header': on(at, without('kid'))},
        'an unknown kid': {'header': on(at, changed(kid=forge.Key().kid))},
        'a kid that is no label': {'header': on(at, changed(kid='a b'))},
        'an entry of another iss': {'payload': on(at, changed(iss=forge.Key().kid))},
        'an entry without iss': {'payload': on(at, without('iss'))},
        'a negative iat': {'payload': on(at, changed(iat=-1))},
        'an iat with a fraction': {'payload': on(at, changed(iat=1.5))},
        'an iat beyond the year 9999': {'payload': on(at, changed(iat=253402300800))},
        'an iat as text': {'payload': on(at, changed(iat='1700000000'))},
        'an iat that is true': {'payload': on(at, changed(iat=True))},
        'another digest algorithm': {'payload': on(at, changed(_sd_alg='sha-512'))},
        'a member more in the payload': {'payload': on(at, changed(exp=1))},
        'a member more in fld': {'payload': on(at, lambda log, v: {**v, 'fld': {**v['fld'], 'x': 1}})},
        'fld is a list': {'payload': on(at, changed(fld=[]))},
        'a key on an entry that introduces none': {'payload': on(at, changed(jwk=x))},
        'a key with a member more': {'payload': on(1, lambda log, v: {**v, 'jwk': {**v['jwk'], 'd': 'x'}})},
        'a key of another curve': {'payload': on(1, lambda log, v: {**v, 'jwk': {**v['jwk'], 'crv': 'X25519'}})},
        'a key of small order': {'payload': on(1, lambda log, v: {**v, 'jwk': {**v['jwk'], 'x': forge.b64(bytes.fromhex(small))}})},
        'a key that is no point': {'payload': on(1, lambda log, v: {**v, 'jwk': {**v['jwk'], 'x': forge.b64(b'\x02' + bytes(31))}})},
        'a key that is not canonical': {'payload': on(1, lambda log, v: {**v, 'jwk': {**v['jwk'], 'x': forge.b64(b'\xee' + b'\xff' * 30 + b'\x7f')}})},
        'a first entry without a key': {'payload': on(0, without('jwk'))},
        'a first key that is another one': {'payload': on(0, changed(jwk=x))},
        'unsorted digests': {'digests': on(at, lambda log, v: v[::-1])},
        'a digest twice': {'digests': on(at, lambda log, v: sorted(v[:-1] + v[:1]))},
        'five digests': {'digests': on(at, lambda log, v: sorted(v + [forge.b64(os.urandom(32))]))},
        'a digest too short': {'digests': on(at, lambda log, v: sorted([v[0][:-1]] + v[1:]))},
        'a digest that is a number': {'digests': on(at, lambda log, v: [5] + v[1:])},
        'a shown field whose digest is missing': {'digests': on(at, lambda log, v: sorted(forge.b64(os.urandom(32)) for _ in v))},
        'a member twice in the payload': {'payload': on(at, lambda log, v: forge.dump(v)[:-1] + b',"iat":5}')},
        'a byte-order mark': {'payload': on(at, lambda log, v: b'\xef\xbb\xbf' + forge.dump(v))},
        'no UTF-8': {'header': on(at, lambda log, v: forge.dump(v).replace(b'EdDSA', b'Ed\xffSA'))},
        'bytes behind the payload': {'payload': on(at, lambda log, v: forge.dump(v) + b'x')},
        'a signature of zeros': {'signed': on(at, lambda log, v: v.rsplit('.', 1)[0] + '.' + forge.b64(bytes(64)))},
        'a signature too short': {'signed': on(at, lambda log, v: v[:-2])},
        'a signature with unused bits': {'signed': on(at, lambda log, v: v[:-1] + chr(ord(v[-1]) + 1))},
        'a padded header': {'signed': on(at, lambda log, v: v.replace('.', '=.', 1))},
        's beyond the order': {'signed': on(at, beyond_order)},
        'an entry of two parts': {'signed': on(at, lambda log, v: v.rsplit('.', 1)[0])},
        'a disclosure of another entry': {'shown': lambda log, v: v + [log.entries[0][1][0]]},
        'a disclosure twice': {'shown': lambda log, v: v + v[-1:]},
        'no head': {'shown': lambda log, v: v[1:]},
        'an erasure that hides its head': {'shown': lambda log, v: v[1:] if log.entries[-1][1] is v else v},
        'a name twice': {'statements': on(at, lambda log, v: v + [v[-1]])},
        'a reserved name': {'statements': on(at, lambda log, v: v + [('_sd', 1)])},
        'a reserved name in a value': {'statements': on(at, lambda log, v: v + [('x', {'a': [{'...': 1}]})])},
        'an empty name': {'statements': on(at, lambda log, v: v + [('', 1)])},
        'a name of 257 bytes': {'statements': on(at, lambda log, v: v + [('x' * 257, 1)])},
        'a value 25 deep': {'statements': on(at, lambda log, v: v + [('x', json.loads('[' * 25 + ']' * 25))])},
        'a short salt': {'disclosures': on(at, lambda log, v: v[:-1] + [forge.b64(forge.dump([forge.b64(b'short'), 'x', 1]))])},
        'a disclosure of four': {'disclosures': on(at, lambda log, v: v[:-1] + [forge.b64(forge.dump([forge.b64(bytes(16)), 'x', 1, 2]))])},
        'a name that is a number': {'disclosures': on(at, lambda log, v: v[:-1] + [forge.b64(forge.dump([forge.b64(bytes(16)), 5, 1]))])},
        'a text with U+0000': {'statements': on(at, lambda log, v: v + [('x', 'a\0b')])},
        'half a surrogate': {'disclosures': on(at, lambda log, v: v[:-1] + [forge.b64(b'["' + forge.b64(bytes(16)).encode() + b'","x","\\ud800"]')])},
        'another node in line 1': {'first': changed(node=forge.Key().kid)},
        'another origin in line 1': {'first': lambda log, v: {**v, 'origin': v['origin'] + '0'}},
        'an origin of another node': {'first': lambda log, v: {**v, 'origin': forge.Key().kid + '/1'}},
        'another version': {'first': changed(export='sanjal/2')},
        'an unknown mode': {'first': changed(mode='some')},
        'a member more in line 1': {'first': changed(x='1')},
        'a member less in line 1': {'first': without('purpose')},
        'a purpose that is no text': {'first': changed(purpose=5)},
        'a checkpoint of another size': {'checkpoint': lambda log, v: v.replace(f'\n{len(log.entries)}\n', f'\n{len(log.entries) + 1}\n')},
        'a checkpoint of another root': {'checkpoint': lambda log, v: '\n'.join([*v.split('\n')[:2], base64.b64encode(bytes(32)).decode(), ''])},
        'a checkpoint size with a zero before': {'checkpoint': lambda log, v: v.replace(f'\n{len(log.entries)}\n', f'\n0{len(log.entries)}\n')},
        'a checkpoint with an empty line': {'checkpoint': lambda log, v: v + '\n'},
        'a note without signature': {'note': lambda log, v: v.split('\n\n')[0] + '\n\n'},
        'a note signed by another key': {'note': lambda log, v: resigned(log, v, forge.Key())},
        'a note signed by the entry key': {'note': lambda log, v: resigned(log, v, log.node_key)},
        'a note with a changed signature': {'note': lambda log, v: v[:-12] + ('A' if v[-12] != 'A' else 'B') + v[-11:]},
        'a line with a member more': {'line': changed(x=1)},
        'an entry that is a list': {'line': lambda log, v: {**v, 'entry': [v['entry']]} if v['at'] == 2 else v},
        'a position as text': {'line': lambda log, v: {**v, 'at': str(v['at'])} if v['at'] == 2 else v},
        'two entries swapped': {'lines': lambda log, v: v[:3] + [v[4], v[3]] + v[5:]},
        'an entry left out': {'lines': lambda log, v: v[:3] + v[4:]},
        'an entry twice': {'lines': lambda log, v: v[:4] + v[3:]},
        'the last entry left out': {'lines': lambda log, v: v[:-1]},
        'no entries': {'lines': lambda log, v: v[:1]},
        'an empty line': {'lines': lambda log, v: v + [b'']},
        'a line that is no JSON': {'lines': lambda log, v: v + [b'x']},
        'a manifest of another node': {'manifest': changed(iss=forge.Key().kid)},
        'a manifest of fewer lines': {'manifest': lambda log, v: {**v, 'lines': v['lines'] - 1}},
        'a manifest of other bytes': {'manifest': lambda log, v: {**v, 'bytes': v['bytes'] + 1}},
        'a manifest of another hash': {'manifest': changed(sha256=forge.b64(bytes(32)))},
        'a manifest with a member more': {'manifest': changed(x=1)},
        'a manifest without iat': {'manifest': without('iat')},
        'a manifest of another typ': {'manifest_header': changed(typ='JWT')},
        'a manifest of another kid': {'manifest_header': lambda log, v: {**v, 'kid': log.checkpoint_key.kid}},
        'no newline at the end': {'last': lambda log, v: v[:-1]},
        'a carriage return at the end': {'last': lambda log, v: v[:-1] + b'\r\n'},
        'a space in the last line': {'last': lambda log, v: v.replace(b':', b': ', 1)},
        'something behind the manifest': {'last': lambda log, v: v + b'{}\n'},
        'no manifest': {'last': lambda log, v: b''},
    }
    for name, hooks in bends.items():
        for whole in (True, False):
            try:
                data = forge.life(forge.Log(**hooks)).export(whole=whole)
            except UnicodeEncodeError:
                continue
            # What an export of records leaves out, only its maker knows: that is said in docs/formats/export.md.
            same(f'{name} ({"whole" if whole else "records"})', data, name == 'the last entry left out' and not whole)
    log = forge.life(forge.Log())
    same('signed by a key of nobody', log.export(manifest_key=forge.Key()), False)
    same('the manifest signed by a device', log.export(manifest_key=log.device), False)
    same('the manifest signed by the checkpoint key', log.export(manifest_key=log.checkpoint_key), False)
    for name, add in {
        'an entry signed by the checkpoint key': lambda log: log.add('x.y', {}, signer=log.checkpoint_key),
        'a device that speaks as the node': lambda log: log.add('x.y', {}, signer=log.device, iss=log.node),
        'a device that introduces a key': lambda log: log.introduce(forge.Key(), 'device', signer=log.device),
        'a device that retires a key': lambda log: log.add('key.retired', {'kid': log.checkpoint_key.kid}, signer=log.device),
        'a key introduced twice': lambda log: log.introduce(log.device, 'device'),
        'a key for an unknown use': lambda log: log.introduce(forge.Key(), 'dance'),
        'a key without a use': lambda log: log.add('key.introduced', {}, jwk=forge.Key().jwk),
        'a use without a key': lambda log: log.add('key.introduced', {'use': 'device'}),
        'a key retired that never was': lambda log: log.add('key.retired', {'kid': forge.Key().kid}),
        'a retirement of nothing': lambda log: log.add('key.retired', {}),
        'a record that is no id': lambda log: log.add('x.y', {}, rec='5'),
        'a record of another UUID version': lambda log: log.add('x.y', {}, rec='0199a000-0000-4000-8000-000000000000'),
        'a record in capitals': lambda log: log.add('x.y', {}, rec='0199A000-0000-7000-8000-000000000000'),
        'a verb without a dot': lambda log: log.add('x', {}),
        'a verb of 81 bytes': lambda log: log.add('x.' + 'y' * 79, {}),
        'a submission of none': lambda log: log.add('x.y', {}, of=0),
        'a sequence of none': lambda log: log.add('x.y', {}, seq=0),
        'a head with a member more': lambda log: log.add('x.y', {}, more=1),
        'an aft that is no id': lambda log: log.add('x.y', {}, aft=['x']),
        'an aft of 65': lambda log: log.add('x.y', {}, aft=['A' * 43] * 65),
        'an aft that is a text': lambda log: log.add('x.y', {}, aft='A' * 43),
    }.items():
        log = forge.life(forge.Log())
        add(log)
        for whole in (True, False):
            same(f'{name} ({"whole" if whole else "records"})', log.export(whole=whole), False)


def beyond_order(log, signed):
    head, payload, signature = signed.split('.')
    raw = base64.urlsafe_b64decode(signature + '==')
    s = int.from_bytes(raw[32:], 'little') + sanjal_verify.L
    return f'{head}.{payload}.{forge.b64(raw[:32] + s.to_bytes(32, "little"))}'


def resigned(log, note, key):
    text = note.split('\n\n')[0] + '\n'
    name = text.split('\n')[0]
    hint = hashlib.sha256(name.encode() + b'\n\1' + key.raw).digest()[:4]
    return f'{text}\n— {name} {base64.b64encode(hint + key.private.sign(text.encode())).decode()}\n'


def real():
    """Exports of a node: with files, erased, by device and node, before and after."""
    made = []
    with Node() as node:
        client = node.client('police')
        given = report(client)['records']
        client.patch(f'/records/{given["case"]}', {'fields': {'journey_minutes': 40}})
        body = b'\xff\xd8\xff\xe0' + os.urandom(200_000)
        client.raw('POST', f'/api/v1/records/{given["case"]}/files', body, {'Content-Type': 'image/jpeg', 'X-CSRF-Token': client.csrf})
        node.stop()
        for number, more in enumerate((['--record', given['case']], ['--record', given['case'], '--files'], [], ['--files'])):
            out = node.folder / f'{number}.export'
            must_run('export', node.directory, *more, '--purpose', 'test', '--out', out)
            made.append(out.read_bytes())
        must_run('erase', node.directory, '--record', given['person'][0], '--reason', 'asked', '--approve', 'A', '--approve', 'B')
        for more in (['--record', given['person'][0]], ['--files']):
            out = node.folder / 'after.export'
            must_run('export', node.directory, *more, '--purpose', 'test', '--out', out)
            made.append(out.read_bytes())
    for number, data in enumerate(made):
        same(f'export {number} of a real node', data, True)
    assert by_cpp(made[1])['answer']['files'] == 1 and by_cpp(made[0])['answer']['files'] == 0, 'the file did not go along'
    return made


def mutants(exports, many, seed=1):
    rng = random.Random(seed)
    for number in range(many):
        data = rng.choice(exports)
        mutant = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            at = rng.randrange(len(mutant))
            what = rng.randrange(6)
            if what == 0:
                mutant[at] ^= 1 << rng.randrange(8)
            elif what == 1:
                del mutant[at:at + rng.choice((1, 2, 40))]
            elif what == 2:
                mutant[at:at] = rng.choice((b'A', b' ', b'\n', b'"', b'~', b'{}', os.urandom(1)))
            elif what == 3:
                lines = bytes(mutant).split(b'\n')
                i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
                lines[i], lines[j] = lines[j], lines[i]
                mutant = bytearray(b'\n'.join(lines))
            elif what == 4:
                end = rng.randrange(len(mutant))
                mutant[at:at] = mutant[min(at, end):max(at, end)][:200]
            else:
                parts = bytes(mutant).split(b'~')
                if len(parts) > 2:
                    del parts[rng.randrange(1, len(parts) - 1)]
                mutant = bytearray(b'~'.join(parts))
            if not mutant:
                mutant = bytearray(b'\n')
        if bytes(mutant) != data:
            same(f'mutant {number}', bytes(mutant), False)


if __name__ == '__main__':
    right()
    wrong()
    exports = real()
    mutants([one for one in exports if len(one) < 100_000], int(os.environ.get('SANJAL_MUTANTS', '600')))
    print(f'{counts["passed"]} passed, {counts["failed"]} failed')
    sys.exit(1 if counts['failed'] else 0)
