#!/usr/bin/python3
"""Tables in and out from the command line: HTCDS 2.0 with every field and code, the thirteen pitfalls of its forms, round trips,
column maps, encodings, and workbooks that mean harm."""

import json
import os
import sys
import zipfile

from harness import SHARED, Skip, Tests, must_run, run
from tables import NAMES, Bare, csv_of, filled, inline, random_rows, read_csv, standard, text_of, workbook

tests = Tests()
kept = {}


def node():
    """For tests that look at refusals and dry runs alone."""
    if 'node' not in kept:
        kept['node'] = Bare()
    return kept['node']


def taken(columns, rows, *more, name='in.csv', format='htcds-csv'):
    """What a fresh node has after this table: (rows of the HTCDS export without their empty cells, what the import said)."""
    with Bare() as one:
        content = rows if isinstance(rows, bytes) else csv_of(columns, rows)
        said = one.take(one.file(name, content), *more, format=format)
        return [filled(row) for row in one.rows()], said


def openpyxl():
    try:
        import openpyxl as found
    except ImportError:
        raise Skip('python3-openpyxl is not on this machine: tools/setup.sh test') from None
    return found


def book_of(rows, change=None):
    """A workbook made by another program."""
    import io
    made = openpyxl().Workbook()
    for row in rows:
        made.active.append(row)
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


# --- the standard --------------------------------------------------------------------------------------------------------

@tests('the pack knows all 84 fields and 182 codes of HTCDS 2.0, letter by letter')
def whole_standard():
    fields = standard()
    assert len(fields) == 84 and sum(len(f['codes']) for n, f in fields.items() if 'Language' not in n) == 182, (len(fields), sum(len(f['codes']) for f in fields.values()))
    path = SHARED / 'standards/htcds-2.0.json'
    if not path.exists():
        raise Skip('skipped aloud: htcds-2.0.json is not on this machine; set SANJAL_SHARED')
    for field in json.loads(path.read_text('utf-8'))['fields']:
        ours = fields[field['name']]
        assert ours['label'] == field['label'].replace('\u00a0', ' ').strip(), (ours, field)
        if 'codes' in field:
            assert ours['codes'] == {c['code']: c['label'].replace('\u00a0', ' ').strip() for c in field['codes']}, field['name']


@tests('each of the 182 codes comes in by its code and by its label, and goes out as its code')
def every_code():
    fields = {name: field for name, field in standard().items() if field['codes'] and 'Language' not in name}
    most = max(len(field['codes']) for field in fields.values())
    for by_label in (False, True):
        rows = [[(list(field['codes'].items())[i][by_label] if i < len(field['codes']) else '') for field in fields.values()] for i in range(most)]
        got, said = taken(list(fields), rows)
        assert said['imported'] == most and 'not_understood' not in said, said
        for i in range(most):
            want = {name: list(field['codes'])[i] for name, field in fields.items() if i < len(field['codes'])}
            assert got[i] == want, (by_label, i, got[i], want)


@tests('a round trip: rows of every field go in, come out, go into another node and come out byte for byte; as CSV, as workbook, and in our own form')
def round_trip():
    for seed in range(int(os.environ.get('SANJAL_SEEDS', '3'))):
        rows = random_rows(seed, 40)
        with Bare() as first, Bare('ngo') as second, Bare() as third, Bare() as fourth:
            said = first.take(first.file('in.csv', text_of(rows)))
            assert said['imported'] == len(rows) and said['refused'] == 0, (seed, said)
            out = first.give()
            got = [filled(row) for row in read_csv(out)]
            for row, one in zip(rows, got):
                # An apostrophe is what keeps a spreadsheet program from running a cell; a reader of ours takes it away.
                want = {name: ("'" + cell if cell.lstrip("'")[:1] in ('=', '+', '-', '@', '\t') and cell else cell) for name, cell in row.items() if cell.strip()}
                assert one == want, f'seed {seed}: {one} is not {want}'
            second.take(out)
            assert second.give().read_bytes() == out.read_bytes(), f'seed {seed}: CSV'
            third.take(first.give('htcds-xlsx'), format='htcds-xlsx')
            assert third.give().read_bytes() == out.read_bytes(), f'seed {seed}: workbook'
            fourth.take(first.give('xlsx'), format='xlsx')
            assert fourth.give('csv').read_bytes() == first.give('csv').read_bytes(), f'seed {seed}: our own'


