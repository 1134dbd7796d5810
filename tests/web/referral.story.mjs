// One unit asks another: from the case, through the offer, to the yes that opens the file; a no with its reason comes back.
import { check, Person, phone, report, story, the_node } from './harness.mjs';

async function ask(person, node, made, what) {
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  await page.getByRole('button', { name: 'Ask another unit' }).first().click();
  await page.getByRole('button', { name: /Children's home/ }).click();
  await page.locator('.chips').last().locator('button').first().click();
  await page.locator('#told').fill(what);
  await person.shot('refer-en-phone');
  await person.axe('asking another unit');
  await page.locator('main .button').click();
  await page.locator('.mark.ok').waitFor();
}

story('another unit is asked; it reads how many and no name, says yes, and then sees the case; a no comes back with its reason', async () => {
  const node = await the_node();
  const first = await report(node, [{ under_18: 'yes', names: ['Bhagyashree'], sex: 'female', language: 'bn' }]);
  const second = await report(node, [{ under_18: 'yes', names: ['Tulsi'], sex: 'female' }]);
  const asker = await Person.at(node, { size: phone, user: 'desk' });
  const asked = await Person.at(node, { size: phone, user: 'shelter' });
  await ask(asker, node, first, 'One bed from tonight.');
  await asked.page.reload();
  await asked.page.getByText('Handed to you').waitFor();
  await asked.page.locator('button.card').first().click();
  await asked.page.getByText('One bed from tonight.').waitFor();
  check(!(await asked.page.evaluate(() => document.documentElement.outerHTML)).includes('Bhagyashree'), 'the name is there before the yes');
  await asked.shot('offer-en-phone');
  await asked.axe('an offer');
  await asked.page.getByRole('button', { name: 'Yes, we take this on' }).click();
  await asked.page.getByText('Yes was said.').waitFor();
  await asked.page.getByRole('button', { name: 'Cases' }).click();
  await asked.page.locator('a.card').first().click();
  await asked.page.locator('.masked').first().waitFor();
  await ask(asker, node, second, 'Also for tonight.');
  await asked.page.locator('nav a').first().click();
  await asked.page.locator('button.card').first().click();
  await asked.page.getByRole('button', { name: 'No, we cannot' }).click();
  await asked.page.getByRole('button', { name: 'No room now' }).click();
  await asked.page.getByRole('button', { name: 'Say no' }).click();
  await asked.page.getByText('No was said.').waitFor();
  await asker.page.locator('nav a').first().click();
  await asker.page.getByText('has said no').first().click();
  await asker.page.getByText('No room now').waitFor();
  await asker.done();
  await asked.done();
});
