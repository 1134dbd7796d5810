#!/usr/bin/python3
"""Reads of a case at 64 clients (p50, p99) and one list page among a million records (p50), with policy and audit on.
Baselines in the same run: /healthz over the same connections, which is HTTP alone, and the same list page when the node was
nearly empty."""

from common import Load, Node, figure, filled, machine, options, one_child


def main():
    asked = options(__doc__, ('--seconds', 10.0, 'for each figure'), ('--records', 1000000, 'imported before the list page is asked; 0: only what reports made'))
    seconds = 2.0 if asked.quick else asked.seconds
    rows = min(asked.records, 20000) if asked.quick else asked.records
    machine()
    with Node() as node:
        load = Load(node)
        load.run(16, 2.0, body=one_child())
        cases = [one['id'] for one in load.client.get('/records?type=case').json['records']]
        people = [one['id'] for one in load.client.get('/records?type=person').json['records']]
        bare = load.run(64, seconds, paths=['/healthz'])
        for what, ids in (('case', cases), ('person', people)):
            got = load.run(64, seconds, paths=[f'/api/v1/records/{one}' for one in ids])
            figure(f'reads of a {what}, 64 clients', got['per_second'], 'reads/s', p50_ms=got['p50_ms'], p99_ms=got['p99_ms'],
                   healthz_per_second=bare['per_second'], healthz_p99_ms=bare['p99_ms'])
        got = load.run(4, seconds, paths=[f'/api/v1/records/{one}' for one in cases])
        figure('reads of a case, 4 clients', got['per_second'], 'reads/s', p50_ms=got['p50_ms'], p99_ms=got['p99_ms'])
        page = ['/api/v1/records?type=anonymous_case', '/api/v1/records']
        small = load.run(1, seconds, paths=page)
        if rows:
            imported = filled(node, rows)
            node.serve()
            load = Load(node)
            large = load.run(1, seconds, paths=page)
            figure(f'list page, {imported["imported"]} imported records', large['p50_ms'], 'ms p50', p99_ms=large['p99_ms'], nearly_empty_p50_ms=small['p50_ms'])
            got = load.run(64, seconds, paths=[f'/api/v1/records/{one}' for one in cases])
            figure('reads of a case, 64 clients, full node', got['per_second'], 'reads/s', p50_ms=got['p50_ms'], p99_ms=got['p99_ms'])
        node.stop()


if __name__ == '__main__':
    main()
