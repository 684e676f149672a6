// Keeps the page for reading and writing without a network. `service-worker.ts` fills in these two lines.
const VERSION = '';
const FILES = [];

const CACHE = `meower-${VERSION}`;

// A new version is complete before it takes over, which it does when no tab uses the old one any more. Until
// then, the old one keeps the files that its tabs may still load.
addEventListener('install', (event) =>
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES))),
);
addEventListener('activate', (event) => event.waitUntil(deleteOldCaches()));
addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== location.origin) return;
  if (mode === 'navigate') event.respondWith(newest(event.request));
  else if (FILES.includes(pathname)) event.respondWith(kept(event.request));
});

async function deleteOldCaches() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/** The page from the server, or without a network the kept one, which finds its view by the address. */
async function newest(request) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await caches.match('/')) ?? Promise.reject(error);
  }
}

/** A file of this version. Names contain a hash of the content, or their content hardly changes. */
async function kept(request) {
  return (await caches.match(request, { ignoreSearch: true })) ?? fetch(request);
}
