"""Makes exports from nothing, with keys of its own: whole and right, or wrong in exactly one way and signed all the same."""
import base64
import copy
import hashlib
import json
import os
import time
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode()


def new_id():
    bits = (int(time.time() * 1000) << 80) | (7 << 76) | (int.from_bytes(os.urandom(2), 'big') & 0xFFF) << 64 | 2 << 62 | (int.from_bytes(os.urandom(8), 'big') & ((1 << 62) - 1))
    return str(uuid.UUID(int=bits))


class Key:
    def __init__(self):
        self.private = Ed25519PrivateKey.generate()
        self.raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.jwk = {'kty': 'OKP', 'crv': 'Ed25519', 'x': b64(self.raw)}
        self.kid = b64(hashlib.sha256(dump({'crv': 'Ed25519', 'kty': 'OKP', 'x': b64(self.raw)})).digest())

    def jws(self, header, payload):
        signing = b64(dump(header) if isinstance(header, dict) else header) + '.' + b64(dump(payload) if isinstance(payload, dict) else payload)
        return signing + '.' + b64(self.private.sign(signing.encode()))


def leaf(signed):
    return hashlib.sha256(b'\0' + signed.encode()).digest()


def inner(left, right):
    return hashlib.sha256(b'\1' + left + right).digest()


def root(leaves):
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return inner(root(leaves[:k]), root(leaves[k:]))


def path(m, leaves):
    """RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


class Log:
    """Every step can be bent by a hook of that name: a function that gets what would be written and gives what is."""

    def __init__(self, **hooks):
        self.hooks = hooks
        self.node_key, self.checkpoint_key, self.device = Key(), Key(), Key()
        self.node = self.node_key.kid
        self.epoch = 1
        self.entries = []
        self.sequence = 0
        self.record, self.actor = new_id(), new_id()
        self.introduce(self.node_key, 'entry')
        self.introduce(self.checkpoint_key, 'checkpoint')

    def bend(self, name, value):
        return self.hooks[name](self, value) if name in self.hooks else value

    def introduce(self, key, use, signer=None, **fields):
        self.add('key.introduced', {'use': use, **fields}, jwk=key.jwk, signer=signer)

    def add(self, verb, fields, jwk=None, signer=None, iss=None, record=None, **head_changes):
        index = len(self.entries)
        key = signer or self.node_key
        self.sequence += 1
        head = {'do': verb, 'rec': record or self.record, 'by': self.actor, 'aft': [], 'pck': 'test@1#0', 'txn': new_id(), 'of': 1, 'seq': self.sequence, **head_changes}
        statements = self.bend('statements', [('head', head), *fields.items()])
        disclosures = [b64(dump([b64(os.urandom(16)), name, value])) for name, value in statements]
        disclosures = self.bend('disclosures', disclosures)
        digests = [b64(hashlib.sha256(one.encode()).digest()) for one in disclosures]
        size = 4
        while size < len(digests):
            size *= 2
        digests = sorted(digests + [b64(os.urandom(32)) for _ in range(size - len(digests))])
        digests = self.bend('digests', digests)
        payload = {'iss': iss or (key.kid if key is self.device else self.node), 'iat': 1700000000 + index, '_sd_alg': 'sha-256', 'fld': {'_sd': digests}}
        if jwk is not None:
            payload['jwk'] = jwk
        payload = self.bend('payload', payload)
        header = self.bend('header', {'alg': 'EdDSA', 'typ': 'entry+sd-jwt', 'kid': key.kid})
        signed = self.bend('signed', key.jws(header, payload))
        self.entries.append((signed, disclosures))

    def compact(self, index):
        signed, disclosures = self.entries[index]
        return signed + '~' + ''.join(one + '~' for one in self.bend('shown', disclosures))

    def export(self, whole=True, positions=None, manifest_key=None, checkpoint_key=None, size=None, files=()):
        leaves = [leaf(signed) for signed, _ in self.entries]
        size = size if size is not None else len(leaves)
        origin = f'{self.node}/{self.epoch}'
        text = self.bend('checkpoint', f'{origin}\n{size}\n{base64.b64encode(root(leaves)).decode()}\n')
        name = origin
        key = checkpoint_key or self.checkpoint_key
        hint = hashlib.sha256(name.encode() + b'\n\1' + key.raw).digest()[:4]
        note = self.bend('note', f'{text}\n— {name} {base64.b64encode(hint + key.private.sign(text.encode())).decode()}\n')
        header = self.bend('first', {'export': 'sanjal/1', 'node': self.node, 'origin': origin, 'mode': 'whole' if whole else 'records', 'made': '2026-11-25T00:00:00Z', 'by': 'x', 'purpose': 'test',
                                     'checkpoint': note})
        lines = [dump(header)]
        for index in positions if positions is not None else range(len(self.entries)):
            line = {'at': index, 'entry': self.compact(index)}
            if not whole:
                line['proof'] = [b64(one) for one in path(index, leaves)]
            lines.append(dump(self.bend('line', line)))
            for at, pieces in files:
                if at == index:
                    lines += [dump(piece) for piece in pieces]
        lines = self.bend('lines', lines)
        body = b''.join(line + b'\n' for line in lines)
        signer = manifest_key or self.node_key
        payload = self.bend('manifest', {'iss': self.node, 'iat': 1700001000, 'lines': len(lines), 'bytes': len(body), 'sha256': b64(hashlib.sha256(body).digest())})
        jws = signer.jws(self.bend('manifest_header', {'alg': 'EdDSA', 'typ': 'manifest+jwt', 'kid': signer.kid}), payload)
        return body + self.bend('last', dump({'manifest': jws}) + b'\n')


def life(log, people=2):
    """A device, some records, an erasure."""
    log.introduce(log.device, 'device', actor=log.actor)
    for number in range(people):
        log.add('person.opened', {'names/a1': f'নাম {number}', 'age': {'years': 12, 'how': 'about'}}, record=new_id())
        log.add('person.changed', {'note': ['x', {'y': 1}]}, signer=log.device, record=new_id())
    log.add('record.erased', {'fields': ['names'], 'reason': 'asked', 'approvals': ['a', 'b'], 'settled': {}})
    return log


def changed(**changes):
    return lambda log, value: {**value, **changes}


def without(name):
    def drop(log, value):
        value = copy.deepcopy(value)
        value.pop(name)
        return value
    return drop
