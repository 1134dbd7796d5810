// Every screen in every language: axe finds nothing, nothing is wider than the screen, every target can be hit; and a picture of
// each for people to look at (build/screens/web).
import { check, desk, Node, Person, phone, report, story } from './harness.mjs';

let node;
let made;
async function stage() {
  if (node) return;
  node = await new Node().start();
  await report(node, [{ under_18: 'yes', names: ['রীনা'], sex: 'female', age: 'about 12' }], 30);
  made = await report(node, [{ under_18: 'yes', names: ['Mina'], sex: 'female', age: 14 }, { under_18: 'not_sure', names: ['Raju'], sex: 'male' }], 3);
}

// Targets of 44 px (those within a line of text apart), as a finger meets them.
async function targets(person, where) {
  const small = await person.page.evaluate(() => [...document.querySelectorAll('button, a, input, select, textarea, summary')]
    .filter((one) => one.getClientRects().length > 0 && !one.classList.contains('unseen') && !one.closest('.unseen'))
    .map((one) => ({ box: one.getBoundingClientRect(), says: one.outerHTML.slice(0, 90) })).filter(({ box }) => box.width < 44 || box.height < 44).map(({ box, says }) => `${Math.round(box.width)}x${Math.round(box.height)} ${says}`));
  if (small.length > 0) throw new Error(`too small at ${where}: ${small.join(' | ')}`);
}

async function every_screen(person, look) {
  const { page } = person;
  const go = (path) => page.evaluate((to) => { location.hash = `#/${to}`; }, path);
  await page.locator('.card').first().waitFor();
  await page.waitForTimeout(250);
  await look('today');
  await go(`task/${made.part[0]}.produce_before_cwc`);
  await page.locator('.source').waitFor();
  await look('task');
  await go('cases');
  await page.locator('a.card').first().waitFor();
  await page.waitForTimeout(150);
  await look('cases');
  await go(`case/${made.case}`);
  await page.locator('.masked').first().waitFor();
  await page.locator('summary').first().click();
  await look('case');
  await go(`files/${made.person[0]}.${made.case}`);
  await page.locator('.pick').first().waitFor();
  await look('files');
  await go('report');
  for (let step = 1; step < 20; step += 1) {
    await page.locator('.answer, .answers').first().waitFor();
    await page.waitForTimeout(60);
    const last = await page.locator('.send').count() > 0;
    await look(last ? 'review' : `report-${step}`);
    if (last) break;
    const title = await page.locator('h1').innerText();
    await page.locator('.page > .button').first().click();
    await page.locator('h1', { hasNotText: title }).waitFor();
  }
  await go('more');
  await page.locator('.languages').waitFor();
  await look('more');
  await go('outbox');
  await page.locator('h1').waitFor();
  await look('outbox');
}

for (const language of ['en', 'hi', 'bn', 'as', 'ne']) {
  story(`every screen in ${language}, on a phone: axe finds nothing, nothing is too wide or too small, no word is missing`, async () => {
    await stage();
    const person = await Person.at(node, { size: phone, language });
    await person.page.locator('#user').waitFor();
    await person.axe('the door');
    await person.shot(`door-${language}-phone`);
    await person.sign_in('desk');
    await every_screen(person, async (screen) => {
      await person.axe(`${screen} in ${language}`);
      await person.overflow(`${screen} in ${language}`);
      await targets(person, `${screen} in ${language}`);
      const empty = await person.page.evaluate(() => [...document.querySelectorAll('button, a, h1, h2, label, p.when')].filter((one) => one.getClientRects().length > 0 && !one.innerText.trim() && !one.getAttribute('aria-label') && !one.querySelector('input')).map((one) => one.outerHTML.slice(0, 80)));
      check(empty.length === 0, `empty words at ${screen}: ${empty.join(' | ')}`);
      if (['en', 'bn', 'hi'].includes(language) || screen === 'today') await person.shot(`${screen}-${language}-phone`);
    });
    await person.done();
  });
}

story('every screen on a desk, in the dark, and at 320 px with twice the letters: nothing is too wide, axe finds nothing', async () => {
  await stage();
  const wide = await Person.at(node, { size: desk, user: 'desk' });
  await every_screen(wide, async (screen) => {
    await wide.overflow(`${screen} on a desk`);
    await wide.shot(`${screen}-en-desk`);
  });
  await wide.done();
  const dark = await Person.at(node, { size: phone, language: 'bn', user: 'desk', dark: true });
  await every_screen(dark, async (screen) => {
    await dark.axe(`${screen} in the dark`);
    if (!screen.startsWith('report')) await dark.shot(`${screen}-bn-dark`);
  });
  await dark.done();
  for (const [language, size] of [['en', { width: 320, height: 640 }], ['as', { width: 320, height: 640 }], ['hi', { width: 640, height: 400 }]]) {
    const narrow = await Person.at(node, { size, language, user: 'desk' });
    await every_screen(narrow, (screen) => narrow.overflow(`${screen} in ${language} at ${size.width} px`));
    await narrow.done();
  }
});

story('the end of the look', async () => {
  await node?.stop();
});
