#!/usr/bin/env node
// The names of countries for packs/common/strings/LANGUAGE.countries.json, from the Unicode CLDR data that comes with Node's
// ICU (Unicode License v3).  Run it by `tools/node.sh tools/country_names.mjs` after the list of countries changed; what CLDR
// does not name in a language is said and left out, never guessed.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const codes = readFileSync(new URL('packs/common/codes.yaml', root), 'utf8');
// The list `country`: from its name to the next list.
const list = /^country:\n([\s\S]*?)(?=^\S)/m.exec(`${codes}\nend:`)?.[1] ?? '';
const countries = [...list.matchAll(/["']?\b([A-Z]{2})["']?:/g)].map((found) => found[1]);
if (countries.length < 200) throw new Error(`packs/common/codes.yaml names ${countries.length} countries; is the list still called "country"?`);

for (const language of ['hi', 'bn', 'as', 'ne']) {
  const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' });
  const english = new Intl.DisplayNames(['en'], { type: 'region' });
  if (!names.resolvedOptions().locale.startsWith(language)) throw new Error(`This Node does not know the names in "${language}".`);
  const strings = {};
  const lacking = [];
  for (const code of countries) {
    const name = names.of(code);
    if (!name || name === code || (name === english.of(code) && /[A-Za-z]/.test(name))) lacking.push(code);
    // CLDR writes some Assamese names with the Bengali letter for r, which Assamese does not have.
    else strings[`country.${code}`] = language === 'as' ? name.replaceAll('\u09b0', '\u09f0') : name;
  }
  writeFileSync(new URL(`packs/common/strings/${language}.countries.json`, root), `${JSON.stringify(strings, null, 2)}\n`);
  console.log(`${language}: ${Object.keys(strings).length} countries${lacking.length ? `, not named: ${lacking.join(' ')}` : ''} (CLDR ${process.versions.cldr})`);
}
