// Keeps answers: first on this machine, then on the server, and says truthfully how far it is.

import { Refused, ask, row, sign } from "./link.js";

const REST = 1500; // milliseconds after the last stroke until a text is saved …
const LONGEST = 4000; // … and at the latest
const SIGN_OF_LIFE = 10000;
const MOST = 200; // saves in one message
const RETRY = [1000, 2000, 4000, 8000];
export const UNSENT = 0, STORED = 1, REFUSED = 2;

export class Saver {
  // hooks: {changed(), answered(body), refused(error), seen() → [answered, hidden, timesHidden]}
  constructor({ seat, session, key, sequence, journal, clock, url, hooks }) {
    Object.assign(this, { seat, session, key, sequence, journal, clock, url, hooks });
    this.unsent = new Map(); // "session/sequence" → save
    this.waiting = new Map(); // unit → {value, timer, since}
    this.kept = Promise.resolve(); // one save after the other gets the next number
    this.savedAt = 0; // the server's time of its last confirmation
    this.isCutOff = false;
    this.hasLocalFault = false;
    this.isStopped = false;
    this.failures = 0;
    this.writing = 0; // changes on their way to this machine's disk
    this.spent = new Map(); // unit → seconds
    this.sending = null;
    this.timer = setTimeout(() => this.flush(), SIGN_OF_LIFE);
  }

  adopt(saves) {
    for (const save of saves) if (save.state === UNSENT) this.unsent.set(name(save), save);
    for (const save of saves) if (save.state === STORED) this.savedAt = Math.max(this.savedAt, save.confirmed || 0);
    for (const save of saves) {
      if (save.session === this.session) this.sequence = Math.max(this.sequence, save.sequence);
    }
  }

  // Changes that are not even on this machine's disk.
  get inHand() {
    return this.waiting.size + this.writing;
  }

  get pending() {
    return this.unsent.size + this.inHand;
  }

  // A change; choices are saved at once, texts after a rest of the hand.
  change(unit, value, isText) {
    const waiting = this.waiting.get(unit) || { since: performance.now() };
    clearTimeout(waiting.timer);
    waiting.value = value;
    const rest = isText ? Math.max(0, Math.min(REST, waiting.since + LONGEST - performance.now())) : 0;
    waiting.timer = setTimeout(() => this.#keep(unit), rest);
    this.waiting.set(unit, waiting);
    this.hooks.changed();
  }

  keepAll() {
    for (const unit of [...this.waiting.keys()]) this.#keep(unit);
    return this.kept;
  }

  #keep(unit) {
    const waiting = this.waiting.get(unit);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.waiting.delete(unit);
    const made = this.clock.now();
    this.writing += 1;
    this.kept = this.kept.then(() => this.#write(unit, waiting.value, made));
  }

  async #write(unit, value, made) {
    const seconds = Math.round(this.spent.get(unit) || 0);
    this.sequence += 1;
    const save = { session: this.session, sequence: this.sequence, unit, value, made, seconds, state: UNSENT };
    save.signature = await sign(this.key, this.seat, save);
    this.unsent.set(name(save), save);
    try {
      await this.journal.put(save);
      this.hasLocalFault = false;
    } catch {
      this.hasLocalFault = true; // still in memory and on its way
    }
    this.writing -= 1;
    this.hooks.changed();
    this.flush();
  }

  // Sends what is unsent, or a sign of life; one message at a time.
  flush() {
    if (this.isStopped) return Promise.resolve(false);
    this.sending ||= this.#send().finally(() => {
      this.sending = null;
      const again = this.unsent.size && !this.isCutOff ? 0 : this.isCutOff ? this.#pause() : SIGN_OF_LIFE;
      clearTimeout(this.timer);
      if (!this.isStopped) this.timer = setTimeout(() => this.flush(), again);
    });
    return this.sending;
  }

  #pause() {
    return RETRY[Math.min(this.failures, RETRY.length) - 1] * (0.8 + 0.4 * Math.random());
  }

  async #send() {
    const batch = [...this.unsent.values()].slice(0, MOST);
    try {
      const [answered, hidden, timesHidden] = this.hooks.seen();
      const seen = [answered, this.unsent.size - batch.length, hidden, timesHidden];
      const body = await ask(this.url, this.clock, { saves: batch.map(row), seen });
      this.isCutOff = false;
      this.failures = 0;
      await this.#settle(body.stored, STORED, body.now);
      await this.#settle(body.refused, REFUSED, body.now);
      if (body.stored.length) this.savedAt = body.now;
      this.hooks.answered(body);
      return true;
    } catch (error) {
      if (error instanceof Refused) {
        this.hooks.refused(error);
      } else {
        this.isCutOff = true;
        this.failures += 1;
      }
      return false;
    } finally {
      this.hooks.changed();
    }
  }

  async #settle(numbers, state, at) {
    const settled = [];
    for (const [session, sequence] of numbers) {
      const save = this.unsent.get(`${session}/${sequence}`);
      if (save) settled.push(save);
      this.unsent.delete(`${session}/${sequence}`);
    }
    if (settled.length) await this.journal.settle(settled, state, at).catch(() => {});
  }

  // Everything on the server? Tries until it is, or the line is down.
  async finish() {
    await this.keepAll();
    while (this.unsent.size) if (!(await this.flush())) return false;
    return true;
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}

function name(save) {
  return `${save.session}/${save.sequence}`;
}