@tests('a field that was changed after the import is written as it is now, and an erased one not at all')
def changed():
    with Bare() as one:
        one.take(one.file('in.csv', csv_of(['prs_FirstName', 'prs_SecondName', 'prs_Gender', 'cas_Status'], [['Asha', 'Rai', 'Feminine', 'Active']])))
        plain = one.rows('csv')[0]
        assert (plain['person.names'], plain['person.sex'], plain['part.as']) == ('Asha Rai', 'female', 'survivor'), plain
        person = next(iter(person_ids(one)))
        said = must_run('erase', one.directory, '--record', person, '--field', 'names', '--reason', 'asked', '--approve', 'a', '--approve', 'b', '--json').json()
        got = filled(one.rows()[0])
        assert 'prs_FirstName' not in got and 'prs_SecondName' not in got and got['prs_Gender'] == 'Feminine', got
        # The cell as it stood is another record's, and the answer says which.
        assert len(said['also_erase']) == 1, said
        must_run('erase', one.directory, '--record', said['also_erase'][0], '--reason', 'asked', '--approve', 'a', '--approve', 'b')
        assert filled(one.rows()[0]) == {'prs_Gender': 'Feminine'}, one.rows()


def person_ids(one):
    """From our own verifiable export: the records of type person."""
    import base64
    out = one.folder / 'entries'
    must_run('export', one.directory, '--purpose', 'test', '--out', out)
    found = set()
    for line in out.read_text('utf-8').splitlines():
        for part in line.replace('"', '~').split('~'):
            try:
                salted = json.loads(base64.urlsafe_b64decode(part + '=' * (-len(part) % 4)))
            except ValueError:
                continue
            if isinstance(salted, list) and len(salted) == 3 and salted[1] == 'head' and salted[2]['do'] == 'person.opened':
                found.add(salted[2]['rec'])
    assert found, 'the export names no person'
    return found


# --- the thirteen pitfalls -----------------------------------------------------------------------------------------------

@tests('pitfall 1: the three names that the XLSForm renames are the standard\'s')
def pitfall_renamed():
    got, _ = taken(['prs_First_Name', 'prs_Second_Name', 'vic_Methods_of_Control'], [['Asha', 'Rai', 'DebtBondage']])
    assert got == [{'prs_FirstName': 'Asha', 'prs_SecondName': 'Rai', 'vic_MethodsOfControl': 'DebtBondage'}], got


@tests('pitfall 2: prs_Title stays a title, though the XLSForm labels it "Second Name"')
def pitfall_title():
    rows = [['prs_FirstName', 'prs_SecondName', 'prs_Title'], ['First Name', 'Second Name', 'Second Name'], ['Asha', 'Rai', 'Dr']]
    got, said = taken(None, workbook(inline(rows)), name='in.xlsx', format='htcds-xlsx')
    assert got == [{'prs_FirstName': 'Asha', 'prs_SecondName': 'Rai', 'prs_Title': 'Dr'}], got
    assert any('prs_Title' in note and 'the name counts' in note for note in said['notes']), said


@tests('pitfall 3: a code or label with a space behind it is the code')
def pitfall_trailing_space():
    got, said = taken(['vic_MethodsOfControl'], [['DebtBondage '], ['Debt bondage '], ['DebtBondage ;FalsePromises ']])
    assert [row['vic_MethodsOfControl'] for row in got] == ['DebtBondage', 'DebtBondage', 'DebtBondage;FalsePromises'], got
    assert 'not_understood' not in said, said


@tests('pitfall 4: the misspelt header vic_TraffickinStatusDecisionMakingOrg is known')
def pitfall_misspelt_header():
    got, _ = taken(['vic_TraffickinStatusDecisionMakingOrg'], [['Police']])
    assert got == [{'vic_TraffickingStatusDecisionMakingOrg': 'Police'}], got


@tests('pitfall 5: a column that has a label and no name is known by its label')
def pitfall_no_name():
    rows = [[None, 'cas_Status', None], [None, 'Status', 'Reason for Outgoing Referral'], ['1', 'Active', 'Additional Services Required']]
    got, _ = taken(None, workbook(inline(rows)), name='in.xlsx', format='htcds-xlsx')
    assert got == [{'cas_Status': 'Active', 'cas_ReasonForOutgoingReferral': 'AdditionalServicesRequired'}], got


