// Signing: what was handed in is read and signed by three different people, or sent back with what must be changed; and why a step
// was late is said after it was done.
import { check, Person, phone, report, story, the_node } from './harness.mjs';

// A child's file as far as the final order: handed in, and nobody has signed.
async function handed_in(node) {
  const made = await report(node, [{ under_18: 'yes', names: ['Rupa'], sex: 'female', age: 13 }], 30);
  const part = made.part[0];
  const units = (await (await node.as('desk'))('GET', '/units')).units;
  const committee = await node.as('committee');
  await (await node.as('desk'))('PATCH', `/records/${part}`, { fields: { committee: units.find((one) => one.code === 'KAM-CWC').unit } });
  await committee('PATCH', `/records/${part}`, { fields: { home_checked: 'yes', home_suspect: 'no' } });
  for (const { id, step, state } of (await committee('GET', `/records/${part}/tasks`)).tasks) {
    if (['produce_before_cwc', 'interim_placement', 'social_investigation'].includes(step) && state !== 'done') await (await node.as(step === 'produce_before_cwc' ? 'desk' : 'committee'))('POST', `/tasks/${id}/done`, {});
  }
  await committee('POST', '/forms/final_order/submissions', { answers: { part: { final_order_at: new Date(Date.now() - 60_000).toISOString().slice(0, 16) + 'Z', final_order_note: 'Restored to the mother.' } }, records: { part } });
  return { ...made, task: `${part}.final_order` };
}

story('a final order is read and signed by three; two see how many are missing; the third sends it back with what must be changed', async () => {
  const node = await the_node();
  const made = await handed_in(node);
  for (const [index, user] of ['committee', 'member'].entries()) {
    const person = await Person.at(node, { size: phone, user });
    const { page } = person;
    await page.goto(`${node.url}/#/task/${made.task}`);
    await page.getByText(`${index} of 3 have signed`).waitFor();
    await page.getByText('Restored to the mother.').waitFor();
    check((await page.locator('main').innerText()).includes('s. 28'), 'the section that wants three is not said');
    if (index === 1) await person.shot('sign-en-phone');
    if (index === 1) await person.axe('signing a step');
    await page.getByRole('button', { name: 'I sign this' }).click();
    await page.getByText(`${index + 1} of 3 have signed`).waitFor();
    await page.getByText('You have signed.').waitFor();
    check(await page.getByRole('button', { name: 'I sign this' }).count() === 0, 'it can be signed twice');
    await person.done();
  }
  const third = await Person.at(node, { size: phone, language: 'bn', user: 'magistrate' });
  await third.page.goto(`${node.url}/#/task/${made.task}`);
  await third.page.getByText('৩ জনের মধ্যে ২ জন সই করেছেন').waitFor();
  await third.shot('sign-bn-phone');
  await third.page.getByRole('button', { name: 'ফেরত পাঠান' }).click();
  check(await third.page.getByRole('button', { name: 'ফেরত পাঠান' }).isDisabled(), 'it can be sent back without a reason');
  await third.page.locator('textarea').fill('To whom?');
  await third.shot('sign-back-bn-phone');
  await third.axe('sending a step back');
  await third.page.getByRole('button', { name: 'ফেরত পাঠান' }).click();
  await third.page.getByText('To whom?').waitFor();
  await third.done();
  const first = await Person.at(node, { size: phone, user: 'committee' });
  await first.page.goto(`${node.url}/#/task/${made.task}`);
  await first.page.getByText('Sent back').waitFor();
  await first.page.getByRole('button', { name: 'Fill in the form' }).waitFor();
  await first.done();
});

story('by keyboard alone and without a line: a signature is not lost and not feigned', async () => {
  const node = await the_node();
  const made = await handed_in(node);
  const person = await Person.at(node, { user: 'member' });
  const { page } = person;
  await page.goto(`${node.url}/#/task/${made.task}`);
  const sign = page.getByRole('button', { name: 'I sign this' });
  await sign.waitFor();
  await person.context.setOffline(true);
  await sign.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'No line' }).waitFor();
  check(await page.getByText('You have signed.').count() === 0, 'it looks signed without the node');
  await person.context.setOffline(false);
  await sign.focus();
  await page.keyboard.press('Enter');
  await page.getByText('1 of 3 have signed').waitFor();
  await person.done();
});

story('why a step was late can be said after it was done, as a choice without blame', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['Mina'], sex: 'female' }], 80);
  const desk = await node.as('desk');
  await desk('POST', `/tasks/${made.part[0]}.produce_before_cwc/done`, {});
  const person = await Person.at(node, { size: phone, language: 'hi', user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/task/${made.part[0]}.produce_before_cwc`);
  await page.getByRole('button', { name: 'देरी क्यों हुई थी? कारण लिखें' }).click();
  await page.locator('.choices button').nth(4).click();
  await person.shot('late-after-hi-phone');
  await person.axe('a reason for delay afterwards');
  await page.getByRole('button', { name: 'कारण रखें' }).click();
  await page.getByText('देरी का कारण').waitFor();
  const clock = (await desk('GET', `/records/${made.part[0]}/clocks`)).clocks.find((one) => one.rule === 'in.jj.s31.produce_cwc');
  check(clock.was_late && clock.reason_for_delay === 'flood', `the clock says ${JSON.stringify(clock)}`);
  await person.done();
});
