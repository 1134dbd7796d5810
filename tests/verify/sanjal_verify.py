#!/usr/bin/python3
"""A second verifier for exports, written from docs/formats alone: Python's standard library and Debian's python3-cryptography.

    sanjal_verify.py [--json] [--node ID] FILE|-

Exit code: 0 accepted, 1 not valid, 2 usage, 3 the file cannot be read.
"""
import base64
import hashlib
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LABEL = re.compile(r'[A-Za-z0-9\-_.:/#@]{1,128}\Z')
UUID7 = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z')
ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
RESERVED = ('_sd', '_sd_alg', '...')
LINE_MAX = 4 << 20
ENTRY_MAX = 1 << 20
P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493


class Wrong(Exception):
    """What is wrong with the file."""


def need(holds, why):
    if not holds:
        raise Wrong(why)


# --- bytes and JSON ----------------------------------------------------------------------------------------------------

def unbase64url(text):
    need(isinstance(text, str) and len(text) % 4 != 1 and all(c in ALPHABET for c in text), 'not base64url')
    if len(text) % 4:
        unused = {2: 15, 3: 3}[len(text) % 4]
        need(ALPHABET.index(text[-1]) & unused == 0, 'base64url with unused bits')
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong('not base64') from None
    need(base64.b64encode(data).decode() == text, 'base64 in another form')
    return data


def is_hash(text):
    return isinstance(text, str) and len(text) == 43 and all(c in ALPHABET for c in text) and ALPHABET.index(text[-1]) & 3 == 0


def no_twins(pairs):
    made = dict(pairs)
    need(len(made) == len(pairs), 'a member stands twice')
    return made


def depth_of(value):
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from texts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)


def refuse_constant(name):
    raise Wrong(f'{name} is no JSON')


def parse_json(data, depth):
    """Bytes or text that must be JSON; texts of it are real Unicode without U+0000."""
    try:
        text = data.decode('utf-8') if isinstance(data, bytes) else data
        need(not text.startswith('\ufeff'), 'a byte-order mark')
        value = json.loads(text, object_pairs_hook=no_twins, parse_constant=refuse_constant)
        need(depth_of(value) <= depth, 'nested too deeply')
        for one in texts_of(value):
            one.encode('utf-8')
            need('\0' not in one, 'a text with U+0000')
        return value
    except (ValueError, RecursionError) as error:
        raise Wrong(f'not JSON: {error}') from None


def is_integer(value, low=-2 ** 63, high=2 ** 63 - 1):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def members(value, *names):
    return isinstance(value, dict) and set(value) == set(names)


# --- keys --------------------------------------------------------------------------------------------------------------