@tests('pitfall 6: where name and label disagree (columns N to R), the label that the person saw counts, and the import says so')
def pitfall_addresses():
    names = ['prs_MailingCity', 'prs_MailingCountry', 'prs_MailingState', 'prs_MailingStreet', 'prs_MailingPostalCode']
    labels = ['Mailing Street', 'Mailing City', 'Mailing State/Province', 'Mailing Zip/Postal Code', 'Mailing Country']
    got, said = taken(None, workbook(inline([names, labels, ['Fancy Bazar', 'Guwahati', 'Assam', '781001', 'India']])), name='in.xlsx', format='htcds-xlsx')
    assert got == [{'prs_MailingStreet': 'Fancy Bazar', 'prs_MailingCity': 'Guwahati', 'prs_MailingState': 'Assam', 'prs_MailingPostalCode': '781001', 'prs_MailingCountry': 'India'}], got
    assert sum('the label counts' in note for note in said['notes']) == 4, said


@tests('pitfall 7: labels in another case are the same labels')
def pitfall_case():
    got, _ = taken(['cas_Status', 'cas_ReasonForIncomingReferral'], [['Follow up', 'Migration Or Change Of Location']])
    assert got == [{'cas_Status': 'FollowUp', 'cas_ReasonForIncomingReferral': 'MigrationOrChangeOfLocation'}], got


@tests('pitfall 8: citizenship is one or several, codes or English names')
def pitfall_citizenship():
    got, said = taken(['prs_Citizenship'], [['NP'], ['NP;IN'], ['Nepal; India'], ['Republic of India'], ['IN BD']])
    assert [row['prs_Citizenship'] for row in got] == ['NP', 'NP;IN', 'NP;IN', 'IN', 'IN;BD'], got
    assert 'not_understood' not in said, said


@tests('pitfall 9: several industries are kept, though the standard has room for one; a label with a semicolon is one label')
def pitfall_industry():
    got, _ = taken(['vic_ForcedLabourIndustry'], [['F_Construction C_Manufacturing'], ['Construction; Water supply; sewerage, waste management and remediation']])
    assert [row['vic_ForcedLabourIndustry'] for row in got] == ['F_Construction;C_Manufacturing', 'F_Construction;E_WaterSupplySewerageWasteManagement'], got


@tests('pitfall 10: a reason for referral written as free text is kept as it stands, and counted')
def pitfall_free_text():
    got, said = taken(['cas_ReasonForIncomingReferral'], [['She asked for it'], ['Other']])
    assert [row['cas_ReasonForIncomingReferral'] for row in got] == ['She asked for it', 'Other'], got
    assert said['not_understood'] == {'cas_ReasonForIncomingReferral': 1} and said['refused'] == 0, said


@tests('pitfall 11: Unaquainted is written as published, and Unacquainted is read as it')
def pitfall_unaquainted():
    got, _ = taken(['vic_RelationshipToTrafficker'], [['Unaquainted'], ['Unacquainted'], ['unacquainted ']])
    assert [row['vic_RelationshipToTrafficker'] for row in got] == ['Unaquainted'] * 3, got


@tests('pitfall 12: a file without the columns of outgoing referral and case owner is whole')
def pitfall_absent():
    without = [name for name in standard() if 'Outgoing' not in name and 'Referred' not in name and name != 'cas_CaseOwner']
    got, said = taken(without, [['x' if name == 'prs_Title' else '' for name in without]])
    assert got == [{'prs_Title': 'x'}] and said['imported'] == 1, (got, said)


@tests('pitfall 13: labels of gender end with a no-break space, and are the labels')
def pitfall_no_break():
    got, _ = taken(['prs_Gender'], [['Transgender Feminine\u00a0'], ['Not Specified/Unknown\u00a0'], ['\u00a0Masculine']])
    assert [row['prs_Gender'] for row in got] == ['TransgenderFeminine', 'NonSpecifiedUnknown', 'Masculine'], got


# --- what an import makes ------------------------------------------------------------------------------------------------

@tests('old people are asked first: their consent is not known, whatever the file says; the file\'s word is kept beside (P32)')
def consent():
    with Bare() as one:
        one.take(one.file('in.csv', csv_of(['prs_FirstName', 'con_Consent'], [['Asha', 'TRUE'], ['Mina', 'FALSE'], ['Rina', '']])))
        assert [row['con_Consent'] for row in one.rows()] == ['TRUE', 'FALSE', '']
        said = consents(one)
        assert len(said) == 3 and all('C_match' in fields and all(value == {'none': 'unknown'} for value in fields.values()) for fields in said), said


