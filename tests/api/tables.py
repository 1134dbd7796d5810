"""What the tests of tables share: nodes that are only used from the command line, the standard's fields as the pack has them,
random rows, and workbooks of every kind."""

import csv
import io
import random
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from harness import REPOSITORY, Databases, must_run, run

NAMES = ['Asha', 'রীনা', 'सीता', 'မအေး', 'D\'Souza', 'O"Neil', 'Mina; Rai', '=cmd', '+91', ' edge', 'two\nlines', '  ']


class Bare:
    """A node in a directory of its own, never served."""

    def __init__(self, kind='police'):
        self.folder = Path(tempfile.mkdtemp(prefix='sanjal-tables-'))
        self.directory = self.folder / 'node'
        self.databases = Databases()
        made = must_run('init', self.directory, '--name', 'Test', '--country', 'IN', '--unit', kind, '--json', *self.databases.options()).json()
        self.unit = made['unit']

    def close(self):
        self.databases.drop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, path, *more, format='htcds-csv'):
        how = [] if '--map' in more else ['--format', format]
        return must_run('import', self.directory, *how, path, '--json', *more).json()

    def refuse(self, path, *more, format='htcds-csv'):
        ran = run('import', self.directory, '--format', format, path, '--json', *more)
        assert ran.code == 1, ran
        return ran.json()

    def give(self, format='htcds-csv', *more):
        out = self.folder / f'out.{"xlsx" if format.endswith("xlsx") else "csv"}'
        must_run('export', self.directory, '--format', format, '--purpose', 'test', '--out', out, '--clinical', '--json', *more)
        return out

    def rows(self, format='htcds-csv'):
        return read_csv(self.give(format))


def read_csv(path):
    with open(path, encoding='utf-8-sig', newline='') as lines:
        return list(csv.DictReader(lines))


def filled(row):
    return {name: cell for name, cell in row.items() if cell}


def csv_of(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def standard():
    """name -> {label, as, codes} of packs/common/imports/htcds-csv.yaml; its flow mappings are simple enough to be taken apart here."""
    text = (REPOSITORY / 'packs/common/imports/htcds-csv.yaml').read_text('utf-8')
    fields = {}
    for found in re.finditer(r'^  (\w+_\w+): \{(.*?)\}$(?=\n  \w|\n*\Z)', text, re.M | re.S):
        name, body = found.groups()
        label = re.match(r'label: (?:"([^"]*)"|([^,]*))', body)
        codes = re.search(r'codes: \{(.*?)\}', body, re.S)
        pairs = re.findall(r'"?([\w]+)"?:\s+(?:"([^"]*)"|([^,}\n]+))', codes.group(1)) if codes else []
        fields[name] = {'label': label.group(1) or label.group(2), 'as': re.search(r'as: (\w+)', body).group(1), 'codes': {code: one or other for code, one, other in pairs}}
    return fields


def random_rows(seed, count):
    """Rows of every column of the standard, each cell in the form in which an export of ours writes it."""
    chance = random.Random(seed)
    fields = standard()
    rows = []
    for _ in range(count):
        row = {}
        for name, field in fields.items():
            if chance.random() < 0.5:
                continue
            codes = list(field['codes'])
            if name == 'prs_Citizenship':
                codes = ['IN', 'NP', 'BD', 'MM']
            if field['as'] == 'codes':
                row[name] = ';'.join(chance.sample(codes, chance.randint(1, min(3, len(codes)))) + (['Nowhere to be found'] if chance.random() < 0.1 else []))
            elif field['as'] == 'code':
                row[name] = chance.choice([*codes, 'Nowhere to be found'])
            elif field['as'] == 'date':
                row[name] = chance.choice(['2013', '2013-05', '2013-05-04', 'about 2013', '4 May'])
            elif field['as'] == 'yes_no':
                row[name] = chance.choice(['TRUE', 'FALSE'])
            else:
                row[name] = chance.choice(NAMES) + chance.choice(['', '', ' x', '-', '\t'])
        rows.append(row)
    return [row for row in rows if any(cell.strip() for cell in row.values())]


def text_of(rows):
    columns = list(standard())
    return csv_of(columns, [[row.get(name, '') for name in columns] for row in rows])


# --- workbooks -----------------------------------------------------------------------------------------------------------

OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/'


def inline(rows):
    """Rows of a sheet, every cell a text; None is an absent cell."""
    def escape(text):
        return text.replace('&', '&amp;').replace('<', '&lt;')
    out = ''
    for number, row in enumerate(rows, 1):
        cells = ''.join(f'<c r="{letters(i)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>' for i, cell in enumerate(row) if cell is not None)
        out += f'<row r="{number}">{cells}</row>'
    return out


def letters(column):
    name = ''
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def workbook(sheet_rows='', shared=None, book='', content_types='<Types/>', more=(), relations='', after=''):
    parts = {
        '[Content_Types].xml': content_types,
        '_rels/.rels': f'<Relationships><Relationship Id="rId1" Type="{OFFICE}officeDocument" Target="xl/workbook.xml"/></Relationships>',
        'xl/workbook.xml': f'<workbook xmlns:r="{OFFICE}">{book}<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        'xl/_rels/workbook.xml.rels': f'<Relationships><Relationship Id="rId1" Type="{OFFICE}worksheet" Target="worksheets/sheet1.xml"/>'
                                      f'<Relationship Id="rId2" Type="{OFFICE}sharedStrings" Target="sharedStrings.xml"/>{relations}</Relationships>',
        'xl/worksheets/sheet1.xml': f'<worksheet><sheetData>{sheet_rows}</sheetData>{after}</worksheet>',
    }
    if shared is not None:
        parts['xl/sharedStrings.xml'] = shared
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as zipped:
        for name, text in [*parts.items(), *more]:
            zipped.writestr(name, text)
    return out.getvalue()
