#!/usr/bin/python3
"""What README.md tells people to type works as it stands there: sign in, report, clocks, export, verify."""

import os
import re
import subprocess
import sys

from harness import REPOSITORY, BUILD, Lazy, Skip, Tests, wanted_store

tests = Tests()
the_node = Lazy()


def blocks():
    return re.findall(r'^```sh\n(.*?)^```', (REPOSITORY / 'README.md').read_text('utf-8'), re.M | re.S)


def shell(text, folder):
    node = the_node()
    text = text.replace('http://127.0.0.1:8080', node.url).replace('build/demo', str(node.data)).replace('build/release/', f'{BUILD}/')
    text = text.replace('tests/verify/', f'{REPOSITORY}/tests/verify/').replace('python3 ', '/usr/bin/python3 ')
    env = {name: value for name, value in os.environ.items() if not name.startswith('SANJAL_PASS')}
    done = subprocess.run(['bash', '-euo', 'pipefail', '-c', text], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    said = done.stdout.decode('utf-8', 'replace')
    assert done.returncode == 0, said[-1500:]
    return said


@tests('the commands of README.md sign in, report two children and show a running clock; export and both verifiers accept')
def walk():
    if wanted_store() == 'postgres':
        raise Skip("the README's demo is on SQLite")
    node = the_node()
    folder = node.folder / 'readme'
    folder.mkdir()
    sign_in, report, check = blocks()
    said = shell(sign_in + report + 'echo "case=$case" > kept\n', folder)
    assert '"state":"running"' in said and 'in.jj.s31.produce_cwc' in said, said[-1500:]
    node.stop()
    said = shell('. ./kept\n' + check, folder)
    assert said.count('ACCEPTED') == 3 and 'erased         by 1' in said, said


@tests('the walk of docs/walk.md: a child from report to restoration and a woman from report to compensation, through seven units')
def seven_units():
    if wanted_store() == 'postgres':
        raise Skip("the walk's demo is on SQLite")
    node = the_node()
    if node.process is None:
        node.serve()
    folder = node.folder / 'walk'
    folder.mkdir()
    said = shell(''.join(re.findall(r'^```sh\n(.*?)^```', (REPOSITORY / 'docs/walk.md').read_text('utf-8'), re.M | re.S)), folder)
    for wanted in ('nobody has seen', 'Signed by 2 of 3', 'has not agreed', '%PDF-'):
        assert wanted in said, f'{wanted}\n{said[-1500:]}'


@tests('the tutorial makes a pack from nothing, word for word')
def tutorial():
    import shutil
    import tempfile
    text = (REPOSITORY / 'docs/tutorial-pack.md').read_text('utf-8')
    with tempfile.TemporaryDirectory(prefix='sanjal-tutorial-') as folder:
        shutil.copytree(REPOSITORY / 'packs', f'{folder}/packs')
        script = '\n'.join(re.findall(r'^```sh\n(.*?)^```', text, re.M | re.S))
        done = subprocess.run(['bash', '-euo', 'pipefail', '-c', script], cwd=folder, env={**os.environ, 'PATH': f'{BUILD}:{os.environ["PATH"]}'}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              check=False)
        said = done.stdout.decode('utf-8', 'replace')
        assert done.returncode == 0, said[-1500:]
        for wanted in ('should be no_limit and is late', 'A clock has no "natur"', 'clocks.yaml:6', 'was "6 hours" and is "4 hours"', 'The pack: version was 1 and is 2.', 'as expected'):
            assert wanted in said, f'{wanted}\n{said}'
        assert said.count('The pack is sound.') == 2 and said.count('1 passed, 0 failed') == 2, said


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
