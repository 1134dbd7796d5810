// Lists and numbers of the pack: read by whoever they are for, begun and followed up from the list itself, and a page for anybody.
import { check, desk, Person, phone, story, the_node } from './harness.mjs';

story('R2: a meeting and its resolution are written, found on the lists, and followed up by the unit that sees to it, on a phone', async () => {
  const node = await the_node();
  const officer = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = officer;
  await page.locator('nav a').nth(3).click();
  await page.getByRole('button', { name: 'Lists and numbers' }).click();
  await page.getByRole('heading', { name: 'Meetings and resolutions' }).waitFor();
  await officer.shot('lists-en-phone');
  await officer.axe('lists');
  const api = await node.as('desk');
  const made = await api('POST', '/forms/convening/submissions', { answers: { convening: { title: 'Units of the hills', kind: 'workshop', held_on: '2026-03-04' } } });
  const committee = (await api('GET', '/units')).units.find((one) => one.code === 'KAM-CWC').unit;
  await api('POST', '/forms/resolution/submissions', { answers: { resolution: { item: 1, text: 'Meet each quarter', owner: committee, due: '2026-06-30', standing: 'not_begun' } }, records: { convening: made.records.convening } });
  await page.getByRole('button', { name: 'Resolutions past their day' }).click();
  await page.getByText('Meet each quarter').waitFor();
  check(/Child Welfare Committee, Kamrup/.test(await page.locator('main').innerText()), 'it is not said who sees to it');

  const member = await Person.at(node, { size: phone, user: 'committee' });
  await member.page.goto(`${node.url}/#/list/resolutions_late`);
  await member.page.getByText('Meet each quarter').waitFor();
  await member.shot('list-en-phone');
  await member.axe('a list');
  await member.page.getByRole('button', { name: 'How a resolution stands' }).focus();
  await member.page.keyboard.press('Enter');
  await member.page.getByText('How does it stand?').waitFor();
  await member.page.getByText('Under way').click();
  await member.done();
  await officer.done();
});

story('R2: anybody reads the page of resolutions, without a script and without signing in', async () => {
  const node = await the_node();
  const stranger = await Person.at(node, { size: desk, user: '' });
  await stranger.page.goto(`${node.url}/api/v1/public/resolutions`);
  await stranger.page.getByRole('heading', { name: 'Resolutions' }).waitFor();
  await stranger.shot('resolutions-public-desk');
  check(await stranger.page.locator('script').count() === 0, 'the page runs a script');
  await stranger.done();
});

story('lists speak the reader\'s language', async () => {
  const node = await the_node();
  await (await node.as('desk'))('POST', '/forms/resolution/submissions', { answers: { resolution: { item: 7, text: 'हर तिमाही मिलें', due: '2027-06-30', standing: 'under_way' } }, records: {} });
  for (const [language, word] of [['bn', 'তালিকা ও সংখ্যা'], ['hi', 'सूचियाँ और संख्याएँ']]) {
    const reader = await Person.at(node, { size: language === 'hi' ? desk : phone, user: 'desk', language });
    await reader.page.goto(`${node.url}/#/lists`);
    await reader.page.getByRole('heading', { name: word }).waitFor();
    await reader.page.locator('button.card').first().waitFor();
    await reader.shot(`lists-${language}`);
    await reader.page.goto(`${node.url}/#/list/resolutions`);
    await reader.page.locator('li.card').first().waitFor();
    await reader.shot(`list-${language}`);
    check(!/[A-Za-z]{4,}/.test((await reader.page.locator('main dt').allInnerTexts()).join(' ')), 'English is left over in the columns');
    await reader.axe(`a list in ${language}`);
    await reader.done();
  }
});

story('R4: a question that names somebody of this node is answered by choosing a colleague, and read back by name', async () => {
  const node = await the_node();
  const officer = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = officer;
  await page.goto(`${node.url}/#/list/load`);
  await page.getByRole('button', { name: 'New: Person of the unit' }).click();
  await page.getByRole('heading', { name: 'Who?' }).waitFor();
  await officer.shot('colleague-en-phone');
  await officer.axe('choosing a colleague');
  await page.getByRole('button', { name: /^inspector/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Of which unit?' }).waitFor();
  await page.getByRole('button', { name: /Railway police help desk/ }).click();
  await page.getByRole('heading', { name: 'What is the work?' }).waitFor();
  await page.getByRole('button', { name: /Investigates/ }).click();
  for (const question of ['Since when?', 'What does this person know well?', 'Who learns from this person?']) {
    await page.getByRole('heading', { name: question }).waitFor();
    await page.getByRole('button', { name: 'Next question' }).click();
  }
  await page.getByText('inspector', { exact: true }).waitFor();
  await officer.shot('colleague-review-en-phone');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.waitForURL(/#\/(receipt|today)/);
  await page.goto(`${node.url}/#/list/load`);
  await page.locator('li.card').filter({ hasText: 'inspector' }).waitFor();
  check((await page.locator('li.card').innerText()).includes('Investigates'), 'the work is not on the list');
  await officer.done();
});
