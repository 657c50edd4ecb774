// Before this line the server puts VERSION and FILES: every file of the page with its digest.
// What is kept is the program and public keys. An answer about a paper is never kept: only FILES are ever answered from here.

const NAME = `madoguchi-code-${VERSION}`;
const KEPT = [NAME, "madoguchi-code-public"];
const OURS = new Map(FILES.map(([path]) => [new URL(path, self.registration.scope).href, path]));

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forget().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && OURS.has(request.url)) event.respondWith(answer(request));
});

// All or nothing: with one file missing, or another than its digest says, the version before stays.
async function fill() {
  const cache = await caches.open(NAME);
  await Promise.all(FILES.map(async ([path, integrity]) => {
    const url = new URL(path, self.registration.scope);
    const found = await fetch(url, { cache: "reload", credentials: "omit", integrity });
    if (!found.ok) throw new Error(`no ${path}`);
    await cache.put(url, found);
  }));
}

async function forget() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("madoguchi-code-") && !KEPT.includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request.url)) ?? fetch(request);
}
