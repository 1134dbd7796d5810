// What a phone signs by itself, the way by a file, and what the green tick stands on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { check, Node, Person, phone, root, same, story } from './harness.mjs';

const assets = join(root, 'build', 'web', 'dist', 'assets');
const has_rules = existsSync(assets) && readdirSync(assets).some((name) => name.startsWith('rules-'));
function signing(sentence, tell) {
  story(sentence, async () => {
    if (!has_rules) return console.log('     skipped aloud: the rules were not built as WebAssembly, so phones sign nothing (tools/setup.sh test installs what that needs)');
    await tell();
  });
}

async function write(page, name) {
  await page.locator('nav a').nth(1).click();
  for (let step = 0; step < 14; step += 1) {
    await page.locator('h1').waitFor();
    if (await page.locator('.send').count() > 0) break;
    const title = await page.locator('h1').innerText();
    if (title === 'Under 18?') await page.getByRole('button', { name: 'Yes' }).click();
    else {
      if (title.startsWith('Where')) await page.locator('input.big').fill('Dimapur');
      if (title.startsWith('When')) await page.getByRole('button', { name: 'Now', exact: true }).click();
      if (title.includes('called')) await page.locator('input.line').fill(name);
      await page.getByRole('button', { name: 'Next question' }).click();
    }
    await page.locator('h1', { hasNotText: title }).waitFor();
  }
  await page.locator('.send').waitFor();
}
// Somebody who opened the form once with a line, so that this device can go on without one.
async function ready(node, user = 'desk') {
  const person = await Person.at(node, { size: phone, user });
  const introduced = person.page.waitForResponse((answer) => answer.url().endsWith('/api/v1/devices') && answer.status() === 201);
  const rules = person.page.waitForResponse((answer) => answer.url().includes('/forms/rescue_report/rules') && answer.ok());
  const program = person.page.waitForResponse((answer) => /\/assets\/rules-/.test(answer.url()) && answer.ok());
  await person.page.locator('nav a').nth(1).click();
  await Promise.all([introduced, rules, program]);
  await person.page.locator('nav a').nth(0).click();
  await person.page.locator('h1', { hasText: 'Today' }).waitFor();
  await person.page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true));
  return person;
}
async function send(page) {
  await page.locator('.send').click();
  await page.locator('h1', { hasText: 'Kept, not yet sent' }).waitFor();
}
async function open_outbox(page) {
  await page.locator('.sent a').click();
  await page.locator('h1', { hasText: 'What was sent' }).waitFor();
}
const the_cases = async (node) => (await (await node.as('desk'))('GET', '/records?type=case')).records;

signing('without a line a report is signed on this device, and the node takes those very bytes; one whose receipt is not the node\'s own stays unsent', async () => {
  const node = await new Node().start();
  const person = await ready(node);
  const { page } = person;
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.evaluate(() => dispatchEvent(new Event('offline')));
  await write(page, 'Mamoni');
  await send(page);
  await open_outbox(page);
  await page.getByText('Signed on this device').waitFor();
  await page.getByText('1 not yet sent', { exact: true }).first().waitFor();
  await person.shot('outbox-unsent-en-phone');
  await person.axe('the outbox with something unsent');
  await person.overflow('the outbox');
  await page.unroute('**/api/v1/**');
  let sent;
  // Somebody in between answers with a receipt that he altered.
  await page.route('**/api/v1/entries', async (route) => {
    sent = route.request().postDataJSON();
    const answer = await route.fetch();
    const body = await answer.json();
    for (const one of body.submissions) {
      const [head, payload, signature] = one.receipt.split('.');
      const said = JSON.parse(Buffer.from(payload, 'base64url').toString());
      one.receipt = `${head}.${Buffer.from(JSON.stringify({ ...said, at: '2031-01-01T00:00:00Z' })).toString('base64url')}.${signature}`;
    }
    await route.fulfill({ response: answer, body: JSON.stringify(body) });
  }, { times: 1 });
  await page.getByRole('button', { name: 'Send all now' }).click();
  await page.getByText("The office's signature for this is missing or wrong.", { exact: false }).waitFor();
  check(await page.locator('.tick').count() === 0, 'a tick without a receipt');
  await page.getByRole('button', { name: 'Send all now' }).click();
  await page.locator('.tick').waitFor();
  const all = await the_cases(node);
  check(all.length === 1, `${all.length} cases`);
  const desk = await node.as('desk');
  const lines = (await desk('GET', `/records/${all[0].id}/history`)).entries;
  same(lines.map((line) => line.signed_by), ['device', 'node'], 'who signed');
  const stored = (await desk('GET', `/ledger/entries/${lines[0].entry}`)).entry;
  check(sent.entries.some((entry) => entry.split('~')[0] === stored.split('~')[0]), 'the node keeps other bytes than the device signed');
  const people = (await desk('GET', '/records?type=person')).records;
  check(JSON.stringify(people).includes('Mamoni'), 'the name did not arrive');
  await page.getByText(/GHY-RLY\/\d+\/1/).waitFor();
  await person.done();
  await node.stop();
});

