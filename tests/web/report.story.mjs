// The new report.
import { check, desk, Person, phone, same, story, the_node } from './harness.mjs';

const has = (page, text) => page.locator('h1', { hasText: text }).waitFor();

story('two people are reported in Bengali by keyboard alone, and the receipt has the number', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: desk, language: 'bn', user: 'desk' });
  const { page } = person;
  const { keyboard } = page;
  const press = async (...keys) => { for (const key of keys) await keyboard.press(key); };
  const tab_to = async (name) => {
    for (let tries = 0; tries < 40; tries += 1) {
      if ((await page.evaluate(() => (document.activeElement?.matches('a, button, input, textarea, select') ? document.activeElement.textContent : ''))).includes(name)) return;
      await keyboard.press('Tab');
    }
    throw new Error(`the keyboard does not reach "${name}"`);
  };
  await tab_to('নতুন রিপোর্ট');
  await press('Enter');
  await has(page, 'এখন কেউ কি বিপদে আছে?');
  await press('2');
  await has(page, 'আমরা কি একা কথা বলতে পারি?');
  await press('1');
  await has(page, 'যার জানা চলবে না');
  await page.locator('.choice').nth(1).waitFor();
  await tab_to('কেউ না');
  await press('Enter');
  await has(page, 'বয়স ১৮-র কম?');
  await press('1');
  await has(page, 'বয়স কত?');
  await page.locator('input:focus').waitFor();
  await keyboard.type('১২');
  await tab_to('প্রায়');
  await press('Enter');
  await tab_to('পরের প্রশ্ন');
  await press('Enter');
  await has(page, 'কোথায় পাওয়া গেছে?');
  await page.locator('input:focus').waitFor();
  await keyboard.type('গুয়াহাটি স্টেশন');
  await press('Enter');
  await has(page, 'কখন পাওয়া গেছে?');
  await tab_to('এক ঘণ্টা আগে');
  await press('Enter');
  await page.locator('.told', { hasText: 'ঘণ্টা' }).waitFor();
  await tab_to('পরের প্রশ্ন');
  await press('Enter');
  await has(page, 'কোন ভাষা?');
  await tab_to('পরের প্রশ্ন');
  await press('Enter');
  await has(page, 'তাকে কী নামে ডাকা হয়?');
  await page.locator('input:focus').waitFor();
  await keyboard.type('রীনা');
  await press('Enter');
  await has(page, 'সে নিজেকে কী বলে?');
  await press('1');
  await has(page, 'সে কি গুরুতর আহত');
  await tab_to('জানি না');
  await press('Enter');
  await has(page, 'আরেকবার পড়ুন');
  await tab_to('আরেকজন মানুষ যোগ করুন');
  await press('Enter');
  await has(page, 'যার জানা চলবে না');
  await tab_to('পরের প্রশ্ন');
  await press('Enter');
  await has(page, 'বয়স ১৮-র কম?');
  await press('3');
  await has(page, 'বয়স কত?');
  await page.locator('input:focus').waitFor();
  await press('Enter');
  await has(page, 'কোন ভাষা?');
  await tab_to('পরের প্রশ্ন');
  await press('Enter');
  await has(page, 'তাকে কী নামে ডাকা হয়?');
  await page.locator('input:focus').waitFor();
  await keyboard.type('মিঠুন');
  await press('Enter');
  await has(page, 'সে নিজেকে কী বলে?');
  await press('2');
  await has(page, 'সে কি গুরুতর আহত');
  await press('2');
  await has(page, 'আরেকবার পড়ুন');
  await person.shot('review-bn-desk');
  await tab_to('পাঠান');
  await press('Enter');
  await has(page, 'পাওয়া গেছে');
  const number = await page.locator('.number').innerText();
  check(/^GHY-RLY\/\d{4}\/\d+$/.test(number), `the number is ${number}`);
  await person.shot('receipt-bn-desk');
  const api = await node.as('desk');
  const root = (await api('GET', '/records?type=case')).records.find((one) => one.number === number);
  same([root.fields.danger_now, root.fields.can_talk_alone, root.fields.place_found], ['no', 'yes', 'গুয়াহাটি স্টেশন'], 'the case');
  const people = (await api('GET', `/records?of=${root.id}`)).records.filter((one) => one.type === 'person').map((one) => one.fields);
  const rina = people.find((one) => one.names?.[0] === 'রীনা');
  const mithun = people.find((one) => one.names?.[0] === 'মিঠুন');
  check(people.length === 2 && rina && mithun, `the people are ${JSON.stringify(people)}`);
  same([rina.under_18, rina.sex, rina.age?.years ?? rina.age?.[0]?.years], ['yes', 'female', 12], 'the first');
  same([mithun.under_18, mithun.sex], ['not_sure', 'male'], 'the second');
  await person.done();
});

story('an adult is asked her own answer last, a child is not; what is missing is said before sending', async () => {
  const person = await Person.at(await the_node(), { size: phone, user: 'desk' });
  const { page } = person;
  await page.locator('nav a').nth(1).click();
  const titles = [];
  for (;;) {
    await page.locator('.answer, .answers').first().waitFor();
    const title = await page.locator('h1').innerText();
    titles.push(title);
    if (title === 'Read once more') break;
    if (title === 'Under 18?') await page.getByRole('button', { name: 'No', exact: true }).click();
    else await page.getByRole('button', { name: 'Next question' }).click();
    await page.locator('h1', { hasNotText: title }).waitFor();
  }
  check(titles.at(-3).includes('write this down') && titles.at(-2).includes('ask other units'), `asked in this order: ${titles.join(' | ')}`);
  check(titles[0].includes('danger') && titles.indexOf('Is there anybody who must not know?') < titles.indexOf('Under 18?'), 'the order of the pack is not kept');
  check(await page.locator('.send').isDisabled(), 'it can be sent though the place is missing');
  await page.locator('.note').getByText('Where was the person found?').click();
  await page.locator('input.big').fill('Jorhat');
  await page.getByRole('button', { name: 'Next question' }).click();
  await page.getByRole('button', { name: 'Now', exact: true }).click();
  await page.getByRole('button', { name: 'Next question' }).click();
  await page.locator('h1', { hasText: 'Which language?' }).waitFor();
  await person.done();
});

story('any other form of the pack is opened from its task, filled and sent, and the task is done', async () => {
  const node = await the_node();
  const { report } = await import('./harness.mjs');
  const made = await report(node);
  const person = await Person.at(node, { user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/task/${made.part[0]}.rescue_record`);
  await page.getByRole('button', { name: 'Fill in the form' }).click();
  await page.locator('textarea').fill('She was on platform 4.');
  await page.getByRole('button', { name: 'Next question' }).click();
  await page.locator('input.big').fill('12x');
  await page.getByRole('button', { name: 'Next question' }).click();
  await page.getByText('Write a whole number.').waitFor();
  await page.locator('input.big').fill('১২০');
  while (await page.locator('.send').count() === 0) {
    const title = await page.locator('h1').innerText();
    await page.getByRole('button', { name: 'Next question' }).click();
    await page.locator('h1', { hasNotText: title }).waitFor();
  }
  await page.locator('.send').click();
  await page.locator('.mark.ok').waitFor();
  const task = (await (await node.as('desk'))('GET', `/records/${made.part[0]}/tasks`)).tasks.find((one) => one.step === 'rescue_record');
  check(task.state === 'done', `the task is ${task.state}`);
  const root = await (await node.as('desk'))('GET', `/records/${made.case}`);
  check(root.fields.journey_minutes === 120, `the journey is ${root.fields.journey_minutes}`);
  await person.done();
});
