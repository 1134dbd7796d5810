#!/usr/bin/python3
"""Excel workbooks of 84 columns, written and read: seconds and memory at a few rows and at many.  Baselines in the same run:
libxlsxwriter alone with constant_memory, writing the same cells, and openpyxl, reading the same file."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import figure, machine, options, tool

OPENPYXL = '''
import json, re, sys, time, openpyxl
started = time.monotonic()
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
rows = sum(1 for _ in book.active.iter_rows(values_only=True))
print(json.dumps({"rows": rows, "seconds": time.monotonic() - started, "rss_kib": int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1))}))
'''


def run(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f'{command[0]}: {done.stderr.decode()}')
    return json.loads(done.stdout)


def main():
    asked = options(__doc__, ('--rows', 50000, 'rows of the long table'))
    machine()
    program = tool('bench_tables')
    many = 5000 if asked.quick else asked.rows
    few = max(1, many // 50)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short, long = folder / 'short.xlsx', folder / 'long.xlsx'
        for rows, path in ((few, short), (many, long)):
            ours, bare = run(program, 'write', path, rows), run(program, 'bare', folder / 'bare.xlsx', rows)
            figure(f'workbook of {rows} rows written', rows / ours['seconds'], 'rows/s', memory_mib=ours['rss_kib'] / 1024, file_mib=os.path.getsize(path) / 1048576,
                   libxlsxwriter_rows_per_second=rows / bare['seconds'], libxlsxwriter_memory_mib=bare['rss_kib'] / 1024)
        for rows, path in ((few, short), (many, long)):
            ours = run(program, 'read', path, rows)
            assert ours['rows'] == rows, ours
            beside = {}
            try:
                other = run('/usr/bin/python3', '-c', OPENPYXL, path)
                beside = {'openpyxl_rows_per_second': rows / other['seconds'], 'openpyxl_memory_mib': other['rss_kib'] / 1024}
            except SystemExit as why:
                beside = {'openpyxl': f'not here: {str(why)[-60:]}'}
            figure(f'workbook of {rows} rows read', rows / ours['seconds'], 'rows/s', memory_mib=ours['rss_kib'] / 1024, **beside)
        csv = run(program, 'csv', folder / 'long.csv', many)
        figure(f'CSV of {many} rows written', many / csv['seconds'], 'rows/s', memory_mib=csv['rss_kib'] / 1024)


if __name__ == '__main__':
    main()
