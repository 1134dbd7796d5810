#!/usr/bin/python3
"""Verifying as a share of the Ed25519 limit (the same library on the same messages, one thread per core): an export by
sanjal-verify, and a living database by `sanjal verify DIR`."""

import json
import subprocess
import time

from common import Node, environment, figure, filled, harness, machine, must_run, options, tool


def timed(*args, binary=None, times=3):
    best = None
    for _ in range(times):
        started = time.monotonic()
        ran = harness.run(*args, binary=binary, timeout=7200)
        took = time.monotonic() - started
        if ran.code != 0:
            raise SystemExit(f'{args}: {ran}')
        best = min(best or took, took)
    return best


def main():
    asked = options(__doc__, ('--rows', 50000, 'imported before'), ('--seconds', 5.0, 'for the limit'))
    rows = 5000 if asked.quick else asked.rows
    machine()
    with Node() as node:
        node.stop()
        small = timed('verify', node.directory, '--json')
        node.serve()
        small_entries = node.size()
        filled(node, rows)
        export = node.folder / 'whole.export'
        started = time.monotonic()
        must_run('export', node.directory, '--purpose', 'verify', '--out', export, timeout=7200)
        exporting = time.monotonic() - started
        live = timed('verify', node.directory, '--json')
        exported = timed(export, binary=harness.SANJAL_VERIFY)
        node.serve()
        entries = node.size()
        node.stop()
        done = subprocess.run([str(tool('bench_ed25519_limit')), str(export), str(asked.seconds)], env=environment(), stdout=subprocess.PIPE, check=True)
        limit = json.loads(done.stdout)
        held = limit['messages']
        figure('Ed25519 limit', limit['per_second'], 'signatures/s', threads=limit['threads'], bytes_mean=limit['bytes_mean'])
        figure('verify an export', held / exported, 'entries/s', share_of_limit=held / exported / limit['per_second'], entries=held, seconds=exported,
               mib=export.stat().st_size / 1048576, exporting_seconds=exporting)
        # What a verify of a nearly empty node takes is opening it: the passphrase and the stores.
        took = max(1e-9, live - small)
        figure('verify a living database', (entries - small_entries) / took, 'entries/s', share_of_limit=(entries - small_entries) / took / limit['per_second'],
               entries=entries, seconds=live, opening_seconds=small)


if __name__ == '__main__':
    main()
