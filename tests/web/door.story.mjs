// Coming in and going out.
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

story('all that is needed to sign in and open Today is at most 150 KB, the door at most 45 KB, as the line carries it', async () => {
  const node = await the_node();
  const person = await Person.at(node, { language: '', size: phone });
  const session = await person.context.newCDPSession(person.page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0;
  session.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await person.page.goto(node.url + '/');
  await person.page.locator('li[lang="bn"] button').click();
  await person.page.locator('#user').waitFor();
  await person.page.waitForTimeout(300);
  const door = bytes;
  await person.sign_in('desk');
  await person.page.locator('h1').waitFor();
  await person.page.waitForTimeout(800);
  console.log(`     first load: ${(door / 1024).toFixed(1)} KB to the door, ${(bytes / 1024).toFixed(1)} KB to Today (headers counted)`);
  check(door > 5000 && door <= 45 * 1024, `the door is ${door} bytes`);
  check(bytes <= 150 * 1024, `Today is ${bytes} bytes`);
  await person.done();
});
