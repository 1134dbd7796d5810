#!/usr/bin/python3
"""Bytes per entry on disk, everything counted: entries, sealed disclosures, tree, views, indexes, keys.  Baseline in the same
run: the bytes of the requests themselves, and of the same entries in an export."""

from common import Load, Node, figure, harness, machine, must_run, one_child, options, size_on_disk


def main():
    asked = options(__doc__, ('--seconds', 10.0, 'of reports from 16 clients'))
    machine()
    body = one_child()
    with Node() as node:
        entries = node.size()
        node.stop()
        on_disk = size_on_disk(node.directory)
        base = database(node)
        node.serve()
        load = Load(node)
        done = load.run(16, 2.0 if asked.quick else asked.seconds, body=body)
        more = node.size() - entries
        node.stop()
        bytes_more = size_on_disk(node.directory) - on_disk + database(node) - base
        export = node.folder / 'whole.export'
        must_run('export', node.directory, '--purpose', 'size', '--out', export, timeout=7200)
        figure('bytes per entry on disk', bytes_more / more, 'bytes', entries=more, submissions=done['requests'], bytes_per_submission=bytes_more / done['requests'],
               request_bytes=len(body.encode()), times_the_request=bytes_more / done['requests'] / len(body.encode()),
               export_bytes_per_entry=export.stat().st_size / (entries + more), keys_db_bytes_per_entry=sum(
                   p.stat().st_size for p in node.directory.glob('keys.db*')) / (entries + more))


def database(node):
    """The size of the database on PostgreSQL, where it is not in the node's directory."""
    if harness.wanted_store() != 'postgres':
        return 0
    server, name = node.databases.made[0]
    return int(harness.Databases.psql(server, f"select pg_database_size('{name}')"))


if __name__ == '__main__':
    main()
