// Oversight: a commission sees how time limits are kept, in numbers, and opens one file only under an order, saying what for.
import { check, desk, Person, phone, report, story, the_node } from './harness.mjs';

story('R10: the nodal officer says who watches over whom; the commission then sees numbers with their law, and no name, place or file', async () => {
  const node = await the_node();
  await report(node, [{ under_18: 'yes', names: ['Nandini'], sex: 'female', age: 13 }], 80);
  const officer = await Person.at(node, { size: desk, user: 'desk' });
  await officer.page.locator('nav a').nth(3).click();
  await officer.page.getByRole('button', { name: 'How time limits are kept' }).click();
  await officer.page.getByLabel('Railway police help desk, Guwahati').selectOption({ label: 'State commission, child rights' });
  await officer.page.getByText('Set.', { exact: true }).waitFor();
  await officer.shot('watch-who-en-desk');
  await officer.axe('who watches over whom');
  await officer.done();

  const member = await Person.at(node, { size: phone, user: 'rights' });
  const { page } = member;
  await page.locator('nav a').nth(3).click();
  await page.getByRole('button', { name: 'How time limits are kept' }).click();
  const card = page.locator('section.card').filter({ hasText: 'Railway police help desk' });
  await card.waitFor();
  await card.locator('summary').click();
  const said = await card.innerText();
  check(/Late now\s*[1-9]/.test(said) && said.includes('Juvenile Justice'), `the numbers are not said: ${said}`);
  check(!(await page.locator('main').innerText()).includes('Nandini') && !(await page.content()).includes('Guwahati station'), 'a name or a place is among the numbers');
  await member.shot('watch-en-phone');
  await member.axe('numbers of the units that are watched');
  await page.locator('nav a').nth(2).click();
  await page.getByText('No cases yet.').waitFor();
  await member.done();
});

story('R10: an order opens one case to the commission, which says what for before it reads; the order is ended before its day', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['Nandini'], sex: 'female', age: 13 }]);
  const number = (await (await node.as('desk'))('GET', `/records/${made.case}`)).number;
  const officer = await Person.at(node, { size: phone, user: 'desk' });
  await officer.page.goto(`${node.url}/#/case/${made.case}`);
  await officer.page.getByRole('button', { name: 'Open under an order' }).click();
  await officer.page.getByRole('button', { name: /^rights · Commission/ }).click();
  check(await officer.page.getByRole('button', { name: 'Open it' }).isDisabled(), 'a case opens without an order');
  await officer.page.locator('#order').fill('Commission, inquiry 7, of today');
  await officer.page.getByRole('button', { name: 'Open it' }).click();
  await officer.page.getByText('Commission, inquiry 7, of today').waitFor();
  await officer.shot('order-en-phone');
  await officer.axe('an order');

  const member = await Person.at(node, { size: phone, user: 'rights' });
  const { page } = member;
  await page.locator('nav a').nth(2).click();
  await page.locator('a.card').first().click();
  await page.getByText('What do you open this for?').waitFor();
  check(!(await page.content()).includes(number), 'the case is shown before it is said what for');
  await member.shot('purpose-en-phone');
  await member.axe('what it is opened for');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'A complaint' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: number }).waitFor();
  check(!(await page.content()).includes('Nandini'), 'the name is among what the order opens');

  await officer.page.getByRole('button', { name: 'End this now' }).click();
  await officer.page.getByText('Ended.', { exact: true }).waitFor();
  await page.reload();
  await page.getByText('This is not here, or not for you to see.').waitFor();
  await officer.done();
  await member.done();
});

for (const [language, title] of [['bn', 'সময়সীমা কেমন মানা হচ্ছে'], ['hi', 'समय सीमाएँ कैसी निभ रही हैं']]) {
  story(`R10: the numbers are read in ${language}, at a desk's size`, async () => {
    const node = await the_node();
    const officer = await node.as('desk');
    const units = Object.fromEntries((await officer('GET', '/units')).units.map((one) => [one.code, one.unit]));
    await officer('PATCH', `/units/${units['GHY-RLY']}`, { supervised_by: units['AS-SCPCR'] });
    await report(node, undefined, 80);
    const member = await Person.at(node, { size: desk, user: 'rights', language });
    await member.page.locator('nav a').nth(3).click();
    await member.page.getByRole('button', { name: title }).click();
    await member.page.locator('section.card summary').first().click();
    await member.shot(`watch-${language}-desk`);
    await member.axe(`the numbers in ${language}`);
    await member.done();
  });
}