def consents(one):
    import base64
    out = one.folder / 'entries'
    must_run('export', one.directory, '--purpose', 'test', '--out', out)
    found = []
    for line in out.read_text('utf-8').splitlines():
        if '~' not in line:
            continue
        fields, verb = {}, ''
        for part in line.replace('"', '~').split('~'):
            try:
                salted = json.loads(base64.urlsafe_b64decode(part + '=' * (-len(part) % 4)))
            except ValueError:
                continue
            if isinstance(salted, list) and len(salted) == 3:
                if salted[1] == 'head':
                    verb = salted[2]['do']
                else:
                    fields[salted[1]] = salted[2]
        if verb == 'consent.opened':
            found.append({name: value for name, value in fields.items() if name.startswith('C_')})
    return found


@tests('somebody of whom the file says what part they had in the crime comes in as a suspect, and never as a survivor')
def suspect():
    with Bare() as one:
        one.take(one.file('in.csv', csv_of(['prs_FirstName', 'per_RoleInProcess'], [['Asha', ''], ['Broker', 'RecruiterOrIntermediary']])))
        assert [row['part.as'] for row in one.rows('csv')] == ['survivor', 'suspect']


@tests('columns that nobody knows, and columns without a header, are kept and come out again')
def unknown_columns():
    with Bare() as one, Bare() as two:
        said = one.take(one.file('in.csv', 'prs_FirstName,Shoe size,,Shoe size\nAsha,37,lost,38\n'))
        assert len(said['notes']) == 3, said
        row = one.rows()[0]
        assert json.loads(row['kept_beside']) == {'identity': {'Shoe size': '37', 'Column C': 'lost', 'Shoe size (Column D)': '38'}}, row
        two.take(one.give())
        assert two.give().read_bytes() == one.give().read_bytes()


@tests('a row of nothing but separators is no row, and a file without any known column is refused')
def empty_rows():
    with Bare() as one:
        said = one.take(one.file('in.csv', 'prs_FirstName,prs_Title\n,\nAsha,\n , \n'))
        assert said['rows'] == 1 and said['imported'] == 1, said
    assert node().refuse(node().file('x.csv', 'a,b\n1,2\n'))['code'] == 'import.header'
    assert node().refuse(node().file('x.csv', ''))['code'] == 'import.header'


# --- column maps ---------------------------------------------------------------------------------------------------------

MAP = {
    'makes': {'case': {'type': 'case'}, 'person': {'type': 'person'}, 'part': {'type': 'part', 'case': 'case', 'person': 'person', 'as': 'survivor'},
              'consent': {'type': 'consent', 'person': 'person'}, 'row': {'type': 'imported_row', 'about': 'part'}},
    'keep': 'row', 'not_known': ['consent'],
    'columns': {'Name of victim': {'into': 'person.names'}, 'M/F': {'into': 'person.sex', 'to': {'F': 'female', 'M': 'male'}}, 'Age': {'into': 'person.age'},
                'Minor?': {'into': 'person.under_18', 'to': {'Y': 'yes', 'N': 'no'}}, 'FIR': {'into': 'case.fir_number', 'strict': True}, 'Found': {'into': 'case.found_at'},
                'Remarks': {'class': 'legal'}},
}


