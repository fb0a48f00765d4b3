// Keeps the exam page itself on this machine, so that a reload while the line is down brings it
// back. Answers and the paper are not its affair (journal.js).
"use strict";

const SHELF = "jiangjie-exam-page"; // as exam.js and over.js
const PATIENCE = 4000; // milliseconds

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const isPage = event.request.mode === "navigate" && pathname.endsWith("/exam/paper/");
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (isPage || pathname.includes("/static/")) event.respondWith(lineFirst(event.request));
});

// The server's word where it can be reached, else what was kept.
async function lineFirst(request) {
  const shelf = await caches.open(SHELF);
  const kept = () => shelf.match(request, { ignoreVary: true });
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status >= 500) return (await kept()) || answer;
    if (answer.ok) await shelf.put(request, answer.clone());
    return answer;
  } catch {
    return (await kept()) || Response.error();
  }
}
