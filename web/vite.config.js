// Builds the client into build/web/dist: what the node then carries within itself (cmake/client.cmake).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { trust_page } from './src/trust/page.mjs';
import { words } from './words.mjs';

// The rules as WebAssembly (tools/build_wasm.sh), where they were built.
const built = new URL('../build/wasm/rules.wasm', import.meta.url);
const rules = existsSync(built) ? readFileSync(built) : undefined;
const rules_file = rules && `assets/rules-${createHash('sha256').update(rules).digest('base64url').slice(0, 8)}.wasm`;
function rules_program() {
  return { name: 'rules', generateBundle() { if (rules) this.emitFile({ type: 'asset', fileName: rules_file, source: rules }); } };
}

// What is kept for without a line only once it was used: languages, and what only some people need.
function used_first(one) {
  if (one.fileName === rules_file) return 'rules';
  const language = /\/strings\/([a-z]+)\.ftl/.exec(one.facadeModuleId ?? '')?.[1];
  return language ?? ['pin', 'device', 'age', 'curve', 'FirstRun'].find((name) => one.type === 'chunk' && one.name === name);
}

// The worker knows every file of this build by name, and is another one as soon as one of them is.
function worker() {
  return {
    name: 'worker',
    generateBundle(_, bundle) {
      const made = Object.values(bundle).filter((one) => one.fileName.startsWith('assets/'));
      const used = {};
      for (const one of made) {
        const name = used_first(one);
        if (name) (used[name] ??= []).push(`/${one.fileName}`);
      }
      const own = Object.values(used).flat();
      const all = made.map((one) => `/${one.fileName}`);
      const files = ['/', '/away.html', '/away.css', '/away.js', '/icon.svg', ...all.filter((file) => !own.includes(file))].sort();
      const source = readFileSync(new URL('src/worker.js', import.meta.url), 'utf8').replace('__FILES__', JSON.stringify(files)).replace('__USED__', JSON.stringify(used))
        .replace('__NAME__', createHash('sha256').update(all.sort().join()).digest('hex').slice(0, 12));
      this.emitFile({ type: 'asset', fileName: 'worker.js', source });
    },
  };
}

// How a phone comes to trust the office's computer: one page that needs nothing else of the client.
function trust() {
  return { name: 'trust', generateBundle() { this.emitFile({ type: 'asset', fileName: 'trust.html', source: trust_page() }); } };
}

// What is used together comes together: few files, because each costs its headers on a slow line and compresses alone.  The door
// first, which takes nothing with it that it does not need; then Today, and the screens behind it.
const of = (...paths) => (id) => paths.some((path) => id.includes(path));
const together = [
  { name: 'pin', test: of('/hash-wasm/', '/src/lib/pin.ts'), priority: 9 },
  { name: 'curve', test: of('/@noble/curves/', '/@noble/hashes/'), priority: 9 },
  { name: 'age', test: of('/src/lib/age.ts', '/@noble/ciphers/'), priority: 9 },
  { name: 'device', test: of('/src/lib/device.ts', '/src/lib/curve.ts', '/src/lib/rules.ts'), priority: 9 },
  { name: 'door', test: of('/node_modules/svelte/', '/node_modules/esm-env/', '/node_modules/clsx/', '/@fluent/', '/node_modules/idb/', '/src/lib/api.ts', '/src/lib/keep.ts', '/src/lib/line.', '/src/lib/session.', '/src/lib/words.',
    '/src/lib/route.', '/src/lib/outbox.', '/src/lib/program.ts', '/src/lib/node.ts', '/src/lib/numbers.ts', '/src/ui/Head', '/src/ui/Icon', '/src/ui/Pin', '/src/ui/pictures'), priority: 20 },
  { name: 'work', test: of('/src/features/work/', '/src/ui/Inside', '/src/ui/Bar', '/src/ui/Nav', '/src/lib/times.ts', '/src/lib/bytes.ts', '/src/lib/says.ts', '/src/lib/form.ts', '/src/lib/condition.ts', '/src/lib/ask.', '/src/ui/Waiting', '/src/ui/Masked'), priority: 7 },
  { name: 'write', test: of('/src/features/form/', '/src/features/outbox/', '/src/lib/carry.ts', '/src/features/consent/'), priority: 6 },
  { name: 'cases', test: of('/src/features/records/', '/src/features/files/', '/src/lib/attach.ts', '/src/features/referral/', '/src/features/matching/', '/src/features/printing/'), priority: 5 },
  { name: 'office', test: of('/src/features/oversight/', '/src/features/holidays/', '/src/features/reports/', '/src/features/session/More', '/src/features/session/People', '/src/features/session/Invite', '/src/features/session/Phones', '/src/features/session/MyPin',
    '/src/features/session/roles', '/src/ui/Qr', '/node_modules/qr/'), priority: 4 },
];

export default defineConfig({
  plugins: [words(), svelte({ compilerOptions: { runes: true } }), rules_program(), worker(), trust()],
  define: { __RULES__: JSON.stringify(rules ? `/${rules_file}` : '') },
  cacheDir: '../build/web/cache',
  build: {
    outDir: '../build/web/dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,  // the policy allows no style and no script inside a page
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: { groups: together } } },
  },
});
