// Nothing is lost: a tab that dies, a session that ends, a line that drops, a node that goes away.
import { check, Node, Person, phone, report, story, the_node } from './harness.mjs';

async function to_name(page) {
  await page.locator('nav a').nth(1).click();
  for (let step = 0; step < 8; step += 1) {
    const title = await page.locator('h1').innerText();
    if (title === 'Under 18?') await page.getByRole('button', { name: 'Yes' }).click();
    else if (title.startsWith('Where')) {
      await page.locator('input.big').fill('Dimapur');
      await page.getByRole('button', { name: 'Next question' }).click();
    } else if (title.startsWith('When')) {
      await page.getByRole('button', { name: 'Now', exact: true }).click();
      await page.getByRole('button', { name: 'Next question' }).click();
    } else await page.getByRole('button', { name: 'Next question' }).click();
    await page.locator('h1', { hasNotText: title }).waitFor();
  }
  await page.locator('h1', { hasText: 'What is the person called?' }).waitFor();
}
async function to_send(page) {
  for (let step = 0; step < 3; step += 1) {
    const title = await page.locator('h1').innerText();
    await page.getByRole('button', { name: 'Next question' }).click();
    await page.locator('h1', { hasNotText: title }).waitFor();
  }
  await page.locator('.send').waitFor();
}
const cases = async (node) => (await (await node.as('desk'))('GET', '/records?type=case')).records.length;

story('a tab that is killed in the middle of a word loses no keystroke, and nothing of it can be read from the disk', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  await to_name(person.page);
  await person.page.locator('input.line').pressSequentially('Padmasundari');
  await person.page.waitForTimeout(60);
  const crash = await person.context.newCDPSession(person.page);
  await Promise.race([crash.send('Page.crash').catch(() => {}), new Promise((done) => setTimeout(done, 500))]);
  const dead = person.page;
  await person.tab();
  await person.page.goto(node.url + '/');
  await dead.close().catch(() => {});
  await person.page.getByRole('button', { name: 'Go on writing' }).click();
  await person.page.locator('input.line').waitFor();
  check(await person.page.locator('input.line').inputValue() === 'Padmasundari', 'letters are lost');
  const kept = await person.page.evaluate(async () => {
    const base = await new Promise((done) => { const asked = indexedDB.open('keep'); asked.onsuccess = () => done(asked.result); });
    const all = await new Promise((done) => { const asked = base.transaction('kept').objectStore('kept').getAll(); asked.onsuccess = () => done(asked.result); });
    const bytes = all.flatMap((one) => [...new Uint8Array(one.sealed)]);
    return { count: all.length, text: JSON.stringify(all) + new TextDecoder().decode(new Uint8Array(bytes)), other: localStorage.length + sessionStorage.length };
  });
  check(kept.count > 0 && !kept.text.includes('Padmasundari') && !kept.text.includes('Dimapur'), 'what is kept can be read without the key');
  check(kept.other === 0, 'something lies in localStorage or sessionStorage');
  await person.done();
});

story('a session that ends in the middle of a form asks for the same person, and the form stands where it was', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await to_name(page);
  await page.locator('input.line').fill('Sarala');
  await to_send(page);
  const before = await cases(node);
  await person.context.clearCookies();
  await page.locator('.send').click();
  await page.getByText('Too much time has passed.').waitFor();
  check(!(await page.locator('main.page').first().innerText()).includes('Sarala') && !(await page.locator('.whole').isVisible()), 'the page can still be read');
  await person.shot('door-again-en-phone');
  await page.locator('#password').fill(node.account('desk').password);
  await page.locator('form .button').click();
  await page.locator('.mark.ok').waitFor();
  check(await cases(node) === before + 1, 'it was not sent, or twice');
  await person.done();
});

story('the node is gone while a report is sent, then back: it goes out by itself, and exactly one case is made', async () => {
  const node = await new Node().start();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await to_name(page);
  await page.locator('input.line').fill('Lipi');
  await to_send(page);
  await node.kill();
  await page.locator('.send').click();
  await page.locator('h1', { hasText: 'Kept, not yet sent' }).waitFor();
  await page.locator('.sent').getByText('No line. 1 not yet sent').waitFor();
  await person.shot('receipt-waits-en-phone');
  await page.getByRole('button', { name: 'To Today' }).click();
  await node.start();
  await page.locator('.sent').getByText('All sent').waitFor();
  check(await cases(node) === 1, 'not exactly one case');
  await page.locator('.sent a').click();
  await page.getByText(/GHY-RLY\/\d+\/1/).waitFor();
  await person.shot('outbox-en-phone');
  await person.done();
  await node.stop();
});

story('an answer that is lost on the way makes nothing twice, and an item that is refused holds up no other', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  const before = await cases(node);
  let lost = 0;
  await page.route('**/submissions', async (route) => {
    lost += 1;
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await to_name(page);
  await to_send(page);
  await page.locator('.send').click();
  await page.locator('.mark.ok').waitFor();
  check(lost === 1 && await cases(node) === before + 1, 'the case was made twice, or never');
  await page.route('**/submissions', (route) => route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({ code: 'answers.refused', detail: 'This form has faults.', status: 422, title: 'x', type: 'about:blank', errors: [{ pointer: '/answers/case/place_found', code: 'x', detail: 'This place cannot be.' }] }) }), { times: 1 });
  await to_name(page);
  await page.locator('input.line').fill('Kanchan');
  await to_send(page);
  await page.locator('.send').click();
  await page.getByText('This place cannot be.').waitFor();
  await person.shot('receipt-refused-en-phone');
  await person.axe('a refusal');
  await to_name(page);
  await to_send(page);
  await page.locator('.send').click();
  await page.locator('.mark.ok').waitFor();
  check(await cases(node) === before + 2, 'the refused one holds up the other');
  await page.locator('.sent').getByText('1 not yet sent').click();
  await page.getByRole('button', { name: 'Put it right' }).click();
  await page.getByText('This place cannot be.').waitFor();
  check((await page.locator('.answers').last().innerText()).includes('Kanchan'), 'what was written is gone');
  await page.locator('.send').click();
  await page.locator('.mark.ok').waitFor();
  check(await cases(node) === before + 3, 'the corrected one was not taken');
  await person.done();
});

