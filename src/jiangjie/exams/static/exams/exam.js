// The exam page. The server gives the locked paper before the bell and its key at the bell; from
// then on the page lives by itself and keeps the server up to date.

import { openJournal } from "./journal.js";
import { Clock, Refused, ask, fetchPackage, openPackage, packageKey, seatKey } from "./link.js";
import { STORED, Saver } from "./saver.js";
import { Sheet } from "./sheet.js";

const root = document.getElementById("exam");
const seat = Number(root.dataset.seat);
const session = Number(root.dataset.session);
const url = root.dataset;
const clock = new Clock();
const WARNINGS = [15, 5, 1]; // minutes before the end
const STARTED = "started"; // the note with which a reload without the line goes on
const SHELF = "jiangjie-exam-page"; // as worker.js and over.js
const SLACK = 5000; // milliseconds by which a machine's clock may be wrong

const part = (name) => root.querySelector(`[data-part="${name}"]`);
const texts = new Map(
  [...document.getElementById("texts").content.children].map((each) => [each.dataset.name, each.textContent]),
);
const say = (name, values = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), texts.get(name));
const hour = (ms) => new Date(ms).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let journal, saver, sheet, started, ends = 0, earliest = 0, isOver = false, timesHidden = 0;

// ---- one of the panels is shown -------------------------------------------------------------

function show(name, title = "", text = "") {
  for (const panel of root.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
  if (name === "message") {
    part("message-title").textContent = title;
    part("message-text").textContent = text;
  }
}

function end(title, text, isFinal = true) {
  isOver = true;
  saver?.stop();
  show("message", title, text);
  part("leave").hidden = !isFinal;
  part("take-over").hidden = true;
  part("message-title").focus();
  if (isFinal) journal?.forget(STARTED);
}

// ---- a reload without the line --------------------------------------------------------------

// The page and what it is made of, kept by this machine for worker.js.
async function keepPage() {
  await navigator.serviceWorker?.register(url.worker);
  const shelf = await caches.open(SHELF);
  const parts = performance.getEntriesByType("resource").map((each) => each.name);
  await shelf.addAll([location.pathname, ...new Set(parts.filter((name) => name.includes("/static/")))]);
}

// ---- only one window ------------------------------------------------------------------------

function holdSeat(steal = false) {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(`jiangjie-seat-${seat}`, steal ? { steal: true } : { ifAvailable: true }, (lock) => {
        if (!lock) return reject(new Error("held"));
        resolve();
        return new Promise(() => {}); // held until the window closes
      })
      .catch(() => end(say("elsewhere-title"), say("elsewhere"), false));
  });
}

// ---- before the bell ------------------------------------------------------------------------

async function lockedPaper() {
  for (;;) {
    try {
      return await fetchPackage(url.package);
    } catch {
      await pause(2000 + 2000 * Math.random());
    }
  }
}

// The server's answer at the bell; or `kept`, from before a reload, while it cannot be reached.
async function bell(kept) {
  for (;;) {
    let wait = 3;
    try {
      const body = await ask(url.start, clock);
      if (body.state !== "waiting") return body;
      wait = body.ask_again;
      const planned = hour(body.planned).slice(0, 5);
      part("waiting-text").textContent = !body.checked_in
        ? say("waiting-check-in")
        : say("waiting-bell", { time: planned });
      part("waiting-line").textContent = say("line-up", { time: hour(clock.now()) });
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (kept) return kept;
      part("waiting-line").textContent = say("line-down");
    }
    // Spread, so that not everybody asks in the same instant.
    await pause(wait * 1000 * (0.75 + 0.5 * Math.random()));
  }
}

// ---- while writing --------------------------------------------------------------------------

function tellState() {
  if (isOver || !saver) return;
  const state = part("saved");
  const [name, values] = saver.hasLocalFault && saver.isCutOff
    ? ["state-danger", {}]
    : saver.isCutOff && !saver.inHand
      ? stateCutOff()
      : saver.pending
        ? ["state-saving", {}]
        : saver.savedAt
          ? ["state-saved", { time: hour(saver.savedAt) }]
          : ["state-nothing", {}];
  const text = say(name, values);
  if (state.textContent !== text) state.textContent = text;
  state.dataset.state = name;
}

