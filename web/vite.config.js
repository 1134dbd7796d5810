// Builds the client into build/web/dist: what the node then carries within itself (cmake/client.cmake).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

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

export default defineConfig({
  plugins: [svelte({ compilerOptions: { runes: true } }), worker()],
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
