// Coming in for the first time, by a PIN, and what happens when it is forgotten.
import { check, desk, Node, Person, phone, same, story, the_node } from './harness.mjs';

let number = 0;
async function invitation(node, user = `asha${(number += 1)}`) {
  const officer = await node.as('desk');
  const unit = (await officer('GET', '/units')).units.find((one) => one.code === 'GHY-RLY').unit;
  return { user, ...(await officer('POST', '/invitations', { user, role: 'police', unit })) };
}
async function type_pin(person, pin) {
  await person.page.locator('#pin').waitFor();
  for (const digit of pin) await person.page.locator('.pad button', { hasText: new RegExp(`^${digit}$`) }).click();
}
// By the picture of an invitation, as far as "New report".
async function joined(node, options = {}) {
  const invited = await invitation(node);
  const person = await Person.at(node, { language: '', ...options });
  await person.page.goto(`${node.url}/#/join/${invited.code}`);
  await person.page.reload();
  await person.page.locator('li[lang="en"] button').click();
  await person.page.getByText('Choose a PIN').waitFor();
  await type_pin(person, '480271');
  await person.page.getByText('once more').waitFor();
  await type_pin(person, '480271');
  await person.page.locator('.choice').first().waitFor();
  return { person, invited };
}

story('a constable opens the picture, chooses a language and a PIN, and is at New report; the code leaves the address', async () => {
  const node = await the_node();
  const invited = await invitation(node);
  const person = await Person.at(node, { language: '' });
  await person.page.goto(`${node.url}/#/join/${invited.code}`);
  await person.page.reload();
  await person.page.locator('li[lang="bn"] button').click();
  await person.page.getByText('একটি পিন বাছুন').waitFor();
  check(!person.page.url().includes(invited.code), 'the code stays in the address');
  await person.shot('join-pin-bn-phone');
  await person.axe('choosing a PIN');
  await person.overflow('choosing a PIN');
  await person.page.locator('#pin').fill('১২৩৪৫৬');
  await person.page.getByText('আগে চেষ্টা করবে').waitFor();
  await person.page.locator('#pin').fill('৪৮০২৭১');
  await person.page.getByText('আর একবার').waitFor();
  await person.page.locator('#pin').fill('480272');
  await person.page.getByText('দুটি এক ছিল না').waitFor();
  await person.page.locator('#pin').fill('480271');
  await person.page.getByText('আর একবার').waitFor();
  await person.page.locator('#pin').fill('480271');
  await person.page.locator('.choice').first().waitFor();
  check(/#\/(report|write)/.test(person.page.url()), `at ${person.page.url()}`);
  await person.done();
});

story('the PIN opens the phone with and without a line; what was written stays; a wrong one says how many tries are left', async () => {
  const node = await the_node();
  const { person, invited } = await joined(node);
  await person.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  await person.page.locator('.choice').first().click();
  await person.page.locator('.saved svg').waitFor();
  await person.page.locator('nav a').nth(3).click();
  await person.page.getByRole('button', { name: 'Sign out' }).click();
  await person.page.locator('.here button', { hasText: invited.user }).waitFor();
  await person.shot('door-people-phone');
  await person.axe('the door with people');
  await person.context.setOffline(true);
  await person.page.locator('.here button').click();
  await type_pin(person, '111111');
  await person.page.getByText('9 tries are left').waitFor();
  await person.shot('door-pin-phone');
  await person.axe('the door with a PIN');
  await type_pin(person, '480271');
  await person.page.getByText('Not finished').waitFor();
  await person.context.setOffline(false);
  await person.page.evaluate(() => dispatchEvent(new Event('online')));
  await person.page.waitForFunction(() => fetch('/api/v1/me').then((answer) => answer.status === 200));
  check(await person.page.getByText('Not finished').count() === 1, 'the draft is gone');
  await person.done();
});

story('ten wrong PINs: what was sent is forgotten, what was not sent stays sealed, and two officers open it again', async () => {
  const node = await new Node().start();
  // Two officers: the first of them lets the second in, and both have signed in before the phone comes.
  const first = await node.as('desk');
  const unit = (await first('GET', '/units')).units.find((one) => one.code === 'GHY-RLY').unit;
  await first('POST', '/accounts', { user: 'second', password: 'nine brown owls under stars', role: 'police', unit, nodal: true });
  const second = await node.as('second', 'nine brown owls under stars');
  const { person, invited } = await joined(node);
  await person.page.locator('.choice').first().click();
  await person.page.locator('.saved svg').waitFor();
  await person.page.locator('nav a').nth(0).click();
  await person.page.getByText('Not finished').waitFor();
  const kept = () => person.page.evaluate(async () => {
    const base = await new Promise((done, wrong) => { const asked = indexedDB.open('keep'); asked.onsuccess = () => done(asked.result); asked.onerror = () => wrong(asked.error); });
    const all = (name) => new Promise((done) => { const asked = base.transaction(name).objectStore(name).getAll(); asked.onsuccess = () => done(asked.result); });
    const found = { doors: (await all('door')).filter((door) => door.sealed.byteLength > 0).length, seen: (await all('kept')).filter((one) => one.sent).length, unsent: (await all('kept')).filter((one) => !one.sent).length };
    base.close();
    return found;
  });
  check((await kept()).seen > 0, 'nothing was seen yet');
  await person.page.locator('nav a').nth(3).click();
  await person.page.getByRole('button', { name: 'Sign out' }).click();
  await person.page.locator('.here button').click();
  for (let wrong = 0; wrong < 10; wrong += 1) {
    await person.page.locator('#pin').fill('000017');
    if (wrong < 9) await person.page.getByText(`${9 - wrong} tries are left`).waitFor();
  }
  await person.page.getByText('Ten wrong tries').waitFor();
  same(await kept(), { doors: 0, seen: 0, unsent: 1 }, 'what is left');
  const { actor } = (await first('GET', '/accounts')).accounts.find((one) => one.user === invited.user);
  await first('POST', `/accounts/${actor}/reset`, {});
  const { password } = await second('POST', `/accounts/${actor}/reset/finish`, {});
  await person.page.locator('#user').fill(invited.user);
  await person.page.locator('#password').fill(password);
  await person.page.keyboard.press('Enter');
  await person.page.getByText('Choose a PIN').waitFor();
  await type_pin(person, '719304');
  await person.page.getByText('once more').waitFor();
  await type_pin(person, '719304');
  await person.page.getByText('Not finished').waitFor();
  const old = await fetch(`${node.url}/api/v1/sessions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: invited.user, password }) });
  check(old.status === 401, 'the password that officers know still opens');
  await person.done();
  await node.stop();
});

story('nobody touches the screen for five minutes: it locks, the draft stays, the PIN opens it again', async () => {
  const { person } = await joined(await the_node());
  await person.page.locator('.choice').first().click();
  await person.page.locator('.saved svg').waitFor();
  await person.page.evaluate(() => {
    const before = Date.now;
    Date.now = () => before() + 6 * 60_000;
  });
  await person.page.getByText('Nobody was here for a while').waitFor();
  check(await person.page.locator('main#content').isHidden(), 'the work shows');
  await type_pin(person, '480271');
  await person.page.locator('main#content').waitFor();
  await person.page.locator('nav a').nth(0).click();
  await person.page.getByText('Not finished').waitFor();
  await person.done();
});

story('a phone that was not seen for a fortnight forgets what was sent', async () => {
  const { person } = await joined(await the_node());
  await person.page.evaluate(async () => {
    const base = await new Promise((done) => { const asked = indexedDB.open('keep'); asked.onsuccess = () => done(asked.result); });
    const store = base.transaction('door', 'readwrite').objectStore('door');
    await new Promise((done) => { const asked = store.getAll(); asked.onsuccess = () => { for (const door of asked.result) store.put({ ...door, seen: Date.now() - 15 * 86_400_000 }); done(); }; });
    base.close();
  });
  await person.page.reload();
  await person.page.waitForFunction(async () => {
    const base = await new Promise((done) => { const asked = indexedDB.open('keep'); asked.onsuccess = () => done(asked.result); });
    const doors = await new Promise((done) => { const asked = base.transaction('door').objectStore('door').count(); asked.onsuccess = () => done(asked.result); });
    base.close();
    return doors === 0;
  });
  await person.done();
});

story('the nodal officer sees who is here, and invites with a picture and a code, by keyboard; the same in Hindi on a phone', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: desk, user: 'desk' });
  await person.page.goto(`${node.url}/#/people`);
  await person.page.getByText('Who is here').waitFor();
  await person.shot('people-desk');
  await person.axe('people');
  await person.page.goto(`${node.url}/#/invite`);
  await person.page.locator('#user').fill('lakshmi');
  await person.page.keyboard.press('Enter');
  await person.page.locator('svg[role="img"]').waitFor();
  const code = await person.page.locator('.code').innerText();
  check(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/.test(code), `the code is ${code}`);
  await person.shot('invite-desk');
  await person.axe('an invitation');
  await person.page.goto(`${node.url}/#/phones`);
  await person.page.getByText('speaks to itself alone').waitFor();
  await person.axe('phones');
  await person.done();
  const hindi = await Person.at(node, { size: phone, language: 'hi', user: 'desk' });
  for (const screen of ['people', 'invite', 'phones', 'pin']) {
    await hindi.page.goto(`${node.url}/#/${screen}`);
    await hindi.page.locator('main h1').waitFor();
    await hindi.page.waitForTimeout(300);
    await hindi.shot(`${screen}-hi-phone`);
    await hindi.axe(`${screen} in Hindi`);
    await hindi.overflow(`${screen} in Hindi`);
  }
  await hindi.done();
});

story('somebody took out a table: the nodal officer is led to that account, in Bengali, and lets it open more for a day by keyboard', async () => {
  const node = await the_node();
  const taker = await node.as('shelter');
  await taker('GET', '/exports/csv?reason=the+yearly+report').catch((error) => { if (!(error instanceof SyntaxError)) throw error; });
  const taken_by = (await taker('GET', '/me')).actor;
  const officer = await Person.at(node, { size: phone, language: 'bn', user: 'desk' });
  const alert = officer.page.getByRole('button', { name: 'তালিকা বের করেছেন' });
  for (let again = 0; again < 30 && await alert.count() === 0; ++again) {
    await officer.page.reload();
    await officer.page.locator('main h1').waitFor();
    await officer.page.waitForTimeout(1000);
  }
  await officer.shot('today-table-bn-phone');
  await officer.axe('Today with a table taken out');
  await alert.first().focus();
  await officer.page.keyboard.press('Enter');
  const first = officer.page.locator('main li:has(details)').first();
  await first.locator('textarea').waitFor();
  check(officer.page.url().endsWith(`#/people/${taken_by}`), `it led to ${officer.page.url()}`);
  check(await first.locator('details').evaluate((element) => element.open), 'the account of the alert is not open');
  check(await first.locator('.what').innerText() === 'shelter', 'another account stands first');
  const let_on = first.getByRole('button', { name: 'আরও ফাইল খুলতে দিন' });
  check(await let_on.isDisabled(), 'it can be let on without a reason');
  await first.locator('textarea').focus();
  await officer.page.keyboard.type('বার্ষিক হিসাবের জন্য দরকার');
  await officer.page.keyboard.press('Tab');
  await officer.page.keyboard.press('Enter');
  await officer.page.getByText('কাল এই সময় পর্যন্ত').waitFor();
  await officer.shot('people-let-on-bn-phone');
  await officer.axe('an account let on');
  await officer.overflow('an account let on');
  await officer.done();
});
