// Two answers that differ are both kept until somebody settles them; a slip is put right, and both are shown.
import { at, check, desk, Person, phone, report, story, the_node } from './harness.mjs';

// Two people of one unit answer without having seen each other's answer.
async function differ(node, made, field, one, two) {
  const base = node.url + '/api/v1/records/' + made.case;
  const heads = (await (await node.as('desk'))('GET', `/records/${made.case}`)).heads;
  for (const [user, value] of [['desk', one], ['inspector', two]]) {
    const account = node.account(user);
    const opened = await fetch(node.url + '/api/v1/sessions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user, password: account.password }) });
    const { csrf } = await opened.json();
    const got = await fetch(base, { method: 'PATCH', headers: { Cookie: opened.headers.get('set-cookie').split(';')[0], 'X-CSRF-Token': csrf, 'Content-Type': 'application/json', 'If-Match': heads.map((head) => `"${head}"`).join(',') }, body: JSON.stringify({ fields: { [field]: value } }) });
    check(got.ok, `${user} cannot write: ${got.status}`);
  }
}

story('two answers that differ stand side by side, by whom and when; one is chosen, and the entry names both', async () => {
  const node = await the_node();
  const made = await report(node);
  await differ(node, made, 'place_found', 'Platform 4', 'Platform 7');
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  await page.getByText('Two answers differ:').waitFor();
  await page.getByRole('button', { name: /^Settle this/ }).click();
  await page.getByText('Both are kept.').waitFor();
  const text = await page.locator('main').innerText();
  for (const says of ['Platform 4', 'Platform 7', 'by you', 'by inspector', 'Leave both']) check(text.includes(says), `the conflict does not say "${says}": ${text}`);
  await person.shot('conflict-en-phone');
  await person.axe('two answers that differ');
  await page.getByRole('button', { name: /This one is right.*Platform 7/ }).click();
  await page.locator('.mark.ok').waitFor();
  const desk_api = await node.as('desk');
  const now = await desk_api('GET', `/records/${made.case}`);
  check(now.fields.place_found === 'Platform 7', `the answer is ${JSON.stringify(now.fields.place_found)}`);
  await page.goto(`${node.url}/#/case/${made.case}`);
  await page.getByText('Before: Platform 4').waitFor();
  await person.done();
});

story('leaving both writes nothing; by keyboard alone, on a desk, in Bengali', async () => {
  const node = await the_node();
  const made = await report(node);
  await differ(node, made, 'danger_now', 'yes', 'no');
  const person = await Person.at(node, { size: desk, language: 'bn', user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  const settle = page.getByRole('button', { name: /^এটা মেটান/ });
  await settle.focus();
  await page.keyboard.press('Enter');
  const both = page.getByRole('button', { name: 'দুটোই থাক' });
  await both.waitFor();
  await person.shot('conflict-bn-desk');
  await both.focus();
  await page.keyboard.press('Enter');
  await settle.waitFor();
  const now = await (await node.as('desk'))('GET', `/records/${made.case}`);
  check(Array.isArray(now.fields.danger_now.conflict), 'something was written');
  await person.done();
});

story('a slip of typing is put right: both times are shown and the clock follows (P5)', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['Rupa'], sex: 'female' }], 30);
  const desk_api = await node.as('desk');
  const due = async () => (await desk_api('GET', `/records/${made.part[0]}/clocks`)).clocks.find((one) => one.rule === 'in.jj.s31.produce_cwc').due;
  const before = await due();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  await page.getByRole('button', { name: /^Change: When was the person found/ }).click();
  const right = new Date(Date.parse(at(26)) + 330 * 60_000).toISOString();
  await page.locator('#date').fill(right.slice(0, 10));
  await page.locator('#time').fill(right.slice(11, 16));
  await person.shot('correct-en-phone');
  await person.axe('putting an answer right');
  await page.getByRole('button', { name: 'Write it down' }).click();
  await page.locator('.mark.ok').waitFor();
  const after = await due();
  check(Date.parse(after) - Date.parse(before) === 4 * 3_600_000, `the clock went from ${before} to ${after}`);
  await page.goto(`${node.url}/#/case/${made.case}`);
  await page.getByText(/^Before: /).waitFor();
  await person.shot('case-corrected-en-phone');
  await person.done();
});
