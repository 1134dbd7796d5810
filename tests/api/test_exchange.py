#!/usr/bin/python3
"""Tables over HTTP: upload, preview, dry run, import with progress, refused rows, undo, column maps and exports; who may do
what, and what nobody sees."""

import csv
import io
import json
import sys
import time
import uuid

from harness import Lazy, Several, Tests, check_problem, must_run, report, two_children
from tables import csv_of, inline, workbook

tests = Tests()
the_node = Lazy()
kept = {}
MARK = 'চিহ্ন' + uuid.uuid4().hex[:10]
XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
NEVER = '0199a000-0000-7000-8000-000000000000'


def officers():
    """A nodal officer of the police unit, one of the shelter, and one of another police unit."""
    if 'officers' not in kept:
        node = the_node()
        node.stop()
        units = {account['role']: account['unit'] for account in reversed(node.accounts())}
        units['other'] = must_run('unit', 'add', node.directory, '--code', 'OTH', '--title', 'Other police', '--kind', 'police', '--json').json()['unit']
        made = {}
        for name, role, unit in (('nodal-police', 'police', units['police']), ('nodal-shelter', 'shelter', units['shelter']), ('nodal-other', 'police', units['other']), ('constable', 'police', units['police'])):
            nodal = ['--nodal'] if name.startswith('nodal') else []
            made[name] = must_run('user', 'add', node.directory, '--name', name, '--role', role, '--unit', unit, *nodal, '--json').json()['password']
        node.serve()
        kept['officers'] = made
    return kept['officers']


def officer(name='nodal-police'):
    passwords = officers()
    if name not in kept:
        client = the_node().anonymous()
        assert client.sign_in(name, passwords[name]).status == 201
        kept[name] = client
    return kept[name]


def upload(client, content, media='text/csv'):
    got = client.raw('POST', '/api/v1/import-files', content if isinstance(content, bytes) else content.encode(), {'Content-Type': media, 'X-CSRF-Token': client.csrf or ''})
    return got


def uploaded(client, content, media='text/csv'):
    got = upload(client, content, media)
    assert got.status == 201, got
    return got.json['file']


def imported(client, content, **how):
    """Imports and waits for the end."""
    begun = client.post('/imports', {'file': uploaded(client, content), **(how or {'format': 'htcds-csv'})})
    assert begun.status == 202, begun
    return finished(client, begun.json['import'])


def finished(client, batch):
    for _ in range(2400):
        got = client.get(f'/imports/{batch}')
        assert got.status == 200, got
        if 'progress' not in got.json and got.json['state'] != 'running':
            return got.json
        time.sleep(0.05)
    raise AssertionError('the import does not end')


def listed(client, kind):
    got = client.get(f'/records?type={kind}')
    assert got.status == 200, got
    return got.json['records']


def exported(client, format='htcds-csv', **query):
    query.setdefault('reason', 'test')
    return client.get(f'/exports/{format}?' + '&'.join(f'{name}={value}' for name, value in query.items()))


def rows_of(got):
    assert got.status == 200, got
    return list(csv.DictReader(io.StringIO(got.body.decode('utf-8-sig'))))


TABLE = csv_of(['prs_FirstName', 'prs_SecondName', 'prs_Gender', 'vic_TypeOfExploitation', 'cas_Status', 'con_Consent'],
               [[MARK, 'Rai', 'Feminine', 'ForcedLabour;Servitude', 'Closed', 'TRUE'], ['Mina', '', 'Masculine', '', '', ''], ['bad "quote', '', '', '', '', '']]).replace('"bad ""quote"', 'bad "quote')


@tests('a table is uploaded, previewed and checked; nothing is imported by that, and the preview proposes a map')
def look():
    client = officer()
    before = len(listed(client, 'case'))
    file = uploaded(client, 'Name of victim;Sex;Age;Shoe size\nAsha;female;12;37\nMina;male;13;38\n')
    got = client.get(f'/import-files/{file}/preview')
    assert got.status == 200 and got.json['headers'] == ['Name of victim', 'Sex', 'Age', 'Shoe size'], got
    assert [row['cells'][0] for row in got.json['rows']] == ['Asha', 'Mina'], got
    columns = {name: rule.get('into') for name, rule in got.json['proposed']['columns'].items()}
    assert columns == {'Name of victim': 'person.names', 'Sex': 'person.sex', 'Age': 'person.age'}, columns
    checked = client.post(f'/import-files/{file}/check', {'map': got.json['proposed']})
    assert checked.status == 200 and (checked.json['rows'], checked.json['imported'], checked.json['refused']) == (2, 2, 0), checked
    file = uploaded(client, TABLE)
    preview = client.get(f'/import-files/{file}/preview').json
    assert 'htcds-csv' in preview['formats'] and preview['rows'][2]['wrong'], preview
    assert preview['proposed']['columns']['prs_Gender']['into'] == 'person.sex', preview['proposed']
    assert len(listed(client, 'case')) == before


