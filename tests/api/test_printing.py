#!/usr/bin/python3
"""Paper: forms and documents blank and filled, the first-day set from one report, the worklist.  In two languages, with a code on
each page; with what its reader may see, and nothing that tells of the rest; never with a name beside the paper itself."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from harness import REPOSITORY, Lazy, Node, People, Several, Skip, Tests, check_problem, instant, must_run, report, run, two_children

tests = Tests()
the_node = Lazy()
client = People(the_node)
kept = {}
CODE = re.compile(r'\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b')
SCREENS = REPOSITORY / 'build/screens/print'
DOTS = '••••••'


def needs(program):
    if not shutil.which(program):
        raise Skip(f'skipped aloud: {program} is not on this machine')


def tool(*command, data):
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, f'{command[0]}: {done.stderr.decode("utf-8", "replace")}'
    return done.stdout


def text_of(pdf):
    needs('pdftotext')
    return tool('pdftotext', '-raw', '-', '-', data=pdf).decode()


def pictures(pdf, name, dpi=70):
    """Written for a person to look at; gives the pages as grey rows."""
    needs('pdftoppm')
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f'{name}.pdf'
    path.write_bytes(pdf)
    tool('pdftoppm', '-r', str(dpi), '-png', str(path), str(SCREENS / name), data=b'')
    grey = tool('pdftoppm', '-r', str(dpi), '-gray', '-f', '1', '-l', '1', str(path), data=b'')
    _, size, _, rows = grey.split(b'\n', 3)
    width, height = map(int, size.split())
    return [rows[i * width:(i + 1) * width] for i in range(height)]


def paper(got):
    assert got.status == 200, got
    assert got.headers['content-type'] == 'application/pdf', got.headers
    assert got.headers['content-disposition'] == 'inline; filename="paper.pdf"', got.headers
    assert got.headers['cache-control'] == 'no-store', got.headers
    assert got.body.startswith(b'%PDF-1.5'), got.body[:20]
    return got.body


def printed(who, path):
    return text_of(paper(client(who).get(path)))


def has(text, *words):
    flat = re.sub(r'\s+', '', text)
    missing = [word for word in words if re.sub(r'\s+', '', word) not in flat]
    assert not missing, f'not on the paper: {missing}\n{text[:3000]}'


def has_not(text, *words):
    flat = re.sub(r'\s+', '', text)
    found = [word for word in words if re.sub(r'\s+', '', word) in flat]
    assert not found, f'on the paper: {found}'


def rescued(names=None, **case):
    made = report(client('police'), two_children(names=names or ['Asha Devi', 'Bina Rai']))['records']
    if case:
        got = client('police').patch(f'/records/{made["case"]}', {'fields': case})
        assert got.status == 200, got
    return made


@tests('a blank form is printed in two languages, with the numbers of its questions, in the order of the screen')
def blank():
    client_ = client('police')
    with Several() as several:
        for form in client_.get('/forms').json['forms']:
            with several.case(form['form']):
                described = client_.get(f'/forms/{form["form"]}').json
                text = printed('police', f'/forms/{form["form"]}/print?languages=en')
                at = 0
                flat = re.sub(r'\s+', '', text)
                for page in described['pages']:
                    for question in page['ask']:
                        found = flat.find(re.sub(r'\s+', '', question['ask']), at)
                        assert found >= 0, f'{question["ask"]} is not there, or not in its order'
                        at = found
    text = printed('police', '/forms/rescue_report/print?languages=hi,en')
    has(text, 'Somebody was found', 'Where was the person found?', 'कहाँ', 'कब', 'F01', 'Signature or thumb', 'Seal')
    text = printed('police', '/forms/rescue_report/print?languages=bn,en')
    has(text, 'Where was the person found?', 'এখন', 'Yes')
    has_not(text, 'कहाँ')


@tests('without a wish the paper speaks the language of its reader and English')
def languages():
    got = client('police').get('/forms/rescue_report/print', headers={'Accept-Language': 'hi-IN,hi;q=0.9'})
    text = text_of(paper(got))
    has(text, 'Somebody was found', 'कहाँ')
    has_not(printed('police', '/forms/rescue_report/print'), 'कहाँ')


@tests('the whole first-day set comes from one report: diary, FIR, a Form 17 and a medical request for each child, seizure list, certificate')
def first_day():
    made = rescued(names=['Asha Devi', 'রীনা মণ্ডল'], brought_at=instant(-1800), fir_number='77/2026')
    body = paper(client('police').get(f'/records/{made["case"]}/print?document=first_day&languages=bn,en'))
    text = text_of(body)
    pictures(body, 'first_day_bn')
    pictures(paper(client('police').get(f'/records/{made["case"]}/print?document=first_day&languages=hi,en')), 'first_day_hi')
    has(text, 'Text for the General Diary', 'First Information Report', 'Seizure list', 'Certificate for electronic evidence', 'Part A', 'Part B', '77/2026', 'Asha Devi', 'IN-AS')
    number = client('police').get(f'/records/{made["case"]}').json['number']
    pages = text.split('\f')[:-1]
    has(text, number)
    assert sum('Form 17' in page and 'Report on production' in page for page in pages) == 2, 'one Form 17 for each child'
    assert sum('Request for medical' in page for page in pages) == 2, 'one medical request for each child'
    diary = next(page for page in pages if 'General Diary' in page and 'Draft' in page)
    has_not(diary, 'Asha Devi')
    # The order of the station's form.
    fir = text[text.index('First Information Report'):]
    places = [fir.index(words) for words in ('District', 'Acts and sections', 'Occurrence of the offence', 'Place of occurrence', 'Complainant or informant', 'accused', 'Victims', 'Reasons for delay',
                                             'First information contents', 'Action taken')]
    assert places == sorted(places), places


@tests('each page has the document, its version, page n of m and the code; the code is the same for the same state and another for another')
def codes():
    made = rescued()
    path = f'/records/{made["case"]}/print?document=fir_draft&languages=en'
    body = paper(client('police').get(path))
    pages = text_of(body).split('\f')[:-1]
    found = {CODE.search(page)[0] for page in pages}
    assert len(found) == 1, found
    for number, page in enumerate(pages, 1):
        has(page, f'Page {number} of {len(pages)}', 'fir_draft', 'in v1')
    assert paper(client('police').get(path)) == body, 'the same state gives other bytes'
    assert client('police').patch(f'/records/{made["case"]}', {'fields': {'fir_number': '12/2026'}}).status == 200
    changed = printed('police', path)
    assert CODE.search(changed)[0] not in found, 'something changed and the code did not'
    kept['code'] = CODE.search(changed)[0]


@tests('what is sealed is six dots or "told to us", for its holders too; the reporter is on no paper')
def sealed():
    secret = 'reporter ' + uuid.uuid4().hex[:8]
    made = rescued()
    assert client('police').patch(f'/records/{made["case"]}', {'fields': {'told_by': secret}}).status == 200
    with Several() as several:
        for role in ('police',):
            for what in ('document=case_summary', 'document=first_day', 'form=rescue_report', 'document=fir_draft'):
                with several.case(what):
                    body = paper(client(role).get(f'/records/{made["case"]}/print?{what}&languages=en'))
                    has_not(text_of(body), secret)
                    assert secret.encode() not in body
    has(printed('police', f'/records/{made["case"]}/print?document=case_summary&languages=en'), 'Told to us')
    # Nothing was told of the other case, and its paper does not say that something was.
    other = rescued()
    has_not(printed('police', f'/records/{other["case"]}/print?document=case_summary&languages=en'), 'Told to us')


@tests('a document that prints a sealed field prints six dots, though its reader holds the key and reads it on the screen')
def holders():
    secret = 'reporter ' + uuid.uuid4().hex[:8]
    packs = Path(tempfile.mkdtemp(prefix='sanjal-packs-'))
    try:
        shutil.copytree(REPOSITORY / 'packs', packs / 'packs')
        summary = packs / 'packs/common/documents/case_summary.yaml'
        text = summary.read_text('utf-8')
        assert ', sealed: Told to us' in text
        summary.write_text(text.replace(', sealed: Told to us', ''), 'utf-8')
        for path in (packs / 'packs').glob('*/strings/*.json'):
            words = {key: value for key, value in json.loads(path.read_text('utf-8')).items() if not key.endswith('.sealed')}
            path.write_text(json.dumps(words, ensure_ascii=False), 'utf-8')
        node = Node()
        try:
            node.start(env={'SANJAL_PACKS': str(packs / 'packs')})
            police = node.client('police')
            made = report(police)['records']
            assert police.patch(f'/records/{made["case"]}', {'fields': {'told_by': secret}}).status == 200
            assert police.get(f'/records/{made["case"]}').json['fields']['told_by'] == secret, 'its writer is no holder'
            text = text_of(paper(police.get(f'/records/{made["case"]}/print?document=case_summary&languages=en')))
            has(text, DOTS)
            has_not(text, secret)
        finally:
            node.__exit__(None, None, None)
            the_node().learn_passphrase()  # a demo makes its own, and the harness remembers one
    finally:
        shutil.rmtree(packs, ignore_errors=True)


@tests('a field that the reader may not see leaves what a field leaves that was never answered')
def masked():
    secret = 'FIR' + uuid.uuid4().hex[:8]
    made = rescued()
    part, case = made['part'][0], made['case']
    shelter = the_node().account('shelter')['unit']
    assert client('police').patch(f'/records/{part}', {'fields': {'committee': shelter}}).status == 200
    path = f'/records/{part}/print?document=case_summary&languages=en'

    def shown(role):
        return re.sub(r'\d\d-\d\d-\d{4} \d\d:\d\d \(\+05:30\)', 'time', CODE.sub('code', printed(role, path)))

    before = shown('shelter')
    assert client('police').patch(f'/records/{case}', {'fields': {'fir_number': secret}}).status == 200
    has(printed('police', path), secret)
    after = shown('shelter')
    has_not(after, secret)
    assert after == before, 'the paper tells that there is something to hide'
    # Medical answers of the police's own report: written by them, read by the hospital alone.  The page is the same picture.
    needs('pdftoppm')
    silent, hurt = rescued(), rescued()
    for made, answer in ((silent, None), (hurt, 'yes')):
        if answer:
            assert client('police').patch(f'/records/{made["person"][0]}', {'fields': {'urgent_hurt': answer}}).status == 200
    pages = []
    for made, name in ((silent, 'masked_silent'), (hurt, 'masked_hurt')):
        text = printed('police', f'/records/{made["part"][0]}/print?document=medical_request&languages=en')
        rows = pictures(paper(client('police').get(f'/records/{made["part"][0]}/print?document=medical_request&languages=en')), name)
        has(text, 'Badly hurt or ill')
        # Below the number of the case and above the foot.
        pages.append(rows[len(rows) * 30 // 100:len(rows) * 90 // 100])
    assert pages[0] == pages[1], 'a masked answer changes the picture'


@tests('outside its reach a record is not there to be printed, and of a raid only the own child is')
def reach():
    made = rescued(names=['Asha Devi', 'Bina Rai'])
    cwc = the_node().account('cwc')['unit']
    with Several() as several:
        for path in (f'/records/{made["case"]}/print?document=first_day', f'/records/{made["part"][0]}/print?form=cwc_production', f'/records/{made["case"]}/documents', f'/records/{uuid.uuid4()}/print?form=rescue_report'):
            with several.case(path):
                check_problem(client('cwc').get(path), 404)
                check_problem(the_node().anonymous().get(path), 401)
    assert client('police').patch(f'/records/{made["part"][0]}', {'fields': {'committee': cwc}}).status == 200
    text = printed('cwc', f'/records/{made["case"]}/print?document=case_summary&languages=en')
    has(text, 'Asha Devi')
    has_not(text, 'Bina Rai')
    text = printed('cwc', f'/records/{made["case"]}/print?document=form_17&languages=en')
    has(text, 'Asha Devi', "Child Welfare Committee, Kamrup")
    has_not(text, 'Bina Rai')
    check_problem(client('cwc').get(f'/records/{made["part"][1]}/print?document=form_17'), 404)
    # Whoever must not know is gone from here too.
    assert client('police').patch(f'/records/{made["person"][0]}', {'fields': {'not_to_know': [cwc]}}).status == 200
    check_problem(client('cwc').get(f'/records/{made["part"][0]}/print?document=form_17'), 404)


@tests('a filled form ticks what was answered, says unknown and refused, and prints names in their own scripts')
def filled():
    names = ['রীনা মণ্ডল', 'राधा कुमारी', 'মৰমী ৰাভা', 'မမြတ်', 'བསོད་ནམས', '小芳']
    made = rescued(names=names)
    person = made['person'][0]
    assert client('police').patch(f'/records/{person}', {'fields': {'age': 'about 12', 'sex': {'none': 'refused'}, 'language': {'none': 'unknown'}}}).status == 200
    body = paper(client('police').get(f'/records/{made["case"]}/print?form=rescue_report&languages=bn,en'))
    text = text_of(body)
    pictures(body, 'rescue_report_filled')
    has(text, names[0], names[1], 'Person 6', 'IN-AS')
    assert text.index(names[0].split()[0]) < text.index(names[1].split()[0]), 'people are not in the order in which they were written down'
    one = printed('police', f'/records/{person}/print?form=rescue_report&languages=en')
    has(one, names[0], 'about 12', 'Unknown')
    has_not(one, names[1])
    assert 'Do not sign this paper' not in one
    strange = rescued(names=['\U000F0000\U000F0001'])
    has(printed('police', f'/records/{strange["case"]}/print?form=rescue_report&languages=en'), 'Do not sign this paper')


@tests('two people who differ are both on the paper')
def differ():
    made = rescued()
    head = client('police').get(f'/records/{made["case"]}').json['heads'][0]
    for number in ('1/2026', '2/2026'):
        got = client('police').patch(f'/records/{made["case"]}', {'fields': {'fir_number': number}}, headers={'If-Match': f'"{head}"'})
        assert got.status == 200, got
    has(printed('police', f'/records/{made["case"]}/print?document=fir_draft&languages=en'), '1/2026 / 2/2026')


@tests('what can be printed from a record is listed in the reader\'s language, by what the role prints')
def listed():
    made = rescued()
    got = client('police').get(f'/records/{made["case"]}/documents', headers={'Accept-Language': 'hi'})
    names = {one['document']: one for one in got.json['documents']}
    assert {'first_day', 'fir_draft', 'case_summary'} <= set(names), names
    assert names['first_day']['holds'][0] == 'gd_entry' and names['seizure_list']['title'] == 'ज़ब्ती सूची', names
    assert any(form['form'] == 'rescue_report' and form['paper'] == 'F01' for form in got.json['forms']), got
    assert client('police').patch(f'/records/{made["part"][0]}', {'fields': {'committee': the_node().account('cwc')['unit']}}).status == 200
    committees = {one['document'] for one in client('cwc').get(f'/records/{made["part"][0]}/documents').json['documents']}
    assert 'form_17' in committees and 'fir_draft' not in committees, committees
    with Several() as several:
        for name in names:
            with several.case(name):
                paper(client('police').get(f'/records/{made["case"]}/print?document={name}'))
                paper(client('police').get(f'/documents/{name}/print?languages=hi,en'))


@tests('the worklist is printed with numbers, tasks and times, and without a name')
def worklist():
    made = rescued(names=['Quiet Heron'])
    number = client('police').get(f'/records/{made["case"]}').json['number']
    text = printed('police', '/worklist/print?languages=en')
    has(text, number, 'Produce the child', 'Juvenile Justice', 'What is to be done')
    has_not(text, 'Quiet Heron', 'IN-AS')
    mine = printed('police', '/worklist/print?owner=me&languages=en')
    has_not(mine, number)


@tests('paper and letters have the size of the court, and a wish that is none is refused in words')
def sizes():
    needs('pdfinfo')
    with Several() as several:
        for name, points in (('a4', '595.276 x 841.89'), ('legal', '612 x 1008'), ('foolscap', '612 x 972')):
            with several.case(name):
                body = paper(client('police').get(f'/forms/rescue_report/print?paper={name}&size=12'))
                assert points in tool('pdfinfo', '-', data=body).decode()
                text = text_of(body)
                has(text, 'Somebody was found')
        for query in ('paper=a5', 'size=7', 'size=17', 'size=x', 'size=10.5', 'languages=xx', 'languages=', 'languages=bn,,en', 'colour=red'):
            with several.case(query):
                check_problem(client('police').get(f'/forms/rescue_report/print?{query}'), 422)
        check_problem(client('police').get('/forms/nothing/print'), 404)
        check_problem(client('police').get('/documents/nothing/print'), 404)
        case = rescued()['case']
        check_problem(client('police').get(f'/records/{case}/print'), 422)
        check_problem(client('police').get(f'/records/{case}/print?form=rescue_report&document=first_day'), 422)
        check_problem(client('police').get(f'/records/{case}/print?form=nothing'), 404)
        check_problem(client('police').get(f'/records/{case}/print?document=nothing'), 404)
        lonely = client('police').post('/records', {'type': 'case', 'fields': {'place_found': 'IN-AS'}}).json['id']
        check_problem(client('police').get(f'/records/{lonely}/print?document=form_17'), 409)
        person = client('police').post('/records', {'type': 'person', 'fields': {'under_18': 'yes'}}).json['id']
        check_problem(client('police').get(f'/records/{person}/print?document=form_17'), 409)
        paper(client('police').get(f'/records/{person}/print?form=rescue_report'))
        check_problem(client('police').get('/worklist/print?owner=them'), 422)


@tests('the properties of the file hold no name and no word of the case')
def properties():
    needs('pdfinfo')
    needs('qpdf')
    name = 'Zahra' + uuid.uuid4().hex[:6]
    made = rescued(names=[name])
    got = client('police').get(f'/records/{made["case"]}/print?document=first_day&languages=bn,en')
    body = paper(got)
    has(text_of(body), name)
    said = tool('pdfinfo', '-', data=body).decode()
    for word in ('Title', 'Author', 'Subject', 'Keywords', name):
        assert word not in said, said
    assert name not in '\n'.join(f'{k}: {v}' for k, v in got.headers.items())
    path = SCREENS / 'properties.pdf'
    SCREENS.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    plain = tool('qpdf', '--qdf', '--object-streams=disable', str(path), '-', data=b'')
    path.unlink()
    assert name.encode() not in plain and b'/Metadata' not in plain and b'/EmbeddedFile' not in plain and b'/JavaScript' not in plain


@tests('a pack prints its blank forms without a node, every one of them, in every language that it has')
def command_line():
    needs('pdftotext')
    folder = the_node().folder
    with Several() as several:
        for name in ('rescue_report', 'cwc_production', 'first_day', 'case_summary', 'referral_letter'):
            for language in ('en', 'bn,en', 'hi,en'):
                with several.case(f'{name} {language}'):
                    out = folder / 'blank.pdf'
                    said = must_run('pack', 'print', REPOSITORY / 'packs/in', name, '--out', out, '--languages', language, '--json').json()
                    assert said['pages'] >= 1 and said['letters_without_a_font'] == 0, said
                    assert CODE.search(text_of(out.read_bytes()))
        for wrong in (['nothing'], ['rescue_report', '--languages', 'xx'], ['rescue_report', '--paper', 'a9'], ['rescue_report', '--size', '99']):
            with several.case(str(wrong)):
                ran = run('pack', 'print', REPOSITORY / 'packs/in', *wrong, '--out', folder / 'x.pdf')
                assert ran.code == 1 and len(ran.err) > 30, ran
                assert not (folder / 'x.pdf').exists()
        assert run('pack', 'print', REPOSITORY / 'packs/in', 'rescue_report', '--out', '/nowhere/x.pdf').code == 3
        assert run('pack', 'print', REPOSITORY / 'packs/in', 'rescue_report').code == 2


@tests('printing stands in the ledger\'s own access log with the code that is on the paper')
def logged():
    made = rescued()
    code = CODE.search(printed('police', f'/records/{made["part"][0]}/print?document=form_17&languages=en'))[0]
    node = the_node()
    node.stop()
    client.forget()
    out = Path(node.folder) / 'whole.export'
    must_run('export', node.directory, '--purpose', 'a test', '--out', out)
    found = []
    for word in re.split(r'[~\s"]+', out.read_text('utf-8', 'replace')):
        try:
            said = base64.urlsafe_b64decode(word + '=' * (-len(word) % 4)).decode()
        except ValueError:
            continue
        if f'paper {code}' in said:
            found.append(said)
    assert found, 'the code of the paper is nowhere in the ledger'
    assert any('"print"' in said and made['part'][0] in said for said in found), found


if __name__ == '__main__':
    os.environ.setdefault('LC_ALL', 'C.UTF-8')
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
