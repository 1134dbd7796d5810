// Builds the client into build/web/dist: what the node then carries within itself (cmake/client.cmake).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { trust_page } from './src/trust/page.mjs';
import { words } from './words.mjs';

// The worker knows every file of this build by name, and is another one as soon as one of them is.
function worker() {
  return {
    name: 'worker',
    generateBundle(_, bundle) {
      const files = ['/', '/away.html', '/away.css', '/away.js', '/icon.svg', ...Object.keys(bundle).filter((name) => name.startsWith('assets/')).map((name) => `/${name}`)].sort();
      const source = readFileSync(new URL('src/worker.js', import.meta.url), 'utf8').replace('__FILES__', JSON.stringify(files))
        .replace('__NAME__', createHash('sha256').update(files.join()).digest('hex').slice(0, 12));
      this.emitFile({ type: 'asset', fileName: 'worker.js', source });
    },
  };
}

// How a phone comes to trust the office's computer: one page that needs nothing else of the client.
function trust() {
  return { name: 'trust', generateBundle() { this.emitFile({ type: 'asset', fileName: 'trust.html', source: trust_page() }); } };
}

export default defineConfig({
  plugins: [words(), svelte({ compilerOptions: { runes: true } }), worker(), trust()],
  cacheDir: '../build/web/cache',
  build: {
    outDir: '../build/web/dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,  // the policy allows no style and no script inside a page
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
