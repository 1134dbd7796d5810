#!/usr/bin/python3
"""Start and memory with 100,000 records: time from the process's start to the first answer, and what it holds 10 s later,
without sign-in.  Baseline in the same run: the same node when it was empty, which is the passphrase's derivation (as hard as
for real: 128 MiB) and opening the stores."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

from common import Node, environment, figure, filled, harness, machine, options


def memory(pid):
    values = dict(line.split(':', 1) for line in Path(f'/proc/{pid}/status').read_text().splitlines() if ':' in line)
    parts = {}
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as lines:
        for line in lines:
            name, _, rest = line.partition(':')
            if rest.strip().endswith('kB'):
                parts[name] = int(rest.split()[0]) / 1024
    return int(values['VmRSS'].split()[0]) / 1024, parts.get('Pss', 0.0), int(values['VmHWM'].split()[0]) / 1024


def start(node, wait):
    """(seconds to the first answer, MiB resident, MiB proportional, MiB at most) of one `serve`."""
    port = harness.free_port()
    env = environment()
    with open(node.output, 'ab') as out:
        began = time.monotonic()
        process = subprocess.Popen([str(harness.SANJAL), 'serve', str(node.directory), '--port', str(port)], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        while True:
            try:
                line = http.client.HTTPConnection('127.0.0.1', port, timeout=5)
                line.request('GET', '/healthz')
                if line.getresponse().status == 200:
                    break
            except OSError:
                pass
            if process.poll() is not None or time.monotonic() - began > 120:
                sys.exit(f'serve did not answer: {node.said()}')
            time.sleep(0.002)
        first = time.monotonic() - began
        time.sleep(wait)
        return first, *memory(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def main():
    asked = options(__doc__, ('--records', 100000, 'imported'), ('--times', 5, 'starts; the median counts'))
    rows, times, wait = (5000, 2, 1) if asked.quick else (asked.records, asked.times, 10)
    os.environ.pop('SANJAL_KDF_MEMORY_KIB', None)
    machine()
    with Node() as node:
        node.stop()
        empty = sorted(start(node, 0)[0] for _ in range(times))[times // 2]
        empty_memory = start(node, wait)
        imported = filled(node, rows)
        runs = sorted((start(node, 0) for _ in range(times)), key=lambda r: r[0])
        full = runs[times // 2][0]
        held = start(node, wait)
        figure(f'start with {imported["imported"]} records', full * 1000, 'ms to the first answer', empty_node_ms=empty * 1000, more_than_empty_ms=(full - empty) * 1000)
        figure(f'memory {wait} s after start', held[1], 'MiB (proportional)', resident_mib=held[0], at_most_mib=held[2], empty_node_mib=empty_memory[1])


if __name__ == '__main__':
    main()