@tests('any table comes in by a column map that is saved, and that another node takes from a file')
def column_map():
    table = 'Name of victim;M/F;Age;Minor?;FIR;Found;Remarks\nAsha Rai;F;about 16;Y;12/2019;2019-04-05T10:30:00;thin\nX;Q;old;Z;;;\n'
    with Bare() as one, Bare() as two:
        path = one.file('map.json', json.dumps(MAP))
        must_run('map', 'save', one.directory, path, '--name', 'Shelter register')
        assert must_run('map', 'list', one.directory, '--json').json() == {'maps': ['Shelter register']}
        said = one.take(one.file('in.csv', table), '--map', 'Shelter register')
        assert said['imported'] == 2 and said['not_understood'] == {'M/F': 1, 'Age': 1, 'Minor?': 1}, said
        first, second = (filled(row) for row in one.rows('csv'))
        want = {'person.names': 'Asha Rai', 'person.sex': 'female', 'person.age': 'about 16', 'person.under_18': 'yes', 'case.fir_number': '12/2019', 'case.found_at': '2019-04-05T10:30:00+05:30'}
        assert want.items() <= first.items(), first
        assert 'person.sex' not in second and json.loads(second['kept_beside'])['identity']['M/F'] == 'Q', second
        shared = two.file('shared.json', must_run('map', 'show', one.directory, '--name', 'Shelter register').out)
        out = one.folder / 'again.csv'
        must_run('export', one.directory, '--format', 'csv', '--map', 'Shelter register', '--purpose', 'test', '--out', out)
        two.take(out, '--map', str(shared))
        again = two.folder / 'again.csv'
        must_run('export', two.directory, '--format', 'csv', '--map', str(shared), '--purpose', 'test', '--out', again)
        assert out.read_bytes() == again.read_bytes(), (out.read_text(), again.read_text())


@tests('a strict column refuses its row, with the line and the reason, and the row as it stood')
def strict():
    wrong = json.loads(json.dumps(MAP))
    wrong['columns']['M/F']['strict'] = True
    with Bare() as one:
        said = one.take(one.file('in.csv', 'Name of victim,M/F\nAsha,F\nMina,Q\n'), '--map', str(one.file('map.json', json.dumps(wrong))))
        assert (said['imported'], said['refused']) == (1, 1) and said['first_refused'] == [{'line': 3, 'reason': 'M/F: this value has no code here.'}], said
        assert 'Mina,Q' in open(said['refused_file'], encoding='utf-8').read()


@tests('a column map that leads nowhere is refused with its place')
def bad_maps():
    def without(path, value=None):
        made = json.loads(json.dumps(MAP))
        at = made
        for key in path[:-1]:
            at = at[key]
        if value is None:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        return made
    cases = [(without(['columns', 'Age', 'into'], 'person.height'), 'map.into'), (without(['columns', 'Age', 'into'], 'nobody.age'), 'map.into'), (without(['columns', 'Age', 'as'], 'magic'), 'map.as'),
             (without(['columns', 'M/F', 'to'], {'F': 'woman'}), 'map.to'), (without(['columns', 'Remarks', 'class'], 'sealed'), 'map.class'), (without(['keep']), 'map.keep'),
             (without(['makes', 'part', 'case'], 'nothing'), 'map.alias'), (without(['makes', 'case', 'type'], 'ship'), 'map.type'), (without(['columns']), 'map.columns'),
             (without(['columns', 'Age', 'into'], 'case.told_by'), 'map.into'), (without(['makes', 'part', 'as'], 'ghost'), 'map.value'), ([], 'map.shape')]
    for document, code in cases:
        path = node().file('map.json', json.dumps(document))
        ran = run('map', 'save', node().directory, path, '--name', 'x', '--json')
        assert ran.code == 1 and ran.json()['code'] == code, (code, ran)
    assert must_run('map', 'list', node().directory, '--json').json() == {'maps': []}


# --- encodings, and workbooks of other programs --------------------------------------------------------------------------

@tests('CSV comes in UTF-8 with and without its mark, in UTF-16, with semicolons and tabs, and in Windows-1252 where that is said')
def encodings():
    text = 'prs_FirstName,prs_Title\nরীনা,Dr\n'
    for content in (text.encode(), b'\xef\xbb\xbf' + text.encode(), text.encode('utf-16'), b'\xfe\xff' + text.encode('utf-16-be'), text.replace(',', ';').encode(), text.replace(',', '\t').replace('\n', '\r\n').encode()):
        got, _ = taken(None, content)
        assert got == [{'prs_FirstName': 'রীনা', 'prs_Title': 'Dr'}], (content, got)
    latin = 'prs_FirstName,prs_Title\nRené,“Dr”\n'.encode('windows-1252')
    got, _ = taken(None, latin, '--encoding', 'windows-1252')
    assert got == [{'prs_FirstName': 'René', 'prs_Title': '“Dr”'}], got
    got, said = taken(None, latin)
    assert got == [] and said['refused'] == 1 and 'UTF-8' in said['first_refused'][0]['reason'], said