@tests('an import goes on after its answer, its rows are seen when it is complete, refused rows are fetched, and it is undone')
def whole():
    client = officer()
    before = {record['id'] for record in listed(client, 'person')}
    done = imported(client, TABLE)
    assert (done['state'], done['rows'], done['imported'], done['refused']) == ('complete', 3, 2, 1), done
    new = [record for record in listed(client, 'person') if record['id'] not in before]
    assert len(new) == 2 and any(record['fields']['names'] == [MARK + ' Rai'] for record in new), new
    got = client.get(f'/imports/{done["import"]}/refused')
    assert got.status == 200 and 'bad "quote' in got.body.decode() and got.body.decode().startswith('line,reason,row\n4,'), got
    assert any(one['import'] == done['import'] for one in client.get('/imports').json['imports'])
    # Nobody's duty of today, and nobody asked them.
    for part in listed(client, 'part'):
        if part['fields'].get('person') in {record['id'] for record in new}:
            assert client.get(f'/records/{part["id"]}/tasks').json['tasks'] == []
            assert client.get(f'/records/{part["id"]}/clocks').json['clocks'] == []
    consents = [one for one in listed(client, 'consent') if one['fields'].get('person') in {record['id'] for record in new}]
    assert len(consents) == 2 and all(one['fields']['C_match'] == {'none': 'unknown'} for one in consents), consents
    undone = client.post(f'/imports/{done["import"]}/undo', {})
    assert undone.status == 200 and undone.json['state'] == 'undone', undone
    assert {record['id'] for record in listed(client, 'person')} == before
    check_problem(client.post(f'/imports/{done["import"]}/undo', {}), 409)


@tests('a workbook over HTTP, sealed on the disk, gives the same records; what is damaged is said at once')
def over_http_workbook():
    client = officer()
    file = uploaded(client, workbook(inline([['prs_FirstName', 'prs_Gender'], ['First Name', 'Gender'], [MARK + 'x', 'Feminine']])), XLSX)
    assert client.post(f'/import-files/{file}/check', {'format': 'htcds-xlsx'}).json['imported'] == 1
    for folder in (the_node().directory,):
        for path in folder.rglob('*'):
            if path.is_file() and 'ledger' not in path.name:
                assert MARK.encode() not in path.read_bytes(), f'{path} holds a name in the clear'
    done = finished(client, client.post('/imports', {'file': file, 'format': 'htcds-xlsx'}).json['import'])
    assert done['state'] == 'complete' and done['imported'] == 1, done
    client.post(f'/imports/{done["import"]}/undo', {})
    broken = uploaded(client, b'PK\x03\x04 nothing', XLSX)
    problem = check_problem(client.post('/imports', {'file': broken, 'format': 'htcds-xlsx'}), 422)
    assert problem['code'] == 'workbook.damaged', problem
    late = uploaded(client, workbook(inline([['prs_FirstName']] + [[f'A{i}'] for i in range(300)]) + '<row><c></row>'), XLSX)
    done = finished(client, client.post('/imports', {'file': late, 'format': 'htcds-xlsx'}).json['import'])
    assert done['state'] == 'failed' and done['code'] == 'workbook.xml' and len(done['detail']) > 30, done


@tests('importing is for the nodal officer; another unit sees nothing of it, and nobody fetches the uploaded file itself')
def who():
    client = officer()
    file = uploaded(client, TABLE)
    done = imported(client, TABLE)
    ordinary = officer('constable')
    other = officer('nodal-other')
    with Several() as several:
        for method, path, body in (('GET', f'/import-files/{file}/preview', None), ('POST', f'/import-files/{file}/check', {'format': 'htcds-csv'}), ('POST', '/imports', {'file': file, 'format': 'htcds-csv'}),
                                   ('GET', f'/imports/{done["import"]}', None), ('GET', f'/imports/{done["import"]}/refused', None), ('POST', f'/imports/{done["import"]}/undo', {})):
            with several.case(f'{method} {path}'):
                check_problem(ordinary.call(method, path, body), 403)
                got = other.call(method, path, body)
                check_problem(got, 404)
                never = other.call(method, path.replace(file, NEVER).replace(done['import'], NEVER), None if body is None else json.loads(json.dumps(body).replace(file, NEVER)))
                assert got.body.decode().replace(file, '').replace(done['import'], '') == never.body.decode().replace(NEVER, ''), (got, never)
                assert MARK not in got.everything()
    check_problem(upload(ordinary, TABLE), 403)
    check_problem(ordinary.post('/column-maps', {'name': 'x', 'map': {}}), 403)
    assert other.get('/imports').json['imports'] == []
    # The file holds every class side by side: nobody has it as a file.
    files = client.get(f'/records/{file}/files')
    assert files.status in (404, 200) and (files.status == 404 or files.json['files'] == []), files
    shown = client.get(f'/records/{file}')
    assert MARK not in shown.everything()
    assert client.post(f'/imports/{done["import"]}/undo', {}).status == 200


