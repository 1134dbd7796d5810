// A girl is found by her name in letters that it was not written in; two files that may be of one girl are looked at and decided
// with the keyboard alone, by two officers; what hangs together is drawn, and the keyboard reaches every point of it.
import { at, check, desk, Person, patience, phone, report, story, the_node } from './harness.mjs';

async function waits(what, why) {
  const end = Date.now() + patience;
  for (;;) {
    const got = await what();
    if (got) return got;
    if (Date.now() > end) throw new Error(why);
    await new Promise((done) => setTimeout(done, 200));
  }
}

// The same girl, written down at two units under two spellings; the comparison that both officers are told of.
async function two_files(node, bengali, latin) {
  const first = await report(node, [{ under_18: 'yes', names: [bengali], sex: 'female', age: 14 }]);
  const station = await node.as('station');
  const second = (await station('POST', '/forms/rescue_report/submissions', { answers: { case: { danger_now: 'no', place_found: 'Jorhat', found_at: at(2) }, person: [{ under_18: 'yes', names: [latin], sex: 'female', age: 14 }] } })).records;
  const police = await node.as('desk');
  const match = await waits(async () => (await police('GET', `/matches?record=${first.person[0]}`)).matches[0], 'nobody is told');
  return { first, second, match };
}

// Goes on with Tab until what is wanted has the focus, as somebody without a mouse does.
async function tab_to(page, text) {
  for (let i = 0; i < 80; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => (document.activeElement?.matches('a, button, input, textarea, select') ?? false) && document.activeElement.textContent.includes(wanted), text)) return;
  }
  throw new Error(`the keyboard never comes to "${text}"`);
}

story('a name typed in Latin letters finds the girl whose name was written in Bengali, and says why; the name stays behind six dots', async () => {
  const node = await the_node();
  const police = await node.as('desk');
  const made = await report(node, [{ under_18: 'yes', names: ['নূরজাহান বেগম'], sex: 'female', age: 'about 12' }]);
  await waits(async () => !(await police('GET', '/records?type=person&q=x')).still_reading, 'the names are never read');
  for (const [language, size, name] of [['bn', phone, 'phone'], ['hi', desk, 'desk']]) {
    const person = await Person.at(node, { size, language, user: 'desk' });
    const { page } = person;
    await page.locator('nav a').nth(2).click();
    await page.locator('#look').fill('Nurjahan Begum');
    await page.locator('#look').press('Enter');
    const card = page.locator('li.card').first();
    await card.waitFor();
    check((await card.locator('.why').textContent()).length > 3, 'no word says why');
    check(!(await page.locator('main').innerText()).includes('নূরজাহান'), 'the name stands open');
    await card.locator('.masked').focus();
    await page.keyboard.down(' ');
    check((await card.innerText()).includes('নূরজাহান বেগম'), 'held, and no name');
    await page.keyboard.up(' ');
    await person.shot(`find-${language}-${name}`);
    await person.axe('people found');
    await person.overflow('people found');
    await card.locator('a').click();
    await page.waitForURL(`**/#/case/${made.case}`);
    await person.done();
  }
});

story('two files that may be of one girl are decided with the keyboard alone, and it takes a second officer', async () => {
  const node = await the_node();
  const { match, first } = await two_files(node, 'সাবিনা ইয়াসমিন', 'Sabina Yasmin');
  const one = await Person.at(node, { size: phone, language: 'bn', user: 'desk' });
  await one.page.goto(`${node.url}/#/match/${match.id}`);
  await one.page.getByText('Police station, Jorhat').waitFor();
  check(!(await one.page.evaluate(() => document.documentElement.outerHTML)).includes('Sabina'), 'the other file\'s name is there');
  await one.shot('match-bn-phone');
  await one.axe('a comparison');
  await one.overflow('a comparison');
  await tab_to(one.page, 'একই মানুষ');
  await one.page.keyboard.press('Enter');
  await one.page.getByText('দ্বিতীয় অফিসারকেও বলতে হবে').waitFor();
  const two = await Person.at(node, { size: desk, language: 'hi', user: 'station' });
  await two.page.getByText('दूसरा अधिकारी तय करेगा').first().waitFor();
  await tab_to(two.page, 'दूसरा अधिकारी तय करेगा');
  await two.page.keyboard.press('Enter');
  await two.page.waitForURL(`**/#/match/${match.id}`);
  await two.shot('match-hi-desk');
  await two.axe('a second officer');
  await tab_to(two.page, 'एक ही व्यक्ति');
  await two.page.keyboard.press('Enter');
  await two.page.locator('.note.good').waitFor();
  const police = await node.as('desk');
  const { tasks } = await police('GET', `/records/${first.case}/tasks`);
  check(tasks.some((task) => task.step === 'ask_found_person' && task.state === 'open'), `nobody has to ask her: ${JSON.stringify(tasks.map((task) => [task.step, task.state]))}`);
  await one.done();
  await two.done();
});

story('a girl who was written down twice is shown side by side; what hangs together is drawn, and as a table', async () => {
  const node = await the_node();
  const police = await node.as('desk');
  const a = await report(node, [{ under_18: 'yes', names: ['রুমেলা সাহা'], sex: 'female', age: 10 }]);
  const b = await report(node, [{ under_18: 'yes', names: ['Rumela Saha'], sex: 'female', age: 10 }]);
  for (const [way, made] of [['AS-01-AB-1234', a], ['AS-01-AB-1234', b]]) await police('POST', '/forms/leg/submissions', { answers: { leg: { from: 'Silchar', to: 'Siliguri', by: 'road', vehicle: way } }, records: { case: made.case, part: made.part[0] } });
  const match = await waits(async () => (await police('GET', `/matches?record=${a.person[0]}`)).matches.find((one) => one.kind === 'duplicate'), 'nobody sees it');
  const person = await Person.at(node, { size: desk, language: 'bn', user: 'inspector' });
  const { page } = person;
  await page.goto(`${node.url}/#/match/${match.id}`);
  await page.locator('.masked').nth(1).waitFor();
  await person.shot('match-both-bn-desk');
  await person.axe('both sides');
  await page.goto(`${node.url}/#/links/${a.case}`);
  await page.locator('g.node').first().waitFor();
  const count = await page.locator('g.node').count();
  check(await page.locator('g.case').count() >= 2, 'the case that shares the vehicle is not drawn');
  check(await page.locator('tbody tr').count() >= 6, 'the table is short');
  const reached = new Set();
  for (let i = 0; i < count + 40; i += 1) {
    await page.keyboard.press('Tab');
    const label = await page.evaluate(() => (document.activeElement?.matches('g.node') ? document.activeElement.getAttribute('transform') : ''));
    if (label) reached.add(label);
  }
  check(reached.size === count, `the keyboard reaches ${reached.size} of ${count}`);
  await person.shot('links-bn-desk');
  await person.axe('what hangs together');
  await person.done();
  const small = await Person.at(node, { size: phone, language: 'hi', user: 'desk' });
  await small.page.goto(`${node.url}/#/links/${a.case}`);
  await small.page.locator('g.node').first().waitFor();
  await small.overflow('what hangs together');
  await small.shot('links-hi-phone');
  await small.done();
});