@tests('a workbook of another program comes in: numbers, dates of both systems, formulas by their value, merged cells, hidden sheets')
def foreign_workbook():
    import datetime
    header = ['prs_FirstName', 'prs_Birthdate', 'prs_MobilePhone', 'prs_NumberOfChildren', 'prs_Deceased', 'cas_IncomingReferralDate']

    def plant(made, epoch=None):
        if epoch:
            made.epoch = epoch
        made.active.append(['Asha', datetime.date(2001, 2, 3), 919876543210, 2, False, datetime.datetime(2020, 1, 2, 3, 4, 5)])
        made.active.merge_cells('A5:B5')
        made.create_sheet('Lists')['A1'] = 'x'
    utils = openpyxl().utils.datetime
    for epoch in (utils.WINDOWS_EPOCH, utils.MAC_EPOCH):
        got, said = taken(None, book_of([header], lambda made, e=epoch: plant(made, e)), name='in.xlsx', format='htcds-xlsx')
        want = {'prs_FirstName': 'Asha', 'prs_Birthdate': '2001-02-03', 'prs_MobilePhone': '919876543210', 'prs_NumberOfChildren': '2', 'prs_Deceased': 'FALSE', 'cas_IncomingReferralDate': '2020-01-02'}
        assert got == [want], (epoch, got)
        assert any('2 sheets' in note for note in said['notes']) and any('merged' in note for note in said['notes']), said
    rows = '<row><c t="inlineStr"><is><t>prs_FirstName</t></is></c><c t="inlineStr"><is><t>prs_Title</t></is></c></row><row><c t="str"><f>CONCATENATE("A","sha")</f><v>Asha</v></c><c><f>NOW()</f></c></row>'
    got, said = taken(None, workbook(rows), name='in.xlsx', format='htcds-xlsx')
    assert got == [{'prs_FirstName': 'Asha'}] and any('formulas' in note and 'last saved' in note for note in said['notes']) and any('no saved value' in note for note in said['notes']), said


@tests('our workbook is read by another program: hidden names, labels, a running number, and texts that are never formulas')
def our_workbook():
    with Bare() as one:
        one.take(one.file('in.csv', csv_of(['prs_FirstName', 'prs_Gender', 'cas_Status', 'prs_MobilePhone', 'vic_MethodsOfControl'],
                                           [['=HYPERLINK("x")', 'Feminine', 'FollowUp', '+910000', 'DebtBondage;FalsePromises'], [NAMES[1], '', 'Closed', '', '']])))
        made = openpyxl().load_workbook(one.give('htcds-xlsx'))
        rows = list(made.active.iter_rows(values_only=True))
        assert made.active.row_dimensions[1].hidden and len(rows) == 4, rows
        names, labels, first, second = rows
        place = {name: i for i, name in enumerate(names)}
        assert [n for n in names if n and n != 'kept_beside'] == list(standard()), names
        assert labels[place['cas_Status']] == 'Status' and (first[0], second[0]) == ('1', '2'), rows
        assert first[place['prs_FirstName']] == '=HYPERLINK("x")' and made.active.cell(3, place['prs_FirstName'] + 1).data_type in ('s', 'inlineStr'), first
        assert (first[place['cas_Status']], first[place['prs_Gender']], first[place['vic_MethodsOfControl']]) == ('Follow Up', 'Feminine', 'Debt bondage; False promises'), first
        assert second[place['prs_FirstName']] == NAMES[1]
        with zipfile.ZipFile(one.give('xlsx')) as zipped:
            assert zipped.testzip() is None


@tests('a cell that a spreadsheet program would run is written with an apostrophe in CSV, and comes back as it was')
def injection():
    cells = ['=1+1', '+1', '-1', '@x', "'=x", '\t=1', "=cmd|' /C calc'!A0"]
    with Bare() as one, Bare() as two:
        one.take(one.file('in.csv', csv_of(['prs_Title', 'Other'], [["'" + cell, "'" + cell] for cell in cells])))
        text = one.give().read_text('utf-8-sig')
        for row in read_csv(one.give()):
            assert row['prs_Title'].startswith("'"), row
        assert not any(line.startswith(tuple('=+-@')) for line in text.splitlines())
        two.take(one.give())
        made = openpyxl().load_workbook(two.give('htcds-xlsx'))
        column = [cell.value for cell in made.active[1]].index('prs_Title')
        assert [made.active.cell(3 + i, column + 1).value for i in range(len(cells))] == cells


