// The holidays of a State, which no law book holds: the nodal officer lists them, and a limit that ends on one moves.
import { check, desk, Person, phone, story, the_node } from './harness.mjs';

story('the nodal officer lists the holidays of a year with the keyboard alone; what was typed is there after the screen was left, and a list is put right', async () => {
  const node = await the_node();
  const officer = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = officer;
  const year = new Date().getFullYear();
  const more = () => page.locator('nav a').nth(3).click();
  const open = async () => { await more(); await page.getByRole('button', { name: 'Holidays', exact: true }).click(); };
  await open();
  await page.getByText(`The other holidays of ${year} are not known here`, { exact: false }).waitFor();
  check((await page.locator('main').innerText()).includes('15 Aug'), 'what the law says is not shown');
  check(await page.getByRole('button', { name: 'Keep this list' }).isDisabled(), 'a list is kept without saying who published it');
  await page.locator('#day').fill(`${year}-03-04`);
  await page.locator('#title').focus();
  await page.keyboard.type('Holi');
  await page.keyboard.press('Enter');
  await page.getByText('Wednesday, 4 Mar 2026').or(page.getByText('Holi')).first().waitFor();
  await page.locator('#title').fill('Half a wor');
  await more();
  await open();
  await page.getByText('Holi').first().waitFor();
  check(await page.locator('#title').inputValue() === 'Half a wor', 'a keystroke is lost');
  await page.locator('#title').fill('');
  await page.locator('#source').fill('Order of the State, no. 12 of 2 January');
  await officer.shot('holidays-en-phone');
  await officer.axe('holidays');
  await page.getByRole('button', { name: 'Keep this list' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Kept. Time limits follow.').waitFor();
  const listed = async (name) => (await (await node.as('desk'))('GET', '/calendars')).calendars.find((one) => one.calendar === name).listed;
  check((await listed('court')).length === 0 === ((await listed('committee')).length === 1), 'the list went to another calendar');
  const all = [...(await listed('court')), ...(await listed('committee')), ...(await listed('office'))];
  check(all.length === 1 && all[0].year === year && all[0].days[0].title === 'Holi' && all[0].days.length === 1, `what was kept is ${JSON.stringify(all)}`);

  await page.getByRole('button', { name: 'Take out: Holi' }).click();
  await page.getByText('Nothing yet.').waitFor();
  await page.getByRole('button', { name: 'Keep this list' }).click();
  await page.getByText('Kept. Time limits follow.').waitFor();
  await officer.page.context().setOffline(true);
  await page.getByRole('button', { name: 'Keep this list' }).click();
  await page.getByText('Kept. Time limits follow.').waitFor({ state: 'detached' });
  check(await page.locator('[role=status]').last().innerText() !== '', 'without a line nothing is said');
  await officer.page.context().setOffline(false);
  await officer.done();
});

story('holidays speak the reader\'s language, at a desk and on a phone', async () => {
  const node = await the_node();
  for (const [language, word] of [['bn', 'ছুটির দিন'], ['hi', 'छुट्टियाँ']]) {
    const officer = await Person.at(node, { size: language === 'hi' ? desk : phone, user: 'desk', language });
    await officer.page.goto(`${node.url}/#/holidays`);
    await officer.page.getByRole('heading', { name: word, exact: true }).waitFor();
    await officer.page.locator('#day').waitFor();
    await officer.shot(`holidays-${language}`);
    await officer.axe(`holidays in ${language}`);
    await officer.done();
  }
});