signing('a file saved without a line is carried to another computer; its answer brings the tick; lost and carried twice, nothing is doubled', async () => {
  const node = await new Node().start();
  const person = await ready(node);
  const { page } = person;
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.evaluate(() => dispatchEvent(new Event('offline')));
  for (const name of ['Anjali', 'Bina']) {
    await write(page, name);
    await send(page);
  }
  await open_outbox(page);
  const save = async () => {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save to a file' }).click();
    const download = await coming;
    check(download.suggestedFilename() === 'not-sent.age', `the file's name says ${download.suggestedFilename()}`);
    return download.path();
  };
  const path = await save();
  await page.getByText('2 things are in the file.', { exact: false }).waitFor();
  const bytes = readFileSync(path);
  check(bytes.subarray(0, 21).toString() === 'age-encryption.org/v1' && !bytes.includes('Anjali') && !bytes.includes('entries'), 'the file can be read');
  await save();  // the first one may be lost
  const desk = await Person.at(node, { user: 'station' });
  await desk.page.locator('nav a').nth(3).click();
  await desk.page.locator('button.row').first().click();
  await desk.page.getByText('A file from a phone').waitFor();
  for (let turn = 0; turn < 2; turn += 1) {
    await desk.page.locator('input[type=file]').last().setInputFiles(path);
    await desk.page.getByText('2 things are in the book now.').waitFor();
    check((await the_cases(node)).length === 2, 'not exactly two cases');
  }
  await desk.shot('outbox-bring-en-phone');
  const coming = desk.page.waitForEvent('download');
  await desk.page.getByRole('button', { name: 'Save the answer for the phone' }).click();
  const answer = await (await coming).path();
  await desk.page.locator('input[type=file]').last().setInputFiles(answer);
  await desk.page.getByText('not a whole file', { exact: false }).waitFor();
  check(await page.locator('.tick').count() === 0, 'a tick before the answer came');
  await page.locator('input[type=file]').first().setInputFiles(path);
  await page.getByText("This is not the office's answer", { exact: false }).waitFor();
  await page.locator('input[type=file]').first().setInputFiles(answer);
  await page.getByText('The office has signed for 2 things.').waitFor();
  check(await page.locator('.tick').count() === 2, 'not two ticks');
  await page.unroute('**/api/v1/**');
  await page.locator('nav a').nth(0).click();
  await page.reload();
  await page.locator('.sent').getByText('All sent').waitFor();
  check((await the_cases(node)).length === 2, 'sent once more when the line came back');
  await desk.done();
  await person.done();
  await node.stop();
});

signing('what was sent over the line and got no answer goes into a file under the same name: one case', async () => {
  const node = await new Node().start();
  const person = await ready(node);
  const { page } = person;
  await page.route('**/submissions', async (route) => {
    await route.fetch();
    await page.route('**/api/v1/**', (other) => other.abort());
    await route.abort();
  }, { times: 1 });
  await write(page, 'Champa');
  await send(page);
  await open_outbox(page);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save to a file' }).click();
  const path = await (await coming).path();
  const desk = await Person.at(node, { user: 'station' });
  await desk.page.locator('nav a').nth(3).click();
  await desk.page.locator('button.row').first().click();
  await desk.page.locator('input[type=file]').last().setInputFiles(path);
  await desk.page.getByText('1 thing is in the book now.').waitFor();
  check((await the_cases(node)).length === 1, 'the case was made twice');
  await desk.done();
  await page.unroute('**/api/v1/**');
  await page.getByRole('button', { name: 'Send all now' }).click();
  await page.locator('.tick').waitFor();
  check((await the_cases(node)).length === 1, 'the case was made twice');
  await person.done();
  await node.stop();
});

signing('a device that is retired before it sends gets one new key and sends all the same; retired between sending and asking again, nothing is doubled', async () => {
  const node = await new Node().start();
  const person = await ready(node);
  const { page } = person;
  const desk = await node.as('desk');
  const retire = async () => {
    for (const one of (await desk('GET', '/devices')).devices) if (one.state === 'in_use') await desk('DELETE', `/devices/${one.device}`);
  };
  const cut = async () => {
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.evaluate(() => dispatchEvent(new Event('offline')));
  };
  await cut();
  for (const name of ['Dipali', 'Dolly']) {
    await write(page, name);
    await send(page);
  }
  await retire();
  await page.unroute('**/api/v1/**');
  await open_outbox(page);
  await page.getByRole('button', { name: 'Send all now' }).click();
  await page.locator('.tick').nth(1).waitFor();
  check((await the_cases(node)).length === 2, 'not exactly two cases');
  same((await desk('GET', '/devices')).devices.map((one) => one.state).sort(), ['in_use', 'retired'], 'the devices');
  await cut();
  await write(page, 'Ela');
  await send(page);
  await page.unroute('**/api/v1/**');
  await page.route('**/api/v1/entries', async (route) => {
    await route.fetch();
    await retire();
    await route.abort();
  }, { times: 1 });
  await open_outbox(page);
  await page.getByRole('button', { name: 'Send all now' }).click();
  await page.locator('.tick').nth(2).waitFor();
  check((await the_cases(node)).length === 3, 'the third one was doubled, or lost');
  await person.done();
  await node.stop();
});
