// Sends a language in two parts: what the door says (strings/xx.ftl?door), so that a slow line opens it soon, and the rest
// (?rest), which comes with the first screen.  The door says what is asked for in the modules that src/main.ts needs before any
// other comes; that is read from their sources, so nobody has to keep a list.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const from = /^\s*import\s[^()]*?from\s+'(\.[^']+)'/gm;
const word = /['"`]([a-z][a-z0-9]*(?:-[a-z0-9]+)*-?)(?:\$\{)?/g;

// The sources of a module and of all that it imports before it runs.
function sources(path, seen = new Map()) {
  if (seen.has(path) || !/\.(ts|svelte)$/.test(path)) return seen;
  const text = readFileSync(path, 'utf8');
  seen.set(path, text);
  for (const [, other] of text.matchAll(from)) sources(resolve(dirname(path), other), seen);
  return seen;
}

export function words() {
  let asked;
  const of_the_door = (id) => asked.has(id) || [...asked].some((one) => one.endsWith('-') && id.startsWith(one));
  return {
    name: 'words',
    enforce: 'pre',
    buildStart() {
      const main = fileURLToPath(new URL('src/main.ts', import.meta.url));
      asked = new Set([...sources(main).values()].flatMap((text) => [...text.matchAll(word)].map((found) => found[1])));
    },
    load(id) {
      const [, path, part] = /^(.*\/strings\/[a-z]+\.ftl)\?(door|rest)$/.exec(id) ?? [];
      if (!path) return null;
      this.addWatchFile(path);
      const messages = readFileSync(path, 'utf8').split(/^(?=[a-z])/m).filter((one) => /^[a-z][a-z0-9-]* =/.test(one)).map((one) => one.replace(/^#.*\n?/gm, '').trimEnd());
      const kept = messages.filter((one) => of_the_door(one.slice(0, one.indexOf(' '))) === (part === 'door'));
      return `export default ${JSON.stringify(`${kept.join('\n')}\n`)}`;
    },
  };
}
