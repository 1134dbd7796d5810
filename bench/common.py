"""What the commands of bench/ share: the harness of tests/api, a load, and one way to print a figure beside its baseline."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'tests/api'))

os.environ.setdefault('SANJAL_SESSIONS_MAX', '0')
os.environ.setdefault('SANJAL_READS_PER_DAY', '0')
os.environ.setdefault('SANJAL_READS_PER_WEEK', '0')
os.environ.setdefault('SANJAL_WRITES_PER_MINUTE', '0')  # what is measured is the node, not how often one account may write
import harness  # noqa: E402
from harness import BUILD, SHARED, Node, Skip, environment, instant, must_run, two_children  # noqa: E402,F401

SUBMIT = '/api/v1/forms/rescue_report/submissions'


def options(description, *more):
    """--quick for a first look; the rest by name, default, help."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--quick', action='store_true', help='small and short: to see that it runs, not to quote')
    for name, default, text in more:
        parser.add_argument(name, default=default, type=type(default), help=f'{text} ({default})')
    return parser.parse_args()


def tool(name):
    """A program of bench/, built now: one that is older than the node would measure something else."""
    done = subprocess.run(['ninja', '-C', str(BUILD), name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f'{name} could not be built: {done.stdout[-1500:]}')
    return BUILD / name


def figure(what, value, unit, **beside):
    """One figure as one JSON line, and in words for people on stderr."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in beside.items()}
    print(json.dumps({'figure': what, 'value': round(value, 4), 'unit': unit, **rounded}, ensure_ascii=False), flush=True)


def machine():
    model = next((line.split(':', 1)[1].strip() for line in Path('/proc/cpuinfo').read_text().splitlines() if line.startswith('model name')), '?')
    figure('machine', os.cpu_count() or 0, 'cores', model=model, store=harness.wanted_store(), build=BUILD.name)


def one_child():
    """The body of one report, with a place for a number that makes each one new."""
    return json.dumps(two_children(names=['মেয়ে @N@']), ensure_ascii=False)


class Load:
    """Runs bench_load against a node in the name of its police account."""

    def __init__(self, node, client=None):
        self.node = node
        self.client = client or node.client('police')
        self.folder = Path(tempfile.mkdtemp(prefix='sanjal-load-', dir=node.folder))

    def run(self, clients, seconds, *, body=None, paths=None):
        args = [str(tool('bench_load')), '--port', str(self.node.port), '--clients', str(clients), '--seconds', str(seconds),
                '--header', f'Cookie: {self.client.cookie}']
        if body is not None:
            path = self.folder / 'body'
            path.write_text(body, encoding='utf-8')
            args += ['--header', f'X-CSRF-Token: {self.client.csrf}', '--post', SUBMIT, '--body', str(path)]
        else:
            path = self.folder / 'paths'
            path.write_text('\n'.join(paths) + '\n', encoding='utf-8')
            args += ['--get', str(path)]
        done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            sys.exit(f'bench_load: {done.stdout.decode()} {done.stderr.decode()}')
        return json.loads(done.stdout)


HEADER = ('yearOfRegistration,gender,ageBroad,citizenship,isForcedLabour,isSexualExploit,CountryOfExploitation,nacionalidade_lat,nacionalidade_long,'
          'nacionalidade,pais_exploracao_lat,pais_exploracao_long,pais_exploracao,nacionalidade_alpha3,pais_exploracao_alpha3\n')


def made_up_csv(path, rows):
    """Rows in the shape of the published file, made up."""
    countries = [('NP', 'NPL', 'Nepal', '28.39', '84.12'), ('BD', 'BGD', 'Bangladesh', '23.68', '90.35'), ('MM', 'MMR', 'Myanmar', '21.91', '95.95'),
                 ('PH', 'PHL', 'Philippines', '12.87', '121.77')]
    ages = ['0--8', '9--17', '18--20', '21--23', '24--26', '27--29', '30--38', '39--47', '']
    with open(path, 'w', encoding='utf-8') as out:
        out.write(HEADER)
        for i in range(rows):
            two, three, name, lat, long = countries[i % len(countries)]
            out.write(f'{2005 + i % 14},{("Female", "Male")[i % 3 == 0]},{ages[i % len(ages)]},{two},{i % 2}.0,{(i + 1) % 2}.0,IN,{lat},{long},{name},'
                      f'20.59,78.96,India,{three},IND\n')
    return path


def filled(node, rows):
    """Stops the node, imports that many rows, gives what import said."""
    if node.process is not None:
        node.stop()
    return must_run('import', node.directory, '--format', 'ctdc-k11', made_up_csv(node.folder / 'made_up.csv', rows), '--json', timeout=7200).json()


def size_on_disk(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob('*') if path.is_file())
