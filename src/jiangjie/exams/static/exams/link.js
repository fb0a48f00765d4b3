// The line to the server: its clock, the keys it gives, signed saves.

const PATIENCE = 8000; // milliseconds for one answer
const FORM = "jiangjie-answer-1"; // as rules/saving.py
const encoder = new TextEncoder();

// The server's clock as this machine can tell it. It runs on a counter that nobody can set, so a
// wrong or changed clock of the machine makes no difference.
export class Clock {
  #ahead = Date.now() - performance.now();

  heard(now, asked) {
    const back = performance.now();
    this.#ahead = now + (back - asked) / 2 - back;
  }

  // After a reload without the line: by the machine's clock and how far it was from the server's.
  recall(ahead) {
    this.#ahead = Date.now() + ahead - performance.now();
  }

  now() {
    return Math.round(performance.now() + this.#ahead);
  }
}

export class Refused extends Error {
  constructor(status, body) {
    super(body.message || body.code || String(status));
    this.status = status;
    this.code = body.code || "";
  }
}

// Throws Refused for what the server said no to; any other error means that it was not reached.
export async function ask(url, clock, message) {
  const asked = performance.now();
  const response = await fetch(url, {
    method: message === undefined ? "GET" : "POST",
    headers: { "X-Exam-Page": "1", "Content-Type": "application/json" },
    body: message === undefined ? undefined : JSON.stringify(message),
    signal: AbortSignal.timeout(PATIENCE),
    credentials: "same-origin",
    cache: "no-store",
  });
  if (response.status >= 500) throw new Error(String(response.status));
  const body = await response.json();
  if (body.now) clock.heard(body.now, asked);
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

export async function fetchPackage(url) {
  const response = await fetch(url, { credentials: "same-origin", cache: "no-store" });
  if (!response.ok || response.redirected) throw new Error(String(response.status));
  return response.arrayBuffer();
}

// Not extractable, as the seat's: it opens this paper and can be kept, and nobody can read it.
export async function packageKey(key) {
  return crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["decrypt"]);
}

export async function openPackage(locked, opener) {
  const clear = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: locked.slice(0, 12) },
    opener,
    locked.slice(12),
  );
  return JSON.parse(new TextDecoder().decode(clear));
}

export async function seatKey(key) {
  // Not extractable: the page can sign with it and never read it again.
  return crypto.subtle.importKey("raw", bytes(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

export async function sign(key, seat, save) {
  const text = [FORM, seat, save.session, save.sequence, save.unit, save.made, save.seconds, save.value];
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(text.join("\n")));
  return btoa(String.fromCharCode(...new Uint8Array(signature)));
}

export function row(save) {
  return [save.session, save.sequence, save.unit, save.value, save.made, save.seconds, save.signature];
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