@tests('workbooks that mean harm, are damaged, or cannot be read are refused with a sentence; nothing is written')
def hostile():
    good = inline([['prs_FirstName'], ['Asha']])
    laughs = '<!DOCTYPE sst [<!ENTITY a "ha">' + ''.join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) + ']><sst><si><t>&j;</t></si></sst>'
    whole = workbook(good)
    at = whole.index(b'PK\x01\x02')
    bad_sum = bytearray(whole)
    place = whole.rindex(b'xl/worksheets/sheet1.xml') - 46 + 16  # the checksum in the list of contents
    bad_sum[place] ^= 0xFF
    bad_sum = bytes(bad_sum).replace(whole[place:place + 4], bytes(bad_sum[place:place + 4]))
    encrypted = bytearray(whole)
    for start in [i for i in range(len(whole)) if whole[i:i + 4] in (b'PK\x03\x04', b'PK\x01\x02')]:
        encrypted[start + (6 if whole[start + 2] == 3 else 8)] |= 1
    macro = '<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    twice = workbook(good, more=[('xl/worksheets/sheet2.xml', '<worksheet/>')]).replace(b'xl/worksheets/sheet2.xml', b'xl/worksheets/sheet1.xml')
    cases = {
        'a ZIP bomb': (workbook(good + ' ' * (200 << 20)), 'workbook.swells'),
        'texts without end': (workbook(good, shared='<sst>' + '<si><t>' + 'x' * 100000 + '</t></si></sst>' + ' ' * (100 << 20)), 'workbook.swells'),
        'one text of a mebibyte': (workbook(good, shared='<sst><si><t>' + 'xy' * (1 << 19) + '</t></si></sst>'), 'workbook.texts'),
        'a billion laughs': (workbook(good, shared=laughs), 'workbook.doctype'),
        'an outer entity': (workbook(good, shared='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst><si><t>&a;</t></si></sst>'), 'workbook.doctype'),
        'a name that climbs out': (workbook(good, more=[('../../../tmp/evil', 'x')]), 'workbook.names'),
        'a name twice': (twice, 'workbook.twice'),
        'a wrong checksum': (bad_sum, 'workbook.damaged'),
        'cut short': (whole[:at], 'workbook.damaged'),
        'cut in the middle': (whole[:len(whole) // 2], 'workbook.damaged'),
        'macros': (workbook(good, content_types=macro), 'workbook.macros'),
        'a program inside': (workbook(good, more=[('xl/vbaProject.bin', 'x')]), 'workbook.macros'),
        'a password in the ZIP': (bytes(encrypted), 'workbook.encrypted'),
        'a password by Office, or an old .xls': (b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(1000), 'workbook.old'),
        'a ZIP that is no workbook': (b'PK\x05\x06' + bytes(18), 'workbook.damaged'),
        'XML that is none': (workbook('<row><c></row>'), 'workbook.xml'),
    }
    size = must_run('verify', node().directory, '--json').json()['answer']['size']
    for what, (content, code) in cases.items():
        ran = run('import', node().directory, '--format', 'htcds-xlsx', node().file('x.xlsx', content), '--dry-run', '--json')
        assert ran.code == 1 and ran.json()['code'] == code, f'{what}: {ran}'
        assert len(ran.json()['error']) > 40, f'{what}: {ran}'
    assert must_run('verify', node().directory, '--json').json()['answer']['size'] == size
    linked = workbook(good, relations='<Relationship Id="rId7" Type="http://x/externalLink" Target="externalLinks/externalLink1.xml"/>')
    said = must_run('import', node().directory, '--format', 'htcds-xlsx', node().file('x.xlsx', linked), '--dry-run', '--json').json()
    assert said['imported'] == 1 and any('other files' in note for note in said['notes']), said


@tests('a workbook that is damaged at its end shows nothing of what came before')
def damaged_late():
    rows = inline([['prs_FirstName']] + [[f'Asha {i}'] for i in range(3000)])
    with Bare() as one:
        ran = run('import', one.directory, '--format', 'htcds-xlsx', one.file('x.xlsx', workbook(rows + '<row><c></row>')), '--json')
        assert ran.code == 1 and ran.json()['code'] == 'workbook.xml', ran
        assert one.rows() == []
        must_run('verify', one.directory, '--json')


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        if 'node' in kept:
            kept['node'].close()
    sys.exit(code)
