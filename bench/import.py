#!/usr/bin/python3
"""Import, rows per second: the published file where it is here, else made-up rows of its shape.  Baseline in the same run:
Python reads the same file and puts each row into one SQLite table in one transaction, unsigned."""

import csv
import os
import sqlite3
import time

from common import SHARED, Node, figure, machine, made_up_csv, must_run, options


def bare(path, folder):
    started = time.monotonic()
    rows = 0
    with open(path, encoding='utf-8', newline='') as source, sqlite3.connect(folder / 'bare.db') as db:
        db.execute('pragma journal_mode = wal')
        db.execute('pragma synchronous = full')
        lines = csv.reader(source)
        width = len(next(lines))
        db.execute(f'create table row ({", ".join(f"c{i} text" for i in range(width))})')
        for row in lines:
            db.execute(f'insert into row values ({", ".join("?" * width)})', row)
            rows += 1
    db.close()
    return rows / (time.monotonic() - started)


def main():
    asked = options(__doc__, ('--rows', 50000, 'made up where the published file is not here'))
    machine()
    with Node() as node:
        path = SHARED / 'standards/data/ctdc_k11_2020-04-14_dados_app.csv'
        what = 'the published file'
        if asked.quick or not path.exists():
            path, what = made_up_csv(node.folder / 'made_up.csv', 5000 if asked.quick else asked.rows), 'made-up rows'
        before = node.size()
        node.stop()
        started = time.monotonic()
        got = must_run('import', node.directory, '--format', 'ctdc-k11', path, '--json', timeout=7200).json()
        wall = time.monotonic() - started
        node.serve()
        entries = node.size() - before
        node.stop()
        baseline = bare(path, node.folder)
        figure(f'import of {what}', got['rows'] / got['seconds'], 'rows/s', rows=got['rows'], imported=got['imported'], refused=got['refused'],
               seconds=got['seconds'], wall_seconds=wall, entries_per_second=entries / got['seconds'], file_mib=os.path.getsize(path) / 1048576,
               python_and_sqlite_rows_per_second=baseline)


if __name__ == '__main__':
    main()