function stateCutOff() {
  if (saver.unsent.size) return ["state-local", { count: saver.unsent.size }];
  return saver.savedAt ? ["state-kept", { time: hour(saver.savedAt) }] : ["state-cut-off", {}];
}

function tick() {
  if (isOver) return;
  const left = Math.max(0, ends - clock.now());
  const seconds = Math.ceil(left / 1000);
  part("left").textContent =
    `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  part("left").classList.toggle("is-short", left < 5 * 60000);
  const warning = WARNINGS.find((minutes) => seconds === minutes * 60);
  if (warning) part("warning").textContent = say("minutes-left", { minutes: warning });
  if (left === 0) return timeOver();
  sheet.spend(saver.spent, 1);
}

async function timeOver() {
  isOver = true;
  sheet.lock();
  show("message", say("time-over-title"), say("time-over"));
  part("leave").hidden = true;
  await pause(6000 * Math.random()); // not all hand in at the same instant
  while (!(await handIn())) await pause(3000);
}

// True when the server has taken everything in; false when it cannot be reached now.
async function handIn() {
  if (!(await saver.finish())) return false;
  let last = saver.sequence;
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      const body = await ask(url.handIn, clock, { last });
      if (!body.lacking.length) {
        end(say("handed-in-title"), say("handed-in", { time: hour(body.now) }));
        return true;
      }
      // What the server lacks is sent again; what is nowhere any more cannot hold up the hand-in.
      const lacking = new Set(body.lacking);
      const mine = (await journal.all()).filter((save) => save.session === session && lacking.has(save.sequence));
      for (const save of mine) saver.unsent.set(`${save.session}/${save.sequence}`, save);
      if (!(await saver.finish())) return false;
      last = mine.length ? last : 0;
    }
    return false;
  } catch (error) {
    if (!(error instanceof Refused)) return false;
    if (isOver) end(say("time-over-title"), error.message);
    else part("hand-in-refusal").textContent = error.message;
    return true;
  }
}

async function askHandIn() {
  await saver.keepAll();
  const dialog = part("hand-in-dialog");
  const { empty, flagged } = sheet.counts();
  part("hand-in-empty").textContent = empty ? say("hand-in-empty", { count: empty }) : say("hand-in-full");
  part("hand-in-flagged").textContent = flagged ? say("hand-in-flagged", { count: flagged }) : "";
  const opens = earliest - clock.now();
  part("hand-in-refusal").textContent = opens > 0 ? say("hand-in-early", { time: hour(earliest).slice(0, 5) }) : "";
  part("hand-in-sure").disabled = opens > 0;
  dialog.showModal();
}

function serverSaid(body) {
  if (body.ends !== ends || body.house !== started.house) {
    if (body.house !== started.house) sendAgain();
    ends = started.ends = body.ends;
    started.house = body.house;
    journal.note(STARTED, started).catch(() => {});
  }
  if (body.refused.some(([, , code]) => code !== "exams.after_the_bell")) part("warning").textContent = say("refused");
  if (body.replaced) return end(say("replaced-title"), say("replaced"), false);
  if (body.handed_in || body.closed) {
    if (!saver.pending) end(say("handed-in-title"), say("taken-in"));
  }
}

// A spare has taken over: what the first node confirmed in its last moments may be only here.
async function sendAgain() {
  saver.writing += 1; // not saved, until the other one has said so
  for (const save of await journal.all()) {
    if (save.state === STORED) saver.unsent.set(`${save.session}/${save.sequence}`, save);
  }
  saver.writing -= 1;
  saver.flush();
}

function serverRefused(error) {
  if (error.code === "exams.signed_out") end(say("signed-out-title"), say("signed-out"), false);
  else part("warning").textContent = error.message;
}

// `found`: all that the page goes on with, from the server or, `isKept`, from before a reload;
// `house`: of the node to which this machine has spoken last.
async function write(found, isKept, house) {
  started = found;
  ends = found.ends;
  earliest = found.bell + found.earliest_minutes * 60000;
  if (isKept) clock.recall(found.ahead);
  // It does not open where another paper was put into the room after this page had fetched the first.
  const paper = await openPackage(found.locked, found.packageKey).catch(async () => {
    found.locked = await lockedPaper();
    return openPackage(found.locked, found.packageKey);
  });
  await journal.note(STARTED, found).catch(() => {}); // without it only a reload needs the line
  saver = new Saver({
    seat, session, key: found.seatKey, sequence: found.sequence, journal, clock, url: url.save,
    hooks: {
      changed: tellState,
      answered: serverSaid,
      refused: serverRefused,
      seen: () => [sheet.counts().answered, document.hidden, timesHidden],
    },
  });
  saver.isCutOff = isKept;
  if (!isKept && Object.keys(found.answers).length) saver.savedAt = clock.now(); // the server has just shown them
  // From before the bell: of a paper that was taken back, when the bell had to ring a second time.
  const local = (await journal.all()).filter((save) => save.made > found.bell - SLACK);
  saver.adopt(local);
  if (!isKept && found.house !== house) sendAgain();
  sheet = new Sheet(root, paper, found.order, { say, saver, journal });
  sheet.restore(standing(local, found.answers), (await journal.noted("flags")) || []);
  show("paper");
  part("saved").hidden = false;
  part("clock").hidden = false;
  part("tools").hidden = false;
  tellState();
  tick();
  setInterval(tick, 1000);
  saver.flush();
  sheet.focus();
}

// What stands of each unit, from the server and from this machine: the highest number wins.
function standing(local, fromServer) {
  const found = new Map(Object.entries(fromServer).map(([unit, save]) => [Number(unit), save]));
  for (const save of local) {
    const known = found.get(save.unit);
    const isLater =
      !known || save.session > known.session || (save.session === known.session && save.sequence > known.sequence);
    if (isLater && save.state <= STORED) found.set(save.unit, save);
  }
  return found;
}

async function begin() {
  show("waiting");
  journal = await openJournal(seat);
  const before = await journal.noted(STARTED).catch(() => null);
  const kept = before?.session === session ? before : null;
  const locked = kept ? kept.locked : lockedPaper();
  const body = await bell(kept);
  if (body === kept) return write(kept, true);
  if (body.state === "signed_out") return end(say("signed-out-title"), say("signed-out"), false);
  if (body.state === "over") {
    return end(say("handed-in-title"), body.handed_in ? say("handed-in", { time: hour(body.handed_in) }) : say("taken-in"));
  }
  const found = {
    session, locked: await locked, packageKey: await packageKey(body.package_key), seatKey: await seatKey(body.seat_key),
    order: body.order, bell: body.bell, ends: body.ends, earliest_minutes: body.earliest_minutes,
    sequence: body.sequence, answers: body.answers, house: body.house, ahead: body.now - Date.now(),
  };
  await write(found, false, before ? before.house : 0);
}

async function main(steal) {
  if (!globalThis.isSecureContext || !globalThis.indexedDB || !crypto.subtle) {
    return show("message", say("unfit-title"), say("unfit"));
  }
  try {
    await holdSeat(steal);
  } catch {
    show("message", say("elsewhere-title"), say("elsewhere"));
    part("take-over").hidden = false;
    return;
  }
  keepPage().catch(() => {}); // the exam goes on without it
  await begin().catch((error) => {
    if (!(error instanceof Refused)) throw error;
    if (error.code === "exams.signed_out") end(say("signed-out-title"), say("signed-out"), false);
    else end(say("refused-title"), error.message, false);
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && saver && !isOver) timesHidden += 1;
  saver?.keepAll().then(() => saver.flush());
});
addEventListener("pagehide", () => saver?.keepAll());
addEventListener("online", () => saver?.flush());
addEventListener("beforeunload", (event) => {
  if (saver && !isOver && saver.pending) event.preventDefault();
});
part("take-over").addEventListener("click", () => {
  part("take-over").hidden = true;
  main(true);
});
part("hand-in").addEventListener("click", askHandIn);
part("hand-in-back").addEventListener("click", () => part("hand-in-dialog").close());
part("hand-in-sure").addEventListener("click", async () => {
  part("hand-in-sure").disabled = true;
  const isDone = await handIn();
  part("hand-in-sure").disabled = false;
  if (isOver) part("hand-in-dialog").close();
  else if (!isDone) part("hand-in-refusal").textContent = say("hand-in-line-down");
});

main(false);
