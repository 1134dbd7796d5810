#!/usr/bin/python3
"""The first start of a folder without a node, by its interface: what is asked, what is refused, that nothing is there before the
last answer; then the passphrase, changed by the old one and by the recovery sheet."""

import json
import socket
import sys
import time

import harness
from harness import Node, Several, Tests, check_problem, free_port, must_run, run, wanted_store

tests = Tests()
kept = {}


def unmade():
    """A folder that is served and in which there is no node yet."""
    node = Node()
    node.data.mkdir(parents=True)
    kept['dir'] = node.data / 'node'
    Node.living.append(node)
    node.port = free_port()
    return node.start(['serve', kept['dir'], '--port', node.port, *node.store_options])


def the_node():
    if 'node' not in kept:
        kept['node'] = unmade()
    return kept['node']


def asks():
    client = the_node().anonymous()
    client.checks = False  # these addresses are there only before there is a node
    return client


def answers(**changes):
    proposed = asks().get('/first-run?country=IN').json
    words = proposed['recovery'].split('-')
    return {'name': 'সহায়', 'country': 'IN', 'kind': 'shelter', 'passphrase': proposed['passphrase'], 'word': words[proposed['asked'] - 1], **changes}


@tests('before there is a node every other address says so; what is wrong with an answer is said, and nothing is on disk')
def refused():
    for path in ('/me', '/records', '/sessions/current'):
        problem = check_problem(asks().get(path), 503)
        assert problem['code'] == 'node.first_run', problem
    proposed = asks().get('/first-run?country=IN').json
    assert len(proposed['recovery'].split('-')) == 8 and len(proposed['passphrase'].split('-')) == 5 and 1 <= proposed['asked'] <= 8, proposed
    assert asks().get('/first-run?country=IN').json == proposed, 'the sheet changes while it is being printed'
    assert 'police' in asks().get('/first-run?country=BD').json['kinds']
    with Several() as several:
        for what, changes in {'the wrong word': {'word': 'zzzzz'}, 'no word': {'word': ''}, 'all of them': {'word': proposed['recovery']}, 'a short passphrase': {'passphrase': 'short'}, 'no name': {'name': ''},
                              'no such kind': {'kind': 'pirate'}, 'no kind': {'kind': ''}, 'no such country': {'country': 'XX'}, 'something else': {'store': 'x'}, 'a number': {'name': 5}}.items():
            with several.case(what):
                check_problem(asks().post('/first-run', answers(**changes)), 422)
        with several.case('from a page of somebody else'):
            check_problem(asks().post('/first-run', answers(), headers={'Origin': 'http://evil.example'}), 403)
        with several.case('under another name'):
            with socket.create_connection(('127.0.0.1', the_node().port), timeout=10) as bare:
                bare.sendall(b'GET /api/v1/first-run HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
                assert b' 421 ' in bare.recv(4096).split(b'\r\n')[0] + b' '
        with several.case('a country that is not offered'):
            check_problem(asks().get('/first-run?country=../in'), 422)
    assert not kept['dir'].exists(), f'{list(kept["dir"].iterdir())} is there before the last answer'


@tests('the last answer makes the node; its officer signs in by the sheet; the first start is over')
def made():
    proposed = asks().get('/first-run?country=IN').json
    kept['proposed'] = proposed
    got = asks().post('/first-run', answers())
    assert got.status == 201 and got.json == {'user': 'officer'}, got
    until = time.monotonic() + 60
    while True:
        try:
            if asks().get('/me').status == 401:
                break
        except OSError:
            pass
        assert time.monotonic() < until, the_node().said()
    officer = the_node().signed_in('officer', proposed['password'])
    me = officer.get('/me').json
    assert (me['role'], me['nodal']) == ('shelter', True), me
    assert [(one['title'], one['kind']) for one in officer.get('/units').json['units']] == [('সহায়', 'shelter')]
    assert asks().get('/first-run').status == 404
    for file in kept['dir'].rglob('*'):
        if not file.is_file():
            continue
        data = file.read_bytes()
        for secret in (proposed['passphrase'], proposed['recovery'], proposed['password']):
            assert secret.encode() not in data, f'{file.name} holds a secret'
    assert proposed['passphrase'] not in the_node().said() and proposed['recovery'] not in the_node().said()
    if wanted_store() == 'postgres':
        assert json.loads((kept['dir'] / 'node.json').read_text())['store'].startswith('postgres:')
    the_node().stop()


def word_file(text):
    path = the_node().folder / 'words'
    path.write_text(text + '\n')
    return path


@tests('the passphrase is changed by the old one, and by the recovery sheet when it is forgotten; what is wrong is said and changes nothing')
def passphrase():
    directory, first = kept['dir'], kept['proposed']['passphrase']
    before = (directory / 'node.json').read_bytes()
    recovery = kept['proposed']['recovery']
    fresh = 'five other words for it'
    with Several() as several:
        for what, code, args, old, new in (('not the passphrase', 'node.passphrase', [], 'something else entirely', fresh), ('too short', 'passphrase.short', [], first, 'short'), ('the same', 'passphrase.same', [], first, first),
                                           ('not the sheet', 'node.recovery', ['--recovery-file', word_file('lusab babad ' * 4)], first, fresh), ('no such file', 'recovery.file', ['--recovery-file', '/nowhere'], first, fresh)):
            with several.case(what):
                done = run('passphrase', directory, *args, '--json', passphrase=old, SANJAL_NEW_PASSPHRASE=new)
                assert done.code in (1, 3) and done.json()['code'] == code, done
                assert (directory / 'node.json').read_bytes() == before, 'it was changed'
        with several.case('no node there'):
            assert run('passphrase', directory / 'none', passphrase=first, SANJAL_NEW_PASSPHRASE=fresh).code == 1
    must_run('passphrase', directory, passphrase=first, SANJAL_NEW_PASSPHRASE=fresh)
    assert run('verify', directory, passphrase=first).code == 1
    must_run('verify', directory, passphrase=fresh)
    for typed in (recovery.replace('-', ' ').upper(), ', '.join(f'{at + 1}. {word}' for at, word in enumerate(recovery.split('-')))):
        newest = 'and once more five others' + typed[:3]
        must_run('passphrase', directory, '--recovery-file', word_file(typed), SANJAL_NEW_PASSPHRASE=newest, passphrase='forgotten')
        must_run('verify', directory, passphrase=newest)
    harness.passphrase_now = newest
    assert oct((directory / 'node.json').stat().st_mode & 0o777) == '0o600'


@tests('what `init` makes has a recovery sheet too, and a node without one says so')
def by_init():
    folder = the_node().folder / 'by-init'
    made = must_run('init', folder, '--name', 'Y', '--country', 'IN', '--unit', 'police', '--json', passphrase='a passphrase of words').json()
    must_run('passphrase', folder, '--recovery-file', word_file(made['recovery']), passphrase='forgotten', SANJAL_NEW_PASSPHRASE='another one of words')
    must_run('verify', folder, passphrase='another one of words')
    description = json.loads((folder / 'node.json').read_text())
    for name in ('recovery', 'recovery_master'):
        del description[name]
    (folder / 'node.json').write_text(json.dumps(description))
    done = run('passphrase', folder, '--recovery-file', word_file(made['recovery']), '--json', passphrase='x', SANJAL_NEW_PASSPHRASE='another one of words')
    assert done.code == 1 and done.json()['code'] == 'node.no_recovery', done
    must_run('verify', folder, passphrase='another one of words')


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        if 'node' in kept:
            kept['node'].__exit__(None, None, None)
    sys.exit(code)
