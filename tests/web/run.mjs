// Runs every story in one Chromium and ends with `N passed, N failed`; words on the command line choose stories by what they say.

import { existsSync, readdirSync } from 'node:fs';

import { begin_story, close_browser, stories, what_is_seen } from './harness.mjs';

const chromium = process.env.SANJAL_CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromium)) {
  console.log(`skipped aloud: ${chromium} is not there, so no screen was looked at (tools/setup.sh test installs it)\n0 passed, 0 failed, 1 skipped`);
  process.exit(0);
}
const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.story.mjs')).sort();
for (const file of files) await import(`./${file}`);
const words = process.argv.slice(2);
let passed = 0;
let failed = 0;
const again = [];
for (const { sentence, tell } of stories) {
  if (words.length > 0 && !words.some((word) => sentence.includes(word))) continue;
  const started = Date.now();
  begin_story();
  try {
    await tell();
    passed += 1;
    console.log(`ok   ${sentence} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    const seen = await what_is_seen();
    again.push([`FAILED ${sentence}`, ...String(error.stack ?? error).split('\n').slice(0, 9), ...seen.map((words) => `seen: ${words}`)].join('\n    '));
    console.log(again.at(-1));
  }
}
const { the_end } = await import('./harness.mjs');
await the_end();
await close_browser();
if (failed > 0) console.log(`\nOnce more, what failed:\n${again.join('\n')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
