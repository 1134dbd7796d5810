// The page behind the QR code: how a phone comes to trust this computer, step by step in pictures, in every language.  It is made
// when the client is built, works without the program and without a script, and is the one page that is also shown without TLS
// (src/node/doors.h): nothing in it comes from a node.

import { readFileSync } from 'node:fs';

const words = JSON.parse(readFileSync(new URL('words.json', import.meta.url), 'utf8'));

// Sketches of 96 by 96; what a finger touches is filled.
const frame = (inner) => `<svg class="sketch" viewBox="0 0 96 96" width="96" height="96" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${inner}</svg>`;
const phone = '<rect x="24" y="4" width="48" height="88" rx="7"/><path d="M43 86h10"/>';
const screen = '<rect x="6" y="12" width="84" height="58" rx="5"/><path d="M36 84h24M48 70v14"/>';
const row = (y, on) => `<rect class="${on ? 'touch' : 'still'}" x="30" y="${y}" width="36" height="11" rx="3"/>`;
const shield = (x, y) => `<path class="touch" d="M${x} ${y}l11 4v9c0 7-5 11-11 14-6-3-11-7-11-14v-9z"/><path class="on" d="M${x - 5} ${y + 13}l4 4 7-8"/>`;
const down = (x, y) => `<path d="M${x} ${y}v16m-7-7l7 7 7-7M${x - 12} ${y + 22}h24"/>`;
const sketches = {
  android: [frame(phone + down(48, 28) + '<rect class="touch" x="32" y="64" width="32" height="12" rx="4"/>'), frame(phone + '<circle cx="44" cy="22" r="6"/><path d="M49 27l6 6"/>' + row(42, true) + row(58, false)),
    frame(phone + row(20, false) + row(36, true) + '<path d="M40 58h12l5 5v14H40z"/>'), frame(phone + shield(48, 24) + '<rect class="touch" x="32" y="66" width="32" height="12" rx="4"/>')],
  iphone: [frame(phone + down(48, 24) + '<rect x="30" y="58" width="16" height="11" rx="3"/><rect class="touch" x="50" y="58" width="16" height="11" rx="3"/>'), frame(phone + row(18, false) + row(34, true) + row(50, false)),
    frame(phone + row(20, false) + '<path d="M30 50h14"/><rect class="touch" x="50" y="43" width="18" height="13" rx="6.5"/><circle class="on" cx="61" cy="49.500" r="4"/>'), frame(phone + shield(48, 24) + '<rect class="touch" x="32" y="66" width="32" height="12" rx="4"/>')],
  windows: [frame(screen + down(48, 24)), frame(screen + '<rect x="24" y="22" width="48" height="38" rx="2"/><rect class="touch" x="48" y="46" width="20" height="9" rx="2"/>'),
    frame(screen + '<circle cx="24" cy="28" r="3.500"/><circle class="touch" cx="24" cy="42" r="3.500"/><path d="M34 28h40M34 42h40"/><rect class="touch" x="56" y="52" width="22" height="10" rx="2"/>'), frame(screen + shield(48, 24))],
};
const systems = { android: 'Android', iphone: 'iPhone, iPad', windows: 'Windows' };

const text = (said) => said.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function one(code, said) {
  const ways = Object.entries(systems).map(([system, name]) => `<details><summary>${name}</summary><ol>${said[system].map((step, number) => `<li>${frame_of(system, number)}<p>${text(step)}</p></li>`).join('')}</ol></details>`).join('');
  return `<section id="${code}" lang="${code}"><h2>${text(said.title)}</h2><p>${text(said.why)}</p>
<p><a class="button" href="/authority.crt" download="authority.crt">${text(said.take)}</a></p>${ways}
<p class="note">${text(said.check)}</p><p><a class="button second open" href="/">${text(said.open)}</a></p><p class="quiet">${text(said.done)}</p></section>`;
}
function frame_of(system, number) { return sketches[system][number]; }

export function trust_page() {
  const codes = Object.keys(words);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/trust.css"><title>Office</title></head>
<body><main><h1><span class="unseen">Language</span>${frame(screen + shield(48, 24))}</h1>
<nav aria-label="Language"><ul>${codes.map((code) => `<li lang="${code}"><a href="#${code}">${words[code].name}</a></li>`).join('')}</ul></nav>
${codes.map((code) => one(code, words[code])).join('\n')}
</main><script src="/trust.js" defer></script></body></html>
`;
}
