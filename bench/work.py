#!/usr/bin/python3
"""The worklist among 100,000 open tasks (p50 of one reader), beside the same list of a nearly empty node; and a new version of the
law over as many cases: cases derived per second, beside how many reports per second wrote them."""

import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from common import Node, figure, harness, machine, must_run, options


def report(people):
    return {'answers': {'case': {'danger_now': 'no', 'place_found': 'IN-AS', 'found_at': harness.instant(-3600)}, 'person': [{'under_18': 'yes'} for _ in range(people)]}}


def listed(client, times):
    took = []
    for _ in range(times):
        began = time.perf_counter()
        got = client.get('/worklist')
        took.append((time.perf_counter() - began) * 1000)
        assert got.status == 200, got
    return statistics.median(took), len(got.json['tasks'])


def next_version(node):
    path = Path(tempfile.mkdtemp(prefix='sanjal-bench-', dir=node.folder)) / 'packs'
    shutil.copytree(harness.REPOSITORY / 'packs', path)
    text = (path / 'in/pack.yaml').read_text('utf-8')
    version = next(line for line in text.splitlines() if line.startswith('version:'))
    (path / 'in/pack.yaml').write_text(text.replace(version, 'version: 9001'), 'utf-8')
    return path / 'in'


def main():
    asked = options(__doc__, ('--tasks', 100000, 'open tasks of the desk'), ('--people', 40, 'of one report'))
    tasks, people = (2000, 20) if asked.quick else (asked.tasks, asked.people)
    machine()
    with Node() as node:
        client = node.client('police')
        client.post('/forms/rescue_report/submissions', report(1))
        before, _ = listed(client, 20)
        part = client.get('/records?type=part').json['records'][0]['id']
        open_now = sum(1 for one in client.get(f'/records/{part}/tasks').json['tasks'] if one['state'] == 'open' and 'police' in one['who'])
        began, cases = time.perf_counter(), 0
        while cases * people * open_now < tasks:
            got = client.post('/forms/rescue_report/submissions', report(people))
            assert got.status == 201, got
            cases += 1
        wrote = time.perf_counter() - began
        full, shown = listed(client, 50)
        figure(f'worklist among {cases * people * open_now} open tasks', full, 'ms p50', nearly_empty_ms=before, shown=shown)
        document = must_run('pack', 'compile', next_version(node)).out.encode()
        began = time.perf_counter()
        got = client.raw('POST', '/api/v1/packs', document, {'Content-Type': 'application/json', 'X-CSRF-Token': client.csrf})
        assert got.status == 201, got
        node.stop()
        again = time.perf_counter()
        must_run('rebuild', node.directory, timeout=7200)
        rebuilt = time.perf_counter() - again
        figure(f'views of {cases * people} people made anew', cases * people / rebuilt, 'people/s', written_by_reports_per_s=cases * people / wrote)
    print(json.dumps({'note': 'a pack is loaded by one request; the cases follow in the background, as many a second as a rebuild derives'}))


if __name__ == '__main__':
    main()