@tests('what the role does not write goes into no field, and the import says so')
def role():
    client = officer('nodal-shelter')
    done = imported(client, csv_of(['prs_FirstName', 'vic_TypeOfExploitation'], [['Asha', 'ForcedLabour']]))
    assert done['imported'] == 1 and any('case.exploitation' in note for note in done['notes']), done
    row = rows_of(exported(client, 'csv'))[-1]
    assert row['person.names'] == 'Asha' and row['case.exploitation'] == '', row
    client.post(f'/imports/{done["import"]}/undo', {})


@tests('a column map is saved, kept by its name, changed, and used')
def column_maps():
    client = officer()
    proposed = client.get(f'/import-files/{uploaded(client, "Name,Sex" + chr(10) + "Asha,F" + chr(10))}/preview').json['proposed']
    proposed['columns']['Sex']['to'] = {'F': 'female'}
    assert client.post('/column-maps', {'name': 'Register', 'map': proposed}).status == 201
    first = client.get('/column-maps').json['maps']
    assert [one['name'] for one in first] == ['Register'], first
    assert client.get('/column-maps/Register').json == proposed
    proposed['columns']['Town'] = {'class': 'identity'}
    assert client.post('/column-maps', {'name': 'Register', 'map': proposed}).json['record'] == first[0]['record']
    assert client.get('/column-maps/Register').json == proposed
    history = client.get(f'/records/{first[0]["record"]}/history')
    assert history.status in (200, 403), history
    done = imported(client, 'Name,Sex\nAsha,F\n', map='Register')
    assert done['state'] == 'complete' and done['format'] == 'Register', done
    assert rows_of(exported(client, 'csv', map='Register'))[-1]['Sex'] == 'F'
    client.post(f'/imports/{done["import"]}/undo', {})
    check_problem(client.get('/column-maps/Nothing'), 404)
    check_problem(client.post('/column-maps', {'name': 'Bad', 'map': {'columns': {}}}), 422)


@tests('an export shows what its actor may read and no more: not another unit\'s, not what is withheld, not what is sealed')
def exports():
    secret = 'told-by-' + uuid.uuid4().hex
    police = the_node().client('police')
    body = two_children(names=[MARK + ' one', MARK + ' two'])
    body['answers']['person'][0]['urgent_hurt'] = 'yes'
    case = report(police, body)['records']['case']
    got = police.patch(f'/records/{case}', {'fields': {'told_by': secret}})
    assert got.status == 200, got
    for format in ('csv', 'htcds-csv'):
        got = exported(police, format)
        assert got.body.decode().count(MARK + ' one') == 1 and secret not in got.body.decode(), got
    mine = [row for row in rows_of(exported(police, 'csv')) if row['person.names'] == MARK + ' one']
    assert mine[0]['person.urgent_hurt'] == '' and mine[0]['case.place_found'], mine  # medical: police writes it and does not read it
    assert exported(police, 'xlsx').headers['content-type'] == XLSX
    other = officer('nodal-other')
    assert rows_of(exported(other, 'csv')) == [] and rows_of(exported(other, 'htcds-csv')) == []
    assert MARK not in exported(the_node().client('shelter'), 'csv').body.decode()


@tests('an export wants to know what it is for, and is in the access log before its bytes are given')
def logged():
    police = the_node().client('police')
    check_problem(police.get('/exports/htcds-csv'), 422)
    check_problem(exported(police, 'nothing'), 422)
    check_problem(exported(police, 'ctdc-k11'), 422)
    check_problem(exported(police, 'csv', more='x'), 422)
    assert exported(police, 'csv', reason='quarterly-figures').status == 200
    node = the_node()
    node.kill()
    node.serve()
    kept.clear()
    found = must_run_access(node)
    assert 'quarterly-figures' in found, 'the export is not in the log'


def must_run_access(node):
    """What the ledger says of reads: the newest entries of kind access.logged, over a second's tick, or at the stop."""
    node.stop()
    out = node.folder / 'entries'
    must_run('export', node.directory, '--purpose', 'test', '--out', out)
    import base64
    text = out.read_text('utf-8')
    found = ''
    for part in text.replace('"', '~').split('~'):
        try:
            found += base64.urlsafe_b64decode(part + '=' * (-len(part) % 4)).decode('utf-8', 'replace')
        except ValueError:
            continue
    node.serve()
    return found


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