story('without a line the same password opens the door, two people are reported, Today is there; with the line both receipts come', async () => {
  const node = await new Node().start();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.waitForFunction(() => new Promise((done) => { const asked = indexedDB.open('keep'); asked.onsuccess = () => { const all = asked.result.transaction(['door', 'kept']).objectStore('door').count(); all.onsuccess = () => { asked.result.close(); done(all.result === 1); }; }; }));
  await person.quiet();
  await node.kill();
  await page.goto(node.url + '/');
  await page.locator('#user').fill('desk');
  await page.locator('#password').fill('not this one at all');
  await page.locator('form .button').click();
  await page.getByText('This name and password do not fit.').waitFor();
  await person.sign_in('desk');
  await page.getByText('Nothing is due.').waitFor();
  await person.shot('today-no-line-en-phone');
  for (const name of ['Joyce', 'Tanya']) {
    await to_name(page);
    await page.locator('input.line').fill(name);
    await to_send(page);
    await page.locator('.send').click();
    await page.locator('h1', { hasText: 'Kept, not yet sent' }).waitFor();
  }
  await page.locator('.sent').getByText('2 not yet sent').waitFor();
  await page.goto(node.url + '/');
  await person.sign_in('desk');
  await page.locator('.sent').getByText('2 not yet sent').waitFor();
  await node.start();
  await page.locator('.sent').getByText('All sent').waitFor();
  check(await cases(node) === 2, 'not exactly two cases');
  await person.done();
  await node.stop();
});

story('ten wrong passwords without a line take the door away; what is not yet sent opens with the node', async () => {
  const node = await new Node().start();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.locator('nav a').nth(1).click();
  await page.locator('.choice').first().click();
  await page.locator('.saved svg').waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await person.quiet();
  await node.kill();
  await page.goto(node.url + '/');
  await page.locator('#user').fill('desk');
  for (let wrong = 0; wrong < 10; wrong += 1) {
    await page.locator('#password').fill(`wrong number ${wrong}`);
    await page.locator('form .button').click();
    await page.locator('form .button:not([disabled])').waitFor();
  }
  await page.locator('#password').fill(node.account('desk').password);
  await page.locator('form .button').click();
  await page.getByText('No line.', { exact: false }).waitFor();
  await node.start();
  await person.sign_in('desk');
  await page.getByText('Not finished').waitFor();
  await person.done();
  await node.stop();
});

story('a screen that cannot reach the node says so, and comes back by itself or at a touch', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: phone, user: 'desk' });
  await person.page.locator('.card, .empty').first().waitFor();
  await person.page.route('**/api/v1/**', (route) => route.abort());
  await person.page.locator('nav a').nth(2).click();
  await person.page.getByText('No line. Everything you write is kept.').waitFor();
  await person.shot('cases-no-line-en-phone');
  await person.axe('a screen without a line');
  await person.page.unroute('**/api/v1/**');
  await person.page.getByRole('button', { name: 'Try again' }).click();
  await person.page.locator('a.card').first().waitFor();
  await person.done();
});

story("a no of the node is said in the reader's language, and one that it has no words for by its kind, with the English behind it", async () => {
  const node = await the_node();
  const desk_of = await node.as('desk');
  for (const [language, button, said] of [['bn', 'হয়ে গেছে', 'এই কাজ আগেই শেষ হয়েছে।'], ['hi', 'हो गया', 'यह काम पहले ही पूरा हो चुका है।']]) {
    const made = await report(node);
    const person = await Person.at(node, { size: phone, language, user: 'desk' });
    const { page } = person;
    await page.goto(`${node.url}/#/task/${made.part[0]}.report_child`);
    const press = page.getByRole('button', { name: button });
    await press.waitFor();
    // Somebody else was quicker, and this phone has not heard of it.
    await desk_of('POST', `/tasks/${made.part[0]}.report_child/done`, {});
    await press.click();
    await page.getByText(said, { exact: true }).waitFor();
    await person.shot(`refused-${language}-phone`);
    await person.axe(`a refusal in ${language}`);
    await person.done();
  }
  const person = await Person.at(node, { size: phone, language: 'as', user: 'desk' });
  const { page } = person;
  let refusal = { status: 403, detail: 'Your role does not allow this here.' };
  await page.route(/\/api\/v1\/records\?/, (route) => route.fulfill({ status: refusal.status, contentType: 'application/problem+json', body: JSON.stringify({ code: 'some.code', ...refusal }) }));
  const note = page.locator('.note.bad p');
  await page.locator('nav a').nth(2).click();
  await note.waitFor();
  check(await note.innerText() === 'আপোনাৰ ভূমিকাৰে ইয়াত এইটো কৰিব নোৱাৰি। (Your role does not allow this here.)', `said: ${await note.innerText()}`);
  refusal = { status: 409, detail: 'সমিতিৰ তিনিজন সদস্যই চহী কৰিলেহে আদেশ হয়।' };
  await page.locator('.note.bad + button, .note.bad button').first().click();
  await page.locator('.note.bad p', { hasText: 'তিনিজন' }).waitFor();
  check(await note.innerText() === refusal.detail, `said: ${await note.innerText()}`);
  await person.done();
});
