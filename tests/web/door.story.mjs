// Coming in and going out.
import { connect, createServer } from 'node:net';

import { check, desk, Node, Person, phone, story, the_node } from './harness.mjs';

story('the first screen is the languages, each by its own name; a wrong password is said in words; a right one opens Today', async () => {
  const node = await new Node().start();
  const person = await Person.at(node, { language: '' });
  await person.page.locator('li button').first().waitFor();
  const names = await person.page.locator('li button').allTextContents();
  check(names.join() === 'English,हिन्दी,বাংলা,অসমীয়া,नेपाली', `languages: ${names}`);
  await person.page.locator('li[lang="hi"] button').click();
  await person.page.locator('#user').fill('desk');
  await person.page.locator('#password').fill('not the password at all');
  await person.page.locator('form .button').click();
  await person.page.getByText('मेल नहीं खाते').waitFor();
  await person.page.locator('#password').fill(node.account('desk').password);
  await person.page.keyboard.press('Enter');
  await person.page.getByText('अभी कुछ बाक़ी नहीं है।').waitFor();
  check(await person.page.title() === 'आज', 'the title says more than Today');
  await person.shot('today-empty-hi-phone');
  await person.axe('Today, empty');
  await person.done();
  await node.stop();
});

story('the language stays chosen, and can be changed at the door and inside', async () => {
  const person = await Person.at(await the_node(), { language: 'ne' });
  await person.page.locator('#user').waitFor();  // chosen: from here on it stays
  await person.page.reload();
  await person.page.locator('#user').waitFor();
  check(await person.page.locator('html').getAttribute('lang') === 'ne', 'the language is forgotten');
  await person.page.locator('li[lang="as"] button').click();
  await person.sign_in('desk');
  check((await person.page.locator('nav').innerText()).includes('আজি'), 'Assamese is not spoken inside');
  await person.page.locator('nav a').nth(3).click();
  await person.page.locator('li[lang="en"] button').click();
  await person.page.locator('nav').getByText('New report').waitFor();
  await person.done();
});

story('signing out shuts the door; the next person at the same screen sees nothing of the first', async () => {
  const node = await the_node();
  const person = await Person.at(node, { size: desk, user: 'desk' });
  await person.page.locator('nav a').nth(1).click();
  await person.page.locator('.choice').first().click();
  await person.page.locator('.saved svg').waitFor();
  await person.page.locator('nav a').nth(3).click();
  await person.page.getByRole('button', { name: 'Sign out' }).click();
  await person.page.locator('#user').waitFor();
  check((await person.page.evaluate(() => fetch('/api/v1/me').then((answer) => answer.status))) === 401, 'the node still knows the session');
  await person.sign_in('station');
  await person.page.getByText('Nothing is due.').waitFor();
  check(await person.page.getByText('Not finished').count() === 0, 'the first person\'s draft is there');
  await person.page.locator('nav a').nth(3).click();
  await person.page.getByRole('button', { name: 'Sign out' }).click();
  await person.sign_in('desk');
  await person.page.getByText('Not finished').waitFor();
  await person.done();
});

story('all that is needed to sign in and open Today is at most 150 KB, the door at most 45 KB, as the line carries it: with every screen that is fetched ahead and all that is kept for without a line', async () => {
  const node = await new Node().start();
  // Between the browser and the node, counting what comes: bodies, headers, and what the page, the worker and the idle browser fetch.
  let bytes = 0;
  let last = Date.now();
  const middle = createServer((browser) => {
    const way = connect(node.port, '127.0.0.1');
    browser.pipe(way);
    way.on('data', (data) => { bytes += data.length; last = Date.now(); });
    way.pipe(browser);
    for (const end of [browser, way]) end.on('error', () => { browser.destroy(); way.destroy(); });
  });
  await new Promise((done) => middle.listen(0, '127.0.0.1', done));
  const there = Object.assign(Object.create(Object.getPrototypeOf(node)), node, { url: `http://127.0.0.1:${middle.address().port}` });
  // Nothing more comes: half a second without a byte.
  const quiet = async () => { while (Date.now() - last < 500) await new Promise((done) => setTimeout(done, 50)); };
  const person = await Person.at(there, { language: 'bn', size: phone });
  await person.page.locator('#user').waitFor();
  await quiet();
  const door = bytes;
  await person.sign_in('desk');
  await person.page.locator('h1').waitFor();
  await person.page.waitForFunction(() => navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated'));
  await person.page.waitForFunction(async () => {
    for (const name of await caches.keys()) for (const file of await (await caches.open(name)).keys()) if (new URL(file.url).pathname.startsWith('/assets/bn-')) return true;
    return false;
  });
  await quiet();
  console.log(`     first load: ${(door / 1024).toFixed(1)} KB to the door, ${(bytes / 1024).toFixed(1)} KB in all (headers, and what is fetched ahead, counted)`);
  check(door > 5000 && door <= 45 * 1024, `the door is ${door} bytes`);
  check(bytes > door && bytes <= 150 * 1024, `in all it is ${bytes} bytes`);
  await person.done();
  middle.close();
  await node.stop();
});

story('a language that was spoken here is there without a line; another one is fetched when it is chosen, and without a line all stays as it is', async () => {
  const node = await new Node().start();
  const person = await Person.at(node, { size: phone, language: 'hi', user: 'desk' });
  const { page } = person;
  await page.waitForFunction(() => navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated'));
  const keeps = (wanted) => page.waitForFunction(async (languages) => {
    const all = [];
    for (const name of await caches.keys()) for (const file of await (await caches.open(name)).keys()) all.push(new URL(file.url).pathname);
    return all.filter((path) => /^\/assets\/[a-z]{2}-/.test(path)).map((path) => path.slice(8, 10)).sort().join() === languages;
  }, wanted);
  await keeps('hi,hi');
  await node.kill();
  await page.goto(node.url + '/');
  await page.locator('#user').waitFor();
  check(await page.locator('html').getAttribute('lang') === 'hi', 'the language is gone with the line');
  await page.locator('li[lang="as"] button').click();
  await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
  check(await page.locator('html').getAttribute('lang') === 'hi', 'half of another language');
  await person.sign_in('desk');
  await page.locator('nav').getByText('आज').waitFor();
  await node.start();
  await page.goto(node.url + '/');
  await page.locator('nav').waitFor();
  await page.locator('nav a').nth(3).click();
  await page.locator('li[lang="as"] button').click();
  await page.locator('nav').getByText('আজি').waitFor();
  await keeps('as,as,hi,hi');
  await person.done();
  await node.stop();
});
