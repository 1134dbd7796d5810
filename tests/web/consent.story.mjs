// Consent: asked in the person's own language, what cannot be taken back said first; taken back at one touch, and then the door that
// it had opened is shut; an answer given without a line is kept and counts.
import { check, Person, phone, report, story, the_node } from './harness.mjs';

const adult = (name) => [{ under_18: 'no', age: 24, names: [name], sex: 'female', language: 'bn' }];

story('an adult is asked in her own language; her yes lets another unit be told, her taking it back shuts the file at once (P18)', async () => {
  const node = await the_node();
  const made = await report(node, adult('Salma'));
  const part = made.part[0];
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  await page.getByRole('button', { name: 'What was agreed' }).click();
  await page.locator('.list .ask').first().waitFor();
  check(await page.locator('.chip[aria-pressed="true"]').innerText() === 'বাংলা', 'she is not asked in her own language');
  await person.shot('consent-list-en-phone');
  await person.axe('what was agreed');
  await page.locator('.ask').filter({ hasText: 'May we tell the named offices' }).click();
  const said = page.locator('.theirs');
  await said.getByText('দপ্তর').first().waitFor();
  check((await said.innerText()).includes('ফেরানো যায় না'), 'what cannot be taken back is not said before');
  check(await page.locator('.two').getAttribute('lang') === 'bn', 'the answers are not in her language');
  await page.locator('#whom').fill("The children's home: that she comes tonight.");
  await page.getByRole('button', { name: 'One year' }).click();
  await page.getByRole('button', { name: 'Thumb print' }).click();
  await person.shot('consent-ask-en-phone');
  await person.axe('asking for consent');
  await person.overflow('asking for consent');
  await page.getByRole('button', { name: 'হ্যাঁ' }).click();
  await page.getByText('Yes, until').waitFor();
  const desk = await node.as('desk');
  const units = (await desk('GET', '/units')).units;
  const asked = await desk('POST', '/referrals', { record: part, to: units.find((one) => one.code === 'GHY-NGO').unit, asks: 'counselling', basis: 'consent' });
  const outreach = await node.as('outreach');
  await outreach('POST', `/referrals/${asked.id}/accept`, {});
  await outreach('GET', `/records/${made.person[0]}`);
  await page.getByRole('button', { name: /^Take it back/ }).click();
  await page.getByText('Care, bed and money stay as they are.').waitFor();
  await page.getByText(/^Taken back/).first().waitFor();
  check(await page.locator('textarea').count() === 0, 'a reason is asked for');
  await person.shot('consent-back-en-phone');
  const shut = await outreach('GET', `/records/${made.person[0]}`).then(() => 'open', (error) => String(error));
  check(shut.includes('404'), `the file is still open to the other unit: ${shut}`);
  await person.done();
});

story('without a line an answer is kept, shown as not yet sent, and reaches the node later; a child is asked too, and the screen says who agrees', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'not_sure', names: ['Mina'], sex: 'female', language: 'hi' }]);
  const person = await Person.at(node, { size: phone, language: 'hi', user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/consent/${made.part[0]}`);
  await page.locator('.list .ask').first().waitFor();
  await page.getByText('बच्चे की अपनी बात लिखें').waitFor();
  await person.shot('consent-list-hi-phone');
  await person.context.setOffline(true);
  await page.locator('.ask').filter({ hasText: 'डॉक्टर' }).first().focus();
  await page.keyboard.press('Enter');
  const no = page.locator('.two .button').nth(1);
  await no.focus();
  await page.keyboard.press('Enter');
  await page.getByText('यहाँ रखा है, अभी भेजा नहीं').waitFor();
  await person.context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event('online')));
  const desk = await node.as('desk');
  for (let tries = 0; ; tries += 1) {
    const { records } = await desk('GET', `/records?type=consent&of=${made.person[0]}`);
    if (records.some((one) => one.fields.C_medical === 'no' && one.fields.explained_in === 'hi')) break;
    check(tries < 360, `the answer never came: ${JSON.stringify(records)}`);
    await page.waitForTimeout(250);
  }
  await person.done();
});
