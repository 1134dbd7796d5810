#!/usr/bin/python3
"""Durable signed submissions per second over HTTP at 1, 4, 16 and 64 clients, beside the bare store in the same run: the
same rows and bytes, already signed, by the same Writer in the same groups, without HTTP (bench/bare_store.cpp)."""

import json
import subprocess
import sys

from common import Load, Node, environment, figure, machine, one_child, options, tool

WINDOWS = [1, 4, 16, 64]


def main():
    asked = options(__doc__, ('--seconds', 10.0, 'for each number of clients'), ('--submissions', 8000, 'of the bare store, in all'))
    seconds, submissions = (2.0, 1600) if asked.quick else (asked.seconds, asked.submissions)
    machine()
    body = one_child()
    with Node() as node:
        load = Load(node)
        load.run(4, 1.0, body=body)  # warm
        before = node.size()
        got = {}
        first = load.run(1, seconds, body=body)
        per = (node.size() - before) / max(1, first['requests'])
        got[1] = first
        for clients in WINDOWS[1:]:
            got[clients] = load.run(clients, seconds, body=body)
        node.stop()
        copy = node.twin('copy')
        path = node.folder / 'body'
        path.write_text(body, encoding='utf-8')
        done = subprocess.run([str(tool('bench_bare_store')), '--record', str(node.directory), '--replay', str(copy), '--body', str(path),
                               '--submissions', str(submissions), '--windows', ','.join(map(str, WINDOWS))], env=environment(), stdout=subprocess.PIPE, check=False)
        if done.returncode != 0:
            sys.exit(f'bench_bare_store ended with {done.returncode}')
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        bare = {line['clients']: line['per_second'] for line in lines if line['what'] == 'bare store'}
        for line in lines:
            if line['what'] != 'bare store':
                figure(line['what'], line['per_second'], 'submissions/s', entries_per_second=line['per_second'] * per)
        for clients in WINDOWS:
            mine = got[clients]
            figure(f'durable submissions, {clients} clients', mine['per_second'], 'submissions/s', entries_per_second=mine['per_second'] * per,
                   entries_each=per, p50_ms=mine['p50_ms'], p99_ms=mine['p99_ms'], bare_store=bare[clients], share_of_bare_store=mine['per_second'] / bare[clients])


if __name__ == '__main__':
    main()
