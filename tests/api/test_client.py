#!/usr/bin/python3
"""What the web client stands on: its pages out of the binary, the pack in the reader's language, a case with all that is in it,
and the key under which a browser keeps what is not yet sent."""

import base64
import gzip
import re
import sys

from harness import Lazy, People, Tests, check_problem, report

tests = Tests()
the_node = Lazy()
client = People(the_node)


@tests('the client comes out of the binary: packed, with a tag, its hashed files for a year, and no script but its own')
def pages():
    visitor = the_node().anonymous()
    page = visitor.raw('GET', '/')
    assert page.status == 200 and page.headers['content-type'].startswith('text/html'), page
    if b'/assets/' not in page.body:
        return  # built without npm: the node says so itself
    policy = page.headers['content-security-policy']
    for wanted in ("default-src 'none'", "script-src 'self' 'wasm-unsafe-eval';", "style-src 'self';", "require-trusted-types-for 'script'", "frame-ancestors 'none'"):
        assert wanted in policy, policy
    assert 'unsafe' not in policy.replace("'wasm-unsafe-eval'", ''), policy  # WebAssembly alone: the rules, and Argon2id for a PIN
    assert page.headers['cache-control'] == 'no-cache', page.headers
    assert visitor.raw('GET', '/', headers={'If-None-Match': page.headers['etag']}).status == 304
    assert not re.search(rb'<style|<script(?![^>]*src=)|style=', page.body), 'a style or a script within the page'
    path = re.search(rb'src="(/assets/[^"]+\.js)"', page.body).group(1).decode()
    plain = visitor.raw('GET', path)
    assert plain.headers['content-type'].startswith('text/javascript') and 'immutable' in plain.headers['cache-control'], plain.headers
    tags = {plain.headers['etag']}
    for accepted, coding in (('gzip', 'gzip'), ('gzip, deflate, br', 'br'), ('br;q=0, gzip', 'gzip'), ('identity', None)):
        got = visitor.raw('GET', path, headers={'Accept-Encoding': accepted})
        assert got.headers.get('content-encoding') == coding and got.headers['vary'] == 'Accept-Encoding', (accepted, got.headers)
        assert (len(got.body) < len(plain.body) / 2) == (coding is not None), (accepted, len(got.body))
        if coding == 'gzip':
            assert gzip.decompress(got.body) == plain.body
        tags.add(got.headers['etag'])
    assert len(tags) == 3, tags
    assert visitor.raw('GET', '/assets/nothing.js').status == 404


@tests('a kind of record and its answers are said in the language that is asked for')
def languages():
    police = client()
    for language, ask, yes in (('en', 'Under 18?', 'Yes'), ('bn', 'বয়স ১৮-র কম?', 'হ্যাঁ'), ('bn-IN,en;q=0.5', 'বয়স ১৮-র কম?', 'হ্যাঁ'), ('xx', 'Under 18?', 'Yes')):
        got = police.get('/types/person', headers={'Accept-Language': language}).json['fields']['under_18']
        assert got['ask'] == ask and {'code': 'yes', 'label': yes} in got['choices'], (language, got)
        assert got['kind'] == 'choice' and got['class'] == 'operational', got


@tests('a task says its stage, its form and its limit, and the number of its case; a late clock says which reasons can be chosen')
def tasks():
    police = client()
    made = report(police)['records']
    listed = {one['step']: one for one in police.get('/worklist').json['tasks'] if one['record'] == made['part'][0]}
    produce = listed['produce_before_cwc']
    number = police.get(f'/records/{made["case"]}').json['number']
    assert (produce['stage'], produce['form'], produce['within'], produce['nature'], produce['number']) == ('rescue', 'cwc_production', '24 hours', 'statute', number), produce
    assert 'within' not in listed['health_check'] and listed['health_check']['nature'] == 'practice', listed['health_check']
    clock = next(one for one in police.get(f'/records/{made["part"][0]}/clocks').json['clocks'] if one['rule'] == 'in.jj.s31.produce_cwc')
    assert clock['within'] == '24 hours' and {'code': 'flood', 'label': 'Flood'} in clock['asks'], clock


@tests('of=CASE lists all that stands in it, as far as one reaches; for others there is nothing')
def of_a_case():
    police = client()
    made = report(police)['records']
    other = report(police)['records']
    got = police.get(f'/records?of={made["case"]}').json['records']
    assert {one['id'] for one in got} == {made['case'], *made['part'], *made['person'], *made.get('consent', [])} - {None}, got
    parts = police.get(f'/records?type=part&of={made["person"][0]}').json['records']
    assert [one['id'] for one in parts] == [made['part'][0]], parts
    assert not {one['id'] for one in got} & {other['case'], *other['part']}
    assert client('shelter').get(f'/records?of={made["case"]}').json['records'] == []
    check_problem(police.get('/records?of=1'), 400, 422)


@tests('the key for what a browser keeps is the same in every session of a person, another for everybody else, and wants a session')
def keep():
    first = client().get('/me').json['keep']
    again = the_node().client('police').get('/me').json['keep']
    other = client('cwc').get('/me').json['keep']
    assert first == again and first != other and len(base64.urlsafe_b64decode(first + '=')) == 32, (first, again, other)
    check_problem(the_node().anonymous().get('/me'), 401)


@tests('signing out throws away no draft: storage is not cleared, only what the cache holds')
def sign_out():
    leaver = the_node().client('police')
    got = leaver.delete('/sessions/current')
    assert got.status == 204 and got.headers['clear-site-data'] == '"cache"', got.headers


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
