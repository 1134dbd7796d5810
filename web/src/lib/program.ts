// The program itself without a line: the worker that keeps it, once somebody is at work.  Before that a slow line has better
// things to carry.

interface Policies { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }
const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
const worker = '/worker.js';
// The policy lets this one address be a script, and no other.
const only = policies?.createPolicy('sanjal-worker', {
  createScriptURL(url) {
    if (url !== worker) throw new TypeError('not our worker');
    return url;
  },
});

let asked = false;
export async function keep_program(): Promise<void> {
  if (asked || !('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  asked = true;
  try {
    await navigator.serviceWorker.register(only ? only.createScriptURL(worker) : worker);
    await keep_words();
  } catch {
    asked = false;  // where the line dropped in between, the next start asks again
  }
}

// What was used here came in part before the worker did: it is told of it.
export async function keep_words(): Promise<void> {
  if (!asked) return;
  const there = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname).filter((path) => path.startsWith('/assets/'));
  there.active?.postMessage(files);
}
