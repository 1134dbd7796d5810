// The service worker: the program itself without a line.  It keeps the files of one build and nothing else; what the node
// says never passes through it.  A newer build waits until the last tab of the older one is closed.  Of the languages, and of
// what only some people need, it keeps what was used here: that is loaded when it is asked for first, and then stays.

const name = 'shell-__NAME__';
const files = __FILES__;
const used = __USED__;
const used_first = Object.values(used).flat();

// What of it an older build kept here.
async function used_before() {
  const names = new Set();
  for (const other of await caches.keys()) {
    for (const request of await (await caches.open(other)).keys()) names.add(/^\/assets\/([a-z]+)-/.exec(new URL(request.url).pathname)?.[1]);
  }
  return Object.entries(used).filter(([name]) => names.has(name)).flatMap(([, own]) => own);
}

self.addEventListener('install', (event) => {
  event.waitUntil((async () => (await caches.open(name)).addAll([...files, ...await used_before()]))());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const other of await caches.keys()) if (other !== name) await caches.delete(other);
    await self.clients.claim();
  })());
});

// What a page had loaded before the worker was there.
self.addEventListener('message', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(name);
    for (const file of used_first) if (event.data.includes(file) && !(await cache.match(file))) await cache.add(file).catch(() => {});
  })());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return;
  const later = used_first.includes(url.pathname);
  const path = later || files.includes(url.pathname) ? url.pathname : event.request.mode === 'navigate' ? '/' : '';
  if (!path) return;
  event.respondWith((async () => {
    const cache = await caches.open(name);
    const kept = await cache.match(path);
    if (kept) return kept;
    const fresh = await fetch(event.request);
    if (later && fresh.ok) await cache.put(path, fresh.clone());
    return fresh;
  })());
});
