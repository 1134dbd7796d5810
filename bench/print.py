#!/usr/bin/python3
"""A first-day set on paper: from the request to the last byte, beside one page of it (a blank form of one page) and the read of
its case as JSON over the same connection, which is everything but the paper.  The first print after the start opens the fonts
and is told apart."""

import re
import statistics
import time

from common import Node, figure, machine, options, two_children


def timed(client, path, times):
    took = []
    for _ in range(times):
        started = time.monotonic()
        got = client.get(path)
        took.append((time.monotonic() - started) * 1000)
        assert got.status == 200, got
    return took, got


def pages(pdf):
    return len(re.findall(rb'/Type /Page\b', pdf)) or int(re.search(rb'/Count (\d+)', pdf)[1])


def main():
    asked = options(__doc__, ('--times', 20, 'each'))
    times = 3 if asked.quick else asked.times
    machine()
    with Node() as node:
        client = node.client('police')
        case = client.post('/forms/rescue_report/submissions', two_children()).json['records']['case']
        first, _ = timed(client, '/forms/rescue_report/print?languages=bn,en', 1)
        one, blank = timed(client, '/forms/rescue_report/print?languages=bn,en', times)
        read, _ = timed(client, f'/records/{case}', times)
        whole, printed = timed(client, f'/records/{case}/print?document=first_day&languages=bn,en', times)
        count = pages(printed.body)
        figure(f'first-day set for two children, {count} pages, bn and en', statistics.median(whole), 'ms p50', slowest_ms=max(whole), eight_pages_ms=statistics.median(whole) * 8 / count,
               blank_form_ms=statistics.median(one), blank_form_pages=pages(blank.body), first_print_ms=first[0], read_of_the_case_ms=statistics.median(read), kib=len(printed.body) / 1024)
        node.stop()


if __name__ == '__main__':
    main()
