// Work: what is due, doing it, leaving it out, why it is late; finding a case and reading it.
import { check, Person, phone, report, story, the_node } from './harness.mjs';

story('a late task stands first with its law; the reason is a choice without blame and stays with it', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['Rupa'], sex: 'female', age: 13 }], 80);
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  const first = page.locator('.card').filter({ hasText: 'Late by' }).first();
  await first.waitFor();
  check((await first.innerText()).includes('The law requires: within 24 hours'), `the law is not said: ${await first.innerText()}`);
  await page.goto(`${node.url}/#/task/${made.part[0]}.produce_before_cwc`);
  await page.getByRole('button', { name: 'Why is it late? Write the reason' }).click();
  await page.getByRole('button', { name: 'Flood' }).click();
  await page.locator('#beside').fill('The bridge was gone.');
  await person.shot('task-late-en-phone');
  await person.axe('a reason for delay');
  await page.getByRole('button', { name: 'Keep the reason' }).click();
  await page.getByText('Reason for delay: Flood').waitFor();
  const clock = (await (await node.as('desk'))('GET', `/records/${made.part[0]}/clocks`)).clocks.find((one) => one.rule === 'in.jj.s31.produce_cwc');
  check(clock.reason_for_delay === 'flood' && clock.state === 'late', `the clock says ${JSON.stringify(clock)}`);
  await person.done();
});

story('a task is done at a touch; a step is left out only with a reason, which can be read', async () => {
  const node = await the_node();
  const made = await report(node);
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/task/${made.part[0]}.report_child`);
  await page.getByRole('button', { name: 'It is done' }).click();
  await page.getByText(/^Done today/).waitFor();
  await page.goto(`${node.url}/#/task/${made.part[0]}.health_check`);
  await page.getByRole('button', { name: 'Leave this step out' }).click();
  check(await page.getByRole('button', { name: 'Leave it out' }).isDisabled(), 'it can be left out without a reason');
  await page.locator('textarea').fill('She does not want it.');
  await page.getByRole('button', { name: 'Leave it out' }).click();
  await page.getByText('She does not want it.').waitFor();
  await person.done();
});

story('a case is found by the name of a person in any script, by its number, and a search that finds nothing says so', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['মধুমিতা'] }]);
  const number = (await (await node.as('desk'))('GET', `/records/${made.case}`)).number;
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.locator('nav a').nth(2).click();
  for (const [typed, finds] of [['মধু', number], ['nobody of this name', '']]) {
    await page.locator('#look').fill(typed);
    await page.keyboard.press('Enter');
    if (finds) {
      await page.locator('li.card').filter({ hasText: finds }).waitFor();
      check(!(await page.locator('main').innerText()).includes('মধুমিতা'), 'the list carries a name');
    } else await page.getByText('Nothing found.').waitFor();
  }
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.locator('a.card').filter({ hasText: number }).click();
  await page.locator('.masked').waitFor();
  const text = await page.locator('main').innerText();
  for (const says of ['Who holds the case', 'You, Railway police help desk', 'What to do next', 'Time limits', 'Juvenile Justice', 'What happened', 'Number given', 'Beside it, from the first day']) check(text.includes(says), `the case does not say "${says}"`);
  await person.done();
});

story('a search while the node still reads the names is asked again by itself', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['মধুমিতা'] }]);
  const number = (await (await node.as('desk'))('GET', `/records/${made.case}`)).number;
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.route(/records\?(?=.*type=person)(?=.*q=)/, (route) => route.fulfill({ json: { records: [], still_reading: true } }), { times: 1 });
  await page.locator('nav a').nth(2).click();
  await page.locator('#look').fill('মধু');
  await page.keyboard.press('Enter');
  await page.getByText('The names are still being read.').waitFor();
  await page.locator('li.card').filter({ hasText: number }).waitFor();
  await person.done();
});

story('what is outside one\'s reach is not there, in the same words as what never was', async () => {
  const node = await the_node();
  const made = await report(node);
  const person = await Person.at(node, { size: phone, user: 'station' });
  const { page } = person;
  for (const id of [made.case, '01a21389-c93d-7aca-b129-49e335b4a1ce']) {
    await page.goto(`${node.url}/#/case/${id}`);
    await page.getByText('This is not here, or not for you to see.').waitFor();
  }
  await person.done();
});

story('a paper of the case is printed in one press, under an address that names nobody', async () => {
  const node = await the_node();
  const made = await report(node);
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  const papers = page.locator('.was ul .button.second');
  await papers.first().waitFor();
  const [got, paper] = await Promise.all([page.waitForResponse((response) => response.url().includes('/print?')), person.context.waitForEvent('page'), papers.first().click()]);
  check(got.status() === 200 && got.headers()['content-type'] === 'application/pdf', `printing gives ${got.status()}`);
  await page.waitForTimeout(400);
  check(!paper.url().includes(made.case) && !paper.url().includes('print'), `the paper lies at ${paper.url()}`);
  await person.done();
});
