// The first start: three screens, no internet, and the officer is at Today.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { check, desk, Person, phone, program, same, story } from './harness.mjs';

const env = { ...process.env, SANJAL_KDF_MEMORY_KIB: '8192', SANJAL_PASSPHRASE: '' };
delete env.SANJAL_PASSPHRASE;

async function free_port() {
  const server = createServer();
  const port = await new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
  await new Promise((done) => server.close(done));
  return port;
}
async function begin(folder, more = {}) {
  const port = await free_port();
  const child = spawn(program, ['serve', join(folder, 'node'), '--port', String(port)], { env: { ...env, ...more }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => { said += data; });
  const url = `http://127.0.0.1:${port}`;
  for (const until = Date.now() + 120_000; ;) {
    try {
      if ((await fetch(`${url}/healthz`)).ok) break;
    } catch { /* not yet */ }
    if (child.exitCode !== null || Date.now() > until) throw new Error(`it does not answer: ${said}`);
    await new Promise((done) => setTimeout(done, 30));
  }
  return { url, port, said: () => said, stop: () => new Promise((done) => { child.once('exit', done); child.kill('SIGTERM'); }) };
}
const word_of = async (page) => {
  const words = await page.locator('.sheet li').allInnerTexts();
  const number = Number(/\d+/.exec(await page.locator('label[for=word]').innerText())[0]);
  return { words, number, word: words[number - 1] };
};

story('an empty folder is served: three screens make the node, its officer is at Today, and the words of the sheet open it when the passphrase is forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sanjal-first-'));
  const node = await begin(folder);
  check(node.said().includes('three screens'), `said: ${node.said()}`);
  const person = await Person.at(node, { size: desk, language: '' });
  const { page } = person;
  await page.locator('li[lang="bn"] button').first().click();
  await page.locator('#name').waitFor();
  await person.shot('first-who-bn-desk');
  await page.locator('#name').fill('Prayas');
  await page.locator('li[lang="en"] button').click();
  await page.locator('h1', { hasText: 'Set up this computer' }).waitFor();
  await person.axe('the first screen of the first start');
  check(await page.locator('#name').inputValue() === 'Prayas', 'another language took away what was typed');
  await page.locator('#name').fill(' ');
  await page.locator('form .button').click();
  await page.getByText('Write the name of your organisation.').waitFor();
  await page.locator('#name').fill('Prayas Shelter');
  await page.locator('#kind').selectOption('shelter');
  // By keyboard alone from here.
  await page.locator('#name').press('Enter');
  await page.locator('#passphrase').waitFor();
  const proposed = await page.locator('#passphrase').inputValue();
  check(/^([a-z]{5} ){4}[a-z]{5}$/.test(proposed), `proposed: ${proposed}`);
  await person.shot('first-passphrase-en-desk');
  await person.axe('the passphrase');
  await page.locator('#passphrase').fill('short');
  await page.keyboard.press('Enter');
  await page.getByText('This is too short.', { exact: false }).waitFor();
  await page.locator('#passphrase').fill(proposed);
  await page.keyboard.press('Enter');
  const { words, word } = await word_of(page);
  check(words.length === 8 && new Set(words).size > 4, `the sheet: ${words}`);
  await person.shot('first-sheet-en-desk');
  await person.axe('the recovery sheet');
  await page.setViewportSize({ width: 320, height: 740 });
  await person.overflow('the recovery sheet');
  await page.setViewportSize(desk);
  await page.locator('#word').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('This is not that word.', { exact: false }).waitFor();
  check(!existsSync(join(folder, 'node', 'node.json')), 'a node was made before the sheet was confirmed');
  await page.locator('#word').fill(word.toUpperCase());
  await page.keyboard.press('Enter');
  await page.getByText('Nothing is due.').waitFor();
  await person.shot('first-today-en-desk');
  const me = await page.evaluate(() => fetch('/api/v1/me').then((answer) => answer.json()));
  same([me.user, me.role, me.nodal], ['officer', 'shelter', true], 'who is signed in');
  await person.done();
  check((await fetch(`${node.url}/api/v1/first-run`)).status === 404, 'the first run is still there');
  await node.stop();

  const run = (args, more = {}) => {
    try {
      return { code: 0, out: execFileSync(program, args, { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] }).toString() };
    } catch (error) {
      return { code: error.status, out: String(error.stderr) };
    }
  };
  const dir = join(folder, 'node');
  check(run(['verify', dir], { SANJAL_PASSPHRASE: proposed }).code === 0, 'the passphrase of the screen does not open it');
  const sheet = join(folder, 'sheet');
  writeFileSync(sheet, `${[...words.slice(1), words[0]].join(' ')}\n`);
  const wrong = run(['passphrase', dir, '--recovery-file', sheet], { SANJAL_NEW_PASSPHRASE: 'a new one of five words' });
  check(wrong.code === 1 && wrong.out.includes('node.recovery'), `wrong words: ${JSON.stringify(wrong)}`);
  writeFileSync(sheet, `${words.join(' ').toUpperCase()}\n`);
  check(run(['passphrase', dir, '--recovery-file', sheet], { SANJAL_NEW_PASSPHRASE: 'a new one of five words' }).code === 0, 'the sheet does not open it');
  check(run(['verify', dir], { SANJAL_PASSPHRASE: proposed }).code === 1, 'the old passphrase still opens it');
  check(run(['verify', dir], { SANJAL_PASSPHRASE: 'a new one of five words' }).code === 0, 'the new passphrase does not open it');
  rmSync(folder, { recursive: true, force: true });
});

story('the first start is left in the middle and nothing is there; it never listens beyond this computer, and never in a folder whose node.json was lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sanjal-first-'));
  const node = await begin(folder);
  const person = await Person.at(node, { size: phone, language: '' });
  await person.page.locator('li[lang="hi"] button').first().click();
  await person.page.locator('#name').fill('प्रयास');
  await person.shot('first-who-hi-phone');
  await person.page.locator('form .button').click();
  await person.page.locator('#passphrase').waitFor();
  await person.page.locator('form .button').click();
  await person.page.locator('.sheet').waitFor();
  await person.shot('first-sheet-hi-phone');
  await person.overflow('the sheet on a phone');
  await person.done();
  await node.stop();
  check(!existsSync(join(folder, 'node')), 'something was made');
  const outside = spawn(program, ['serve', join(folder, 'node'), '--listen', '0.0.0.0'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  outside.stderr.on('data', (data) => { said += data; });
  check(await new Promise((done) => outside.once('exit', done)) === 1 && said.includes('first_run.outside'), `said: ${said}`);
  execFileSync('mkdir', ['-p', join(folder, 'node')]);
  writeFileSync(join(folder, 'node', 'keys.db'), 'x');
  const lost = spawn(program, ['serve', join(folder, 'node')], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  said = '';
  lost.stderr.on('data', (data) => { said += data; });
  check(await new Promise((done) => lost.once('exit', done)) === 1 && said.includes('node.description_gone'), `said: ${said}`);
  rmSync(folder, { recursive: true, force: true });
});
