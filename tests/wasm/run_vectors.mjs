// Runs tests/vectors/rules through the rules as WebAssembly (tools/build_wasm.sh), as a browser would.
//
//   node run_vectors.mjs [rules.wasm]      ends with `N passed, N failed`

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const file = process.argv[2] ?? join(root, 'build', 'wasm', 'rules.wasm');
const nothing = () => 0;
const { instance } = await WebAssembly.instantiate(readFileSync(file), {
  wasi_snapshot_preview1: { fd_close: nothing, fd_fdstat_get: nothing, fd_seek: nothing, fd_write: nothing, proc_exit: nothing },
});
const rules = instance.exports;
rules._initialize?.();

export function call(request) {
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  const at = rules.sanjal_take(bytes.length || 1);
  new Uint8Array(rules.memory.buffer).set(bytes, at);
  const answer = rules.sanjal_call(at, bytes.length);
  const memory = new Uint8Array(rules.memory.buffer);
  const text = new TextDecoder().decode(memory.subarray(answer, memory.indexOf(0, answer)));
  rules.sanjal_give_back(at);
  rules.sanjal_give_back(answer);
  return JSON.parse(text);
}

function matches(wanted, given) {
  if (Array.isArray(wanted)) return Array.isArray(given) && given.length === wanted.length && wanted.every((one, i) => matches(one, given[i]));
  if (wanted !== null && typeof wanted === 'object') {
    return given !== null && typeof given === 'object' && !Array.isArray(given) && Object.entries(wanted).every(([name, one]) => name in given && matches(one, given[name]));
  }
  return wanted === given;
}

let passed = 0;
let failed = 0;
const folder = join(root, 'tests', 'vectors', 'rules');
for (const name of readdirSync(folder).filter((one) => one.endsWith('.json')).sort()) {
  for (const vector of JSON.parse(readFileSync(join(folder, name), 'utf8'))) {
    const given = call(vector.call);
    if (matches(vector.gives, given)) {
      passed += 1;
    } else {
      failed += 1;
      console.log(`FAILED ${name}: ${vector.say}\n  wanted ${JSON.stringify(vector.gives)}\n  given  ${JSON.stringify(given)}`);
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 900 ? 0 : 1);
