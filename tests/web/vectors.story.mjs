// What the browser judges itself is judged by the vectors of src/rules.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { check, root, story } from './harness.mjs';

story('conditions in the browser agree with the vectors of the rules', async () => {
  const { transform } = await import(join(root, 'web', 'node_modules', 'vite', 'dist', 'node', 'index.js')).then((vite) => ({ transform: vite.transformWithOxc ?? vite.transformWithEsbuild }));
  const file = join(root, 'web', 'src', 'lib', 'condition.ts');
  const { code } = await transform(readFileSync(file, 'utf8'), file, {});
  const { holds } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const vectors = JSON.parse(readFileSync(join(root, 'tests', 'vectors', 'rules', 'conditions.json'), 'utf8')).filter((one) => one.call.do === 'condition' && one.gives.truth);
  const wrong = vectors.filter((one) => holds(one.call.condition, one.call.facts ?? {}) !== one.gives.truth).map((one) => `${one.say}: wanted ${one.gives.truth}, given ${holds(one.call.condition, one.call.facts ?? {})}`);
  check(vectors.length > 20, `only ${vectors.length} vectors`);
  check(wrong.length === 0, wrong.join('\n'));
});
