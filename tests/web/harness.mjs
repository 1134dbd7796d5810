// What the stories share: one node of invented people, one Chromium, pages of a phone's or a desk's size, and a runner.
// Every page fails its story on a violation of the Content-Security-Policy, an error in the page, or a call to another host.

import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const from_web = createRequire(join(root, 'web', 'package.json'));
const { chromium } = from_web('playwright-core');
const axe_source = readFileSync(from_web.resolve('axe-core/axe.min.js'), 'utf8');
const build = join(root, process.env.SANJAL_BUILD ?? 'build/release').replace(/^.*\/\//, '/');
export const program = join(process.env.SANJAL_BUILD?.startsWith('/') ? process.env.SANJAL_BUILD : build, 'sanjal');
export const screens = join(root, 'build', 'screens', 'web');
mkdirSync(screens, { recursive: true });

// How long a story waits for what must come: longer than any machine needs, since a wait that is met costs nothing.
export const patience = 120_000;
export const phone = { width: 360, height: 740 };
export const desk = { width: 1280, height: 800 };

async function free_port() {
  for (;;) {
    const server = createServer();
    const port = await new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
    await new Promise((done) => server.close(done));
    if (port < 65000) return port;
  }
}

export class Node {
  async start() {
    this.folder ??= mkdtempSync(join(tmpdir(), 'sanjal-web-'));
    this.port ??= await free_port();
    this.url = `http://127.0.0.1:${this.port}`;
    this.child = spawn(program, ['demo', '--port', String(this.port), '--data', join(this.folder, 'demo'), ...(this.past ? [] : ['--empty'])], {
      env: { ...process.env, SANJAL_KDF_MEMORY_KIB: '8192' }, stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    this.child.stderr.on('data', (data) => { said += data; });
    const until = Date.now() + patience;
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`the node ended: ${said}`);
      try {
        if ((await fetch(this.url + '/healthz')).ok) break;
      } catch { /* not yet */ }
      if (Date.now() > until) throw new Error(`the node does not answer: ${said}`);
      await new Promise((done) => setTimeout(done, 30));
    }
    return this;
  }
  async kill() {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGKILL');
    await ended;
  }
  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
  account(user) { return JSON.parse(readFileSync(join(this.folder, 'demo', 'accounts.json'), 'utf8')).find((one) => one.user === user); }

  // The API as somebody, beside the browser: to make what a story stands on, and to count what it made.
  async as(user, password) {
    const account = password ? { password } : this.account(user);
    const opened = await fetch(this.url + '/api/v1/sessions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user, password: account.password }) });
    const cookie = opened.headers.get('set-cookie').split(';')[0];
    const { csrf } = await opened.json();
    const ask = async (method, path, body) => {
      const response = await fetch(this.url + '/api/v1' + path, { method, headers: { Cookie: cookie, 'X-CSRF-Token': csrf, 'Content-Type': 'application/json', 'Accept-Language': 'en' }, body: body && JSON.stringify(body) });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text ? JSON.parse(text) : null;
    };
    ask.bytes = async (path) => Buffer.from(await (await fetch(this.url + '/api/v1' + path, { headers: { Cookie: cookie } })).arrayBuffer());
    return ask;
  }
}

export const at = (hours_ago) => new Date(Date.now() - hours_ago * 3_600_000).toISOString().slice(0, 16) + 'Z';

// A rescue as the police desk typed it.
export async function report(node, people = [{ under_18: 'yes', names: ['রীনা'], age: 'about 12', sex: 'female' }], hours_ago = 2) {
  const desk_api = await node.as('desk');
  return (await desk_api('POST', '/forms/rescue_report/submissions', { answers: { case: { danger_now: 'no', place_found: 'Guwahati station', found_at: at(hours_ago) }, person: people } })).records;
}

let browser;
export async function open_browser() {
  browser ??= await chromium.launch({
    executablePath: process.env.SANJAL_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream'],
  });
  return browser;
}
export async function close_browser() { await browser?.close(); }

export class Person {
  // A browser of one's own: nothing of another story is in it.
  static async at(node, { size = phone, language = 'en', user = '', dark = false, profile } = {}) {
    const person = new Person();
    person.node = node;
    person.size = size;
    person.context = profile ?? await (await open_browser()).newContext({
      viewport: size, hasTouch: size === phone, isMobile: size === phone, deviceScaleFactor: 1, timezoneId: 'Asia/Kolkata', locale: 'en-IN', colorScheme: dark ? 'dark' : 'light',
    });
    person.wrong = [];
    here.add(person);
    await person.tab();
    await person.page.goto(node.url + '/');
    if (language) await person.page.locator(`li[lang="${language}"] button`).click();
    if (user) await person.sign_in(user);
    return person;
  }
  async tab() {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(patience);
    this.page.on('pageerror', (error) => this.wrong.push(`error in the page: ${error.message}`));
    this.page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) this.wrong.push(`console: ${message.text()}`); });
    const asked = new Set();
    this.page.on('request', (request) => { asked.add(request); this.last = Date.now(); });
    for (const end of ['requestfinished', 'requestfailed']) this.page.on(end, (request) => { asked.delete(request); this.last = Date.now(); });
    this.asked = asked;
    this.page.on('request', (request) => { if (!request.url().startsWith(this.node.url) && !/^(blob|data):/.test(request.url())) this.wrong.push(`asked elsewhere: ${request.url()}`); });
    return this.page;
  }
  // Nothing more is on its way: what is fetched ahead has come, and a second and a half passed for it to be laid down.
  async quiet() {
    while (this.asked.size > 0 || Date.now() - (this.last ?? 0) < 1500) await new Promise((done) => setTimeout(done, 50));
  }
  async sign_in(user) {
    await this.page.locator('#user').fill(user);
    await this.page.locator('#password').fill(this.node.account(user).password);
    await this.page.locator('form .button').click();
    await this.page.locator('nav').waitFor();
  }
  // The whole of a screen in one picture: the window is made as tall as what it shows.
  async shot(name) {
    await this.page.waitForTimeout(120);
    const height = await this.page.evaluate(() => document.documentElement.scrollHeight);
    if (height > this.size.height) await this.page.setViewportSize({ ...this.size, height });
    await this.page.screenshot({ path: join(screens, `${name}.png`) });
    if (height > this.size.height) await this.page.setViewportSize(this.size);
  }
  // axe, where the page's own policy does not let scripts in: evaluated by the browser's own debugger.
  async axe(where) {
    const height = await this.page.evaluate(() => document.documentElement.scrollHeight);
    if (height > this.size.height) await this.page.setViewportSize({ ...this.size, height });
    await this.page.evaluate(axe_source);
    const found = await this.page.evaluate(async () => (await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(' | ')}`));
    if (height > this.size.height) await this.page.setViewportSize(this.size);
    if (found.length > 0) throw new Error(`axe at ${where}:\n  ${found.join('\n  ')}`);
  }
  async overflow(where) {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) throw new Error(`${where} is ${wide} px wider than the screen`);
  }
  async done() {
    here.delete(this);
    await this.context.close();
    if (this.wrong.length > 0) throw new Error(this.wrong.join('\n'));
  }
}

export function check(holds, says) { if (!holds) throw new Error(says); }
export function same(given, wanted, says) { if (JSON.stringify(given) !== JSON.stringify(wanted)) throw new Error(`${says}: wanted ${JSON.stringify(wanted)}, given ${JSON.stringify(given)}`); }

export const stories = [];
// What the people of a story that failed had before them: its words here, its picture among the screens.  They are invented.
const here = new Set();
export function begin_story() { here.clear(); }
export async function what_is_seen() {
  const seen = [];
  for (const person of here) {
    if (person.page.isClosed()) continue;
    const words = await Promise.race([person.page.evaluate(() => `${location.hash} ${document.body.innerText.replace(/\s*\n\s*/g, ' / ').slice(0, 500)}`), new Promise((done) => setTimeout(done, 3000, '(the page does not answer)'))]).catch((error) => `(${error.message.split('\n')[0]})`);
    await person.page.screenshot({ path: join(screens, `failed-${seen.length + 1}.png`), timeout: 5000 }).catch(() => {});
    seen.push([words, ...person.wrong].join(' | '));
  }
  return seen;
}
export function story(sentence, tell) { stories.push({ sentence, tell }); }

// The node that the stories share, made by the first that asks; a story that kills one makes its own.
let shared;
export async function the_node() { return (shared ??= await new Node().start()); }
export async function the_end() { await shared?.stop(); }
