#!/usr/bin/python3
"""Verifying as a share of the Ed25519 limit (the same library on the same messages, one thread per core): an export by
sanjal-verify, and a living database by `sanjal verify DIR`."""

import json
import resource
import subprocess
import time

from common import Node, environment, figure, filled, harness, machine, must_run, options, tool


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(*args, binary=None, times=3):
    """Seconds by the wall, and of all processors: the second figure is the steadier one where the machine has other work."""
    best = None
    for _ in range(times):
        started, used = time.monotonic(), processor()
        ran = harness.run(*args, binary=binary, timeout=7200)
        took = (time.monotonic() - started, processor() - used)
        if ran.code != 0:
            raise SystemExit(f'{args}: {ran}')
        best = (min(best[0], took[0]), min(best[1], took[1])) if best else took
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
        each = limit['cpu_us_each'] / 1e6
        figure('verify an export', held / exported[0], 'entries/s', share_of_limit=held / exported[0] / limit['per_second'], processor_share=held * each / exported[1],
               entries=held, seconds=exported[0], processor_seconds=exported[1], mib=export.stat().st_size / 1048576, exporting_seconds=exporting)
        # What a verify of a nearly empty node takes is opening it: the passphrase and the stores.
        took, used = max(1e-9, live[0] - small[0]), max(1e-9, live[1] - small[1])
        more = entries - small_entries
        figure('verify a living database', more / took, 'entries/s', share_of_limit=more / took / limit['per_second'], processor_share=more * each / used,
               entries=entries, seconds=live[0], processor_seconds=live[1], opening_seconds=small[0])


if __name__ == '__main__':
    main()