def edwards(y, sign):
    """The point of that y, or nothing."""
    d = -121665 * pow(121666, P - 2, P) % P
    x2 = (y * y - 1) * pow(d * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P:
        return None
    if x == 0 and sign:
        return None
    return (P - x if (x & 1) != sign else x), y


def double(point):
    x, y = point
    d = -121665 * pow(121666, P - 2, P) % P
    k = d * x * x * y * y % P
    return 2 * x * y * pow(1 + k, P - 2, P) % P, (y * y + x * x) * pow(1 - k, P - 2, P) % P


def is_good_point(data):
    """Canonical, on the curve, and not of small order."""
    number = int.from_bytes(data, 'little')
    y, sign = number & (2 ** 255 - 1), number >> 255
    if y >= P:
        return False
    point = edwards(y, sign)
    if point is None:
        return False
    for _ in range(3):
        point = double(point)
    return point != (0, 1)


class Key:
    good = {}

    def __init__(self, raw):
        if raw not in Key.good:
            Key.good[raw] = len(raw) == 32 and is_good_point(raw)
        need(Key.good[raw], 'this is no Ed25519 key')
        self.raw = raw
        self.kid = base64url(hashlib.sha256(json.dumps({'crv': 'Ed25519', 'kty': 'OKP', 'x': base64url(raw)}, separators=(',', ':')).encode()).digest())
        self.key = Ed25519PublicKey.from_public_bytes(raw)

    def verify(self, message, signature):
        need(len(signature) == 64 and int.from_bytes(signature[32:], 'little') < L, 'a signature in another form')
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            raise Wrong('a signature is not right') from None
        need(is_good_point(signature[:32]), 'a signature with a point of small order')


def key_of(jwk):
    need(members(jwk, 'kty', 'crv', 'x') and jwk['kty'] == 'OKP' and jwk['crv'] == 'Ed25519', 'this jwk is no Ed25519 key')
    return Key(unbase64url(jwk['x']))


# --- entries -----------------------------------------------------------------------------------------------------------

def has_reserved(value):
    if isinstance(value, dict):
        return any(name in RESERVED or has_reserved(one) for name, one in value.items())
    return isinstance(value, list) and any(has_reserved(one) for one in value)


class Entry:
    def __init__(self, compact):
        need(isinstance(compact, str) and len(compact.encode()) <= ENTRY_MAX and compact.endswith('~'), 'not a compact entry')
        self.signed, *encoded = compact[:-1].split('~')
        parts = self.signed.split('.')
        need(len(parts) == 3, 'not three parts')
        self.message = f'{parts[0]}.{parts[1]}'.encode('ascii', 'strict') if self.signed.isascii() else b''
        need(self.message, 'not ASCII')
        header = parse_json(unbase64url(parts[0]), 2)
        need(members(header, 'alg', 'typ', 'kid') and header['alg'] == 'EdDSA' and header['typ'] == 'entry+sd-jwt' and isinstance(header['kid'], str) and LABEL.match(header['kid']),
             'the header of an entry')
        self.kid = header['kid']
        payload = parse_json(unbase64url(parts[1]), 4)
        need(isinstance(payload, dict) and set(payload) - {'jwk'} == {'iss', 'iat', '_sd_alg', 'fld'}, 'the payload of an entry')
        self.iss, self.iat, self.jwk = payload['iss'], payload['iat'], payload.get('jwk')
        need(isinstance(self.iss, str) and LABEL.match(self.iss) and is_integer(self.iat, 0, 253402300799) and payload['_sd_alg'] == 'sha-256', 'iss, iat or _sd_alg')
        if 'jwk' in payload:
            need(members(self.jwk, 'kty', 'crv', 'x') and self.jwk['kty'] == 'OKP' and self.jwk['crv'] in ('Ed25519', 'X25519') and is_hash(self.jwk['x']), 'jwk')
        need(members(payload['fld'], '_sd') and isinstance(payload['fld']['_sd'], list), 'fld')
        digests = payload['fld']['_sd']
        need(len(digests) in (4, 8, 16, 32, 64, 128, 256) and all(map(is_hash, digests)), 'the digests')
        need(all(a < b for a, b in zip(digests, digests[1:])), 'the digests are not sorted')
        self.signature = unbase64url(parts[2])
        need(len(self.signature) == 64, 'the signature')
        self.fields = {}
        used = set()
        for one in encoded:
            disclosure = parse_json(unbase64url(one), 25)
            need(isinstance(disclosure, list) and len(disclosure) == 3, 'a disclosure')
            salt, name, value = disclosure
            need(isinstance(salt, str) and len(salt) == 22 and len(unbase64url(salt)) == 16, 'a salt')
            need(isinstance(name, str) and 0 < len(name.encode()) <= 256 and name not in RESERVED, 'a name')
            need(not has_reserved(value), 'a reserved name in a value')
            digest = base64url(hashlib.sha256(one.encode()).digest())
            need(digest in digests and digest not in used and name not in self.fields, 'a disclosure that is not of this entry, or twice')
            used.add(digest)
            self.fields[name] = value
        self.head = self.fields.get('head')
        head = self.head
        need(members(head, 'do', 'rec', 'by', 'aft', 'pck', 'txn', 'of', 'seq'), 'the head')
        need(isinstance(head['do'], str) and '.' in head['do'] and len(head['do'].encode()) <= 80, 'do')
        need(all(isinstance(head[name], str) and UUID7.match(head[name]) for name in ('rec', 'by', 'txn')), 'an id of the head')
        need(isinstance(head['aft'], list) and len(head['aft']) <= 64 and all(isinstance(one, str) and len(one.encode()) == 43 for one in head['aft']), 'aft')
        need(is_integer(head['of'], 1) and is_integer(head['seq'], 1), 'of or seq')
        self.leaf = hashlib.sha256(b'\0' + self.signed.encode()).digest()


class Signers:
    USES = ('entry', 'checkpoint', 'cosign', 'transport', 'device')

    def __init__(self, node):
        self.node = node
        self.all = {}  # kid -> [key, use, issuer, introduced, retired]

    def key_for(self, entry, position):
        if position == 0:
            need(entry.jwk is not None, 'the first entry introduces no key')
            key = key_of(entry.jwk)
            need(key.kid == entry.iss == entry.kid == self.node, 'the first key is not the one that the node is named after')
            return key
        need(entry.kid in self.all, 'a key that was not introduced before')
        key, use, issuer, introduced, retired = self.all[entry.kid]
        need(introduced < position, 'a key that was not introduced before')
        need(retired is None or retired >= position, 'a key that was retired before')
        need(use in ('entry', 'device') and issuer == entry.iss, 'a key for another use or of another signer')
        return key

    def learn(self, entry, position):
        if entry.head['do'] == 'key.introduced':
            need(entry.jwk is not None and isinstance(entry.fields.get('use'), str), 'a key entry without a key or a use')
            need(entry.iss == self.node, 'a key introduced by somebody else')
            key, use = key_of(entry.jwk), entry.fields['use']
            need(use in self.USES, 'a use that is not known')
            need(key.kid not in self.all, 'a key introduced twice')
            self.all[key.kid] = [key, use, key.kid if use == 'device' else self.node, position, None]
        elif entry.head['do'] == 'key.retired':
            kid = entry.fields.get('kid')
            need(isinstance(kid, str) and entry.iss == self.node, 'a key retired by somebody else')
            need(kid in self.all and self.all[kid][4] is None, 'a key retired that was not in use')
            self.all[kid][4] = position

    def newest(self, use):
        best = max((one for one in self.all.values() if one[1] == use and one[4] is None), key=lambda one: one[3], default=None)
        need(best is not None, f'no key for {use}')
        return best[0]


# --- tree and note -----------------------------------------------------------------------------------------------------

def inner(left, right):
    return hashlib.sha256(b'\1' + left + right).digest()


def included(leaf, index, size, path, root):
    """RFC 9162 section 2.1.3.2, which is RFC 6962's tree."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = inner(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = inner(r, p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root


class Tree:
    def __init__(self):
        self.roots = []  # of complete subtrees, largest first: (height, hash)
        self.size = 0

    def append(self, leaf):
        self.size += 1
        self.roots.append((0, leaf))
        while len(self.roots) > 1 and self.roots[-1][0] == self.roots[-2][0]:
            (_, right), (height, left) = self.roots.pop(), self.roots.pop()
            self.roots.append((height + 1, inner(left, right)))

    def root(self):
        result = None
        for _, one in reversed(self.roots):
            result = one if result is None else inner(one, result)
        return result


class Checkpoint:
    def __init__(self, note):
        data = note.encode()
        need(len(data) <= 1 << 20 and note.endswith('\n') and all(c == '\n' or ord(c) >= 0x20 for c in note), 'the note')
        at = note.rfind('\n\n')
        need(at >= 0, 'the note has no signatures')
        self.text = note[:at + 1]
        lines = note[at + 2:].split('\n')[:-1]
        need(0 < len(lines) <= 100, 'the signatures of the note')
        self.signatures = []
        for line in lines:
            need(line.startswith('— '), 'a signature line')
            name, _, encoded = line[2:].partition(' ')
            need(name and encoded and '+' not in name and not any(c.isspace() for c in name), 'a signature line')
            signature = unbase64(encoded)
            need(len(signature) > 4, 'a signature line')
            self.signatures.append((name, signature[:4], signature[4:]))
        body = self.text.split('\n')
        need(len(body) >= 4 and body[-1] == '', 'the checkpoint')
        self.origin, size, root = body[0], body[1], body[2]
        need(self.origin and re.match(r'(0|[1-9][0-9]{0,18})\Z', size) and int(size) < 2 ** 63, 'the size of the checkpoint')
        self.size, self.root = int(size), unbase64(root)
        need(len(self.root) == 32 and all(body[3:-1]), 'the root of the checkpoint')

    def verify(self, name, key):
        key_hash = hashlib.sha256(name.encode() + b'\n\1' + key.raw).digest()[:4]
        found = False
        for signer, hint, signature in self.signatures:
            if signer == name and hint == key_hash:
                key.verify(self.text.encode(), signature)
                found = True
        need(found, 'the checkpoint is not signed by this key')


# --- the export --------------------------------------------------------------------------------------------------------

def verify(data, expected_node=None):
    """The answer of docs/formats/export.md; Wrong where the file is not accepted."""
    need(data.endswith(b'\n'), 'cut short')
    lines = data[:-1].split(b'\n')
    need(len(lines) >= 2 and all(len(line) <= LINE_MAX for line in lines), 'cut short')
    header = parse_json(lines[0], 8)
    need(members(header, 'export', 'node', 'origin', 'mode', 'made', 'by', 'purpose', 'checkpoint') and all(isinstance(one, str) for one in header.values()), 'the first line')
    need(header['export'] == 'sanjal/1' and header['mode'] in ('whole', 'records'), 'the first line')
    node, origin, whole = header['node'], header['origin'], header['mode'] == 'whole'
    need(expected_node is None or node == expected_node, 'another node')
    need(origin.startswith(node + '/'), 'the origin')
    checkpoint = Checkpoint(header['checkpoint'])
    need(checkpoint.origin == origin, 'the checkpoint is of another log')
    signers, tree, last = Signers(node), Tree(), -1
    entries, disclosed, records, iats, erased = 0, 0, set(), [], []
    wanted, files, open_file = {}, {}, None
    for line in lines[1:-1]:
        item = parse_json(line, 16)
        if isinstance(item, dict) and 'file' in item:
            need(members(item, 'file', 'data', 'last') and isinstance(item['file'], str) and isinstance(item['data'], str) and isinstance(item['last'], bool), 'a piece of a file')
            if open_file is None:
                need(item['file'] not in files, 'a file stands there twice')
                open_file = (item['file'], hashlib.sha256())
            need(open_file[0] == item['file'], 'the pieces of two files are mixed')
            open_file[1].update(unbase64url(item['data']))
            if item['last']:
                files[item['file']] = base64url(open_file[1].digest())
                open_file = None
            continue
        need(open_file is None, 'a file is cut short')
        need(members(item, 'at', 'entry') if whole else members(item, 'at', 'entry', 'proof'), 'a line')
        position = item['at']
        need(is_integer(position), 'a position')
        entry = Entry(item['entry'])
        need(last < position < checkpoint.size and (not whole or position == last + 1), 'the order of entries')
        last = position
        key = signers.key_for(entry, position)
        verb = entry.head['do']
        need(entry.jwk is None or verb == 'key.introduced', 'a key that is not introduced')
        key.verify(entry.message, entry.signature)
        if verb.startswith('key.'):
            signers.learn(entry, position)
        if whole:
            tree.append(entry.leaf)
        else:
            need(isinstance(item['proof'], list) and len(item['proof']) <= 64, 'a proof')
            path = [unbase64url(one) for one in item['proof']]
            need(all(len(one) == 32 for one in path) and included(entry.leaf, position, checkpoint.size, path, checkpoint.root), 'a proof')
        entries += 1
        disclosed += len(entry.fields)
        records.add(entry.head['rec'])
        iats.append(entry.iat)
        if verb == 'record.erased':
            erased.append({'record': entry.head['rec'], 'by_entry': position, 'by': entry.head['by'], 'fields': entry.fields.get('fields')})
        if verb == 'file.attached':
            for name, value in entry.fields.items():
                if name.startswith('file/'):
                    said = value.get('sha256') if isinstance(value, dict) else None
                    wanted[name[5:]] = said if isinstance(said, str) else ''
    need(open_file is None, 'a file is cut short')
    manifest = parse_json(lines[-1], 8)
    need(members(manifest, 'manifest') and isinstance(manifest['manifest'], str) and lines[-1] == b'{"manifest":"' + manifest['manifest'].encode() + b'"}', 'the manifest is missing')
    parts = manifest['manifest'].split('.')
    need(len(parts) == 3, 'the manifest')
    protected, payload = parse_json(unbase64url(parts[0]), 2), parse_json(unbase64url(parts[1]), 32)
    need(members(protected, 'alg', 'typ', 'kid') and protected['alg'] == 'EdDSA' and protected['typ'] == 'manifest+jwt' and isinstance(protected['kid'], str), 'the manifest')
    signer = signers.all.get(protected['kid'])
    need(signer is not None and signer[1] == 'entry' and signer[4] is None, 'the key of the manifest')
    signer[0].verify(f'{parts[0]}.{parts[1]}'.encode(), unbase64url(parts[2]))
    body = b''.join(line + b'\n' for line in lines[:-1])
    need(members(payload, 'iss', 'iat', 'lines', 'bytes', 'sha256') and payload['iss'] == node and is_integer(payload['lines']) and payload['lines'] == len(lines) - 1 and
         is_integer(payload['bytes']) and payload['bytes'] == len(body) and payload['sha256'] == base64url(hashlib.sha256(body).digest()), 'something was changed')
    checkpoint.verify(origin, signers.newest('checkpoint'))
    need(not whole or (tree.size == checkpoint.size and tree.root() == checkpoint.root), 'the root')
    need(entries > 0, 'nothing in it')
    need(all(files.get(one, said) == said for one, said in wanted.items()), 'a file was changed')
    need(all(one in wanted for one in files), 'a file that nobody recorded')
    return {'node': node, 'origin': origin, 'mode': header['mode'], 'made': header['made'], 'by': header['by'], 'purpose': header['purpose'], 'size': checkpoint.size,
            'root': base64url(checkpoint.root), 'entries': entries, 'records': len(records), 'disclosed': disclosed, 'keys': len(signers.all), 'files': len(files),
            'first_signed': min(iats), 'last_signed': max(iats), 'erased': erased}


def main():
    words = sys.argv[1:]
    as_json = '--json' in words
    words = [word for word in words if word != '--json']
    node = None
    if '--node' in words[:-1]:
        at = words.index('--node')
        node = words[at + 1]
        del words[at:at + 2]
    if len(words) != 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        data = sys.stdin.buffer.read() if words[0] == '-' else open(words[0], 'rb').read()
    except OSError as error:
        print(f'this file cannot be read: {error}', file=sys.stderr)
        return 3
    try:
        answer = verify(data, node)
    except Wrong as wrong:
        print(json.dumps({'accepted': False, 'why': str(wrong)}) if as_json else f'NOT VALID: {wrong}')
        return 1
    print(json.dumps({'accepted': True, 'answer': answer}) if as_json else f'ACCEPTED: {answer["entries"]} entries of node {answer["node"]}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
