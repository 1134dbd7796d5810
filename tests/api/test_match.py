#!/usr/bin/env python3
"""`sanjal match` from outside: its four commands, standard input, reasons in a chosen language, and rows that are refused."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
from harness import Tests, environment, must_run, run

tests = Tests()
MAP = 'name=name,father=father,sex=sex,age=age,place=district'


def folder_with(**files):
    folder = Path(tempfile.mkdtemp(prefix='sanjal-match-'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, text in files.items():
        (folder / name.replace('_', '.')).write_text(text, encoding='utf-8')
    return folder


REGISTER = 'id,name,father,sex,age,district\n1,Rina Das,Hari Das,F,15,Jorhat\n2,Mohan Lama,Karma Lama,M,40,Kavre\n3,Salma Khatun,Abdul Karim,F,19,Comilla\n'


@tests('Pairs of names in two scripts are scored, and the same person is above another')
def pairs():
    folder = folder_with(p_tsv='id\ta\tb\n1\tরীনা দাস\tRina Das\n2\tরীনা দাস\tMohan Lama\n')
    rows = [line.split('\t') for line in must_run('match', 'pairs', folder / 'p.tsv', '--id', 'id', '--a', 'a', '--b', 'b').out.splitlines()]
    assert [row[0] for row in rows] == ['1', '2'], rows
    assert float(rows[0][1]) > 0 > float(rows[1][1]), rows


@tests('Standard input is read for a dash')
def stdin():
    done = subprocess.run([str(harness.SANJAL), 'match', 'pairs', '-', '--id', 'id', '--a', 'a', '--b', 'b', '--explain'], input='id\ta\tb\nx\tRina\tRina\n'.encode(),
                          env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0 and done.stdout.decode().startswith('x\t'), done
    assert 'the same letters' in done.stdout.decode(), done.stdout
    assert done.stderr == b'', 'no progress where nobody looks on'


@tests('A search finds a girl by another script and says why in Bengali, without odds')
def search():
    folder = folder_with(r_csv=REGISTER, q_csv='qid,name,father,sex,age,district\n9,রীনা দাস,,F,14,Jorhat\n')
    ran = must_run('match', 'search', '--register', folder / 'r.csv', '--queries', folder / 'q.csv', '--map', MAP, '--top', '2', '--explain', '--language', 'bn')
    first = ran.out.splitlines()[0].split('\t')
    assert first[:2] == ['9', '1'] and first[3] == '1', ran
    assert 'নাম' in first[4] and not any(c.isdigit() for c in first[4]), first
    assert 'p50' in ran.err and 'bytes each' in ran.err, ran


@tests('A list ranks the right name first')
def rank():
    folder = folder_with(c_tsv='1\tRina Das\n2\tMohan Lama\n3\tSalma Khatun\n', q_tsv='7\tset\tDeva\tसलमा खातून\n')
    ran = must_run('match', 'rank', '--corpus', folder / 'c.tsv', '--queries', folder / 'q.tsv', '--top', '1')
    assert ran.out.split('\t')[:2] == ['7', '3'], ran


@tests('Two lists are linked across, one list within itself')
def link():
    given, family = ['Rina', 'Mohan', 'Salma', 'Bijoy', 'Dipali', 'Utpal'], ['Das', 'Lama', 'Khatun', 'Rabha', 'Nath']
    rows = [f'{n},{given[n % 6]} {family[n % 5]},19{60 + n}-0{1 + n % 9}-1{n % 9}' for n in range(30)]
    other = [f'b{row[:1]}{row[1:]}'.replace('Rina', 'Reena') for row in rows]
    folder = folder_with(a_csv='id,name,born\n' + '\n'.join(rows) + '\n', b_csv='id,name,born\n' + '\n'.join(other) + '\n')
    ran = must_run('match', 'link', folder / 'a.csv', folder / 'b.csv', '--id', 'id', '--map', 'name=name,born=born', '--min', '5')
    found = {tuple(line.split('\t')[:2]) for line in ran.out.splitlines()}
    assert {(str(n), f'b{n}') for n in range(30)} <= found, ran
    assert all(not a.startswith('b') and b.startswith('b') for a, b in found), found
    must_run('match', 'link', folder / 'a.csv', '--id', 'id', '--map', 'name=name,born=born')


@tests('A malformed row is refused with its file and line, and says what to do')
def malformed():
    folder = folder_with(r_csv=REGISTER + '4,only two\n', q_csv='qid,name,father,sex,age,district\n', p_tsv='id\ta\tb\n1\tx\n')
    ran = run('match', 'search', '--register', folder / 'r.csv', '--queries', folder / 'q.csv', '--map', MAP)
    assert ran.code == 1 and 'r.csv:5' in ran.err and 'Mend the row' in ran.err, ran
    ran = run('match', 'pairs', folder / 'p.tsv', '--id', 'id', '--a', 'a', '--b', 'b')
    assert ran.code == 1 and 'p.tsv:2' in ran.err, ran
    (folder / 'bad.tsv').write_bytes(b'id\ta\tb\n1\t\xff\tx\n')
    ran = run('match', 'pairs', folder / 'bad.tsv', '--id', 'id', '--a', 'a', '--b', 'b')
    assert ran.code == 1 and 'UTF-8' in ran.err, ran


@tests('A wrong column, map, number or file is said plainly; a wrong command shows the usage')
def wrong_words():
    folder = folder_with(r_csv=REGISTER)
    for words, said in ((['link', folder / 'r.csv', '--id', 'nr', '--map', 'name=name'], 'no column'), (['link', folder / 'r.csv', '--id', 'id', '--map', 'nose=name'], 'A map knows'),
                        (['link', folder / 'r.csv', '--id', 'id', '--map', 'name=name', '--min', 'much'], 'least score'), (['link', folder / 'none.csv', '--id', 'id', '--map', 'name=name'], 'cannot be opened')):
        ran = run('match', *words)
        assert ran.code == 1 and said in ran.err, ran
    assert run('match', 'guess').code == 2


if __name__ == '__main__':
    sys.exit(tests.main())
