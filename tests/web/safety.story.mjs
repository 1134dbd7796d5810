// What keeps people safe at the screen: leaving, six dots, neutral titles.
import { check, desk, Person, phone, report, story, the_node } from './harness.mjs';

async function gone(person, node, how) {
  await person.page.waitForURL('**/away.html');
  await person.page.getByText('Calculator').first().waitFor();
  for (const key of ['7', '×', '8', '=']) await person.page.locator('#keys button', { hasText: key }).first().click();
  check(await person.page.locator('#shown').innerText() === '56', 'the ordinary page is not one');
  for (let back = 0; back < 3; back += 1) {
    await person.page.goBack({ timeout: 2000 }).catch(() => null);
    const text = await person.page.evaluate(() => document.body.innerText);
    check(!/GHY-RLY|Today|Cases/.test(text), `${how}: Back returns to ${text.slice(0, 80)}`);
  }
  await person.page.goto(node.url + '/');
  await person.page.locator('#user').waitFor();
}

story('Leave is one touch, at the same place on every screen; Back does not return, and coming back needs the password', async () => {
  const node = await the_node();
  const made = await report(node);
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const places = new Set();
  for (const path of ['today', 'cases', `case/${made.case}`, 'report', 'more']) {
    await person.page.evaluate((to) => { location.hash = `#/${to}`; }, path);
    await person.page.waitForTimeout(250);
    const box = await person.page.locator('.leave').boundingBox();
    places.add(`${Math.round(box.x)},${Math.round(box.y)}`);
    check(box.width >= 44 && box.height >= 44, 'Leave is too small');
  }
  check(places.size === 1, `Leave moves about: ${[...places]}`);
  await person.page.locator('.leave').tap();
  await gone(person, node, 'Leave');
  await person.done();
});

story('Shift three times leaves; twice, held down, or beside another key does not; without a line it works as well', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: desk, user: 'desk' });
  const { page } = person;
  await page.locator('.card, .empty').first().waitFor();
  for (const keys of [['Shift', 'Shift'], ['Shift', 'a', 'Shift', 'Shift']]) {
    for (const key of keys) await page.keyboard.press(key);
    await page.waitForTimeout(1600);
    check(!page.url().includes('away'), `${keys} leaves`);
  }
  await page.locator('nav a').nth(2).click();
  await page.locator('a.card, .empty').first().waitFor();
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.evaluate(() => { IDBObjectStore.prototype.put = () => { throw new Error('a database that is slower than the page is gone'); }; });
  for (let press = 0; press < 3; press += 1) await page.keyboard.press('Shift');
  await page.waitForURL('**/away.html');
  await page.unroute('**/api/v1/**');
  await gone(person, node, 'Shift');
  await person.done();
});

story('a name is six dots until it is held, by finger or by key; no title, address or label carries it before', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['Annapurna'] }]);
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  const name = page.locator('.masked').first();
  await name.waitFor();
  const hidden = async () => !(await page.evaluate(() => document.documentElement.outerHTML + document.title + location.href)).includes('Annapurna');
  check(await hidden(), 'the name stands in the page before it is held');
  check((await name.innerText()).startsWith('••••••'), 'a hidden name is not six dots');
  await name.evaluate((one) => one.scrollIntoView({ block: 'center' }));
  const box = await name.boundingBox();
  await page.mouse.move(box.x + 20, box.y + 15);
  await page.mouse.down();
  await name.getByText('Annapurna').waitFor();
  await page.mouse.up();
  check(await hidden(), 'the name stays after it was let go');
  await name.focus();
  await page.keyboard.down('Space');
  await name.getByText('Annapurna').waitFor();
  await page.keyboard.up('Space');
  check(await hidden(), 'the name stays after the key was let go');
  const titles = [];
  for (const path of ['today', 'cases', `case/${made.case}`, `task/${made.part[0]}.health_check`, 'report', 'outbox', 'more']) {
    await page.evaluate((to) => { location.hash = `#/${to}`; }, path);
    await page.waitForTimeout(200);
    titles.push(await page.title());
  }
  check(titles.every((title) => ['Today', 'List', 'Sheet', 'To do', 'New', 'Sent', 'More'].includes(title)), `titles: ${titles}`);
  await person.done();
});
