#!/usr/bin/python3
"""Writes what verify_entries.mjs reads: one line per entry of a node's exports, with the key that signed it and, where
nothing is withheld, what it should show as the node's own history says."""
import base64
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'api'))
from harness import Node, must_run, report
from test_devices import Device


def payload_of(compact):
    part = compact.split('~')[0].split('.')[1]
    return json.loads(base64.urlsafe_b64decode(part + '=' * (-len(part) % 4)))


def header_of(compact):
    part = compact.split('.')[0]
    return json.loads(base64.urlsafe_b64decode(part + '=' * (-len(part) % 4)))


def main():
    with Node() as node, open(sys.argv[1], 'w', encoding='utf-8') as out:
        client = node.client('police')
        given = report(client)['records']
        client.patch(f'/records/{given["case"]}', {'fields': {'journey_minutes': 40}})
        unit = client.get('/me').json['unit']
        pack = client.get('/packs').json['packs'][-1]
        device = Device(client, json.loads((node.directory / 'node.json').read_text())['node'], pack.get('reference') or pack['pack'])
        assert device.introduce().status == 201
        (case, _, _), entries = device.report(unit)
        assert client.post('/entries', {'entries': entries}).status == 200
        history = {line['entry']: line['fields'] for line in client.get(f'/records/{case}/history').json['entries']}
        node.stop()
        must_run('erase', node.directory, '--record', given['person'][0], '--field', 'names', '--reason', 'asked', '--approve', 'A', '--approve', 'B')
        path = node.folder / 'all.export'
        must_run('export', node.directory, '--purpose', 'test', '--out', path)
        keys, count = {}, 0
        for text in path.read_text('utf-8').split('\n')[1:-2]:
            compact = json.loads(text)['entry']
            payload, kid = payload_of(compact), header_of(compact)['kid']
            if 'jwk' in payload:
                import hashlib
                canonical = json.dumps({k: payload['jwk'][k] for k in ('crv', 'kty', 'x')}, separators=(',', ':'))
                keys[base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b'=').decode()] = payload['jwk']
            line = {'entry': compact, 'jwk': keys[kid]}
            entry_id = base64.urlsafe_b64encode(__import__('hashlib').sha256(compact.split('~')[0].encode()).digest()).rstrip(b'=').decode()
            if entry_id in history:
                shown = [json.loads(base64.urlsafe_b64decode(d + '=' * (-len(d) % 4))) for d in compact.split('~')[1:-1]]
                head = next(value for _, name, value in shown if name == 'head')
                line['fld'] = {'head': head, **history[entry_id]}
            out.write(json.dumps(line, ensure_ascii=False) + '\n')
            count += 1
        assert count > 20 and len(keys) >= 5, f'{count} entries, {len(keys)} keys'


main()
