// The service worker: the program itself without a line.  It keeps the files of one build and nothing else; what the node
// says never passes through it.  A newer build waits until the last tab of the older one is closed.

const name = 'shell-__NAME__';
const files = __FILES__;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(files)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const other of await caches.keys()) if (other !== name) await caches.delete(other);
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return;
  const path = files.includes(url.pathname) ? url.pathname : event.request.mode === 'navigate' ? '/' : '';
  if (!path) return;
  event.respondWith((async () => (await (await caches.open(name)).match(path)) ?? fetch(event.request))());
});
