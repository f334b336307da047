// @ts-check
/** What is being entered, kept in this browser until it is saved. The storage and the timer are passed in, so that it can be tested. */

/** @typedef {{at: number, version: string, values: Record<string, any>, paths?: Record<string, any>, lines: Record<string, any[]>}} Kept */

const WAIT = 700;
const DAYS = 30 * 86_400_000;

export class Draft {
  /** @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} storage @param {string} key nothing is kept without one @param {() => number} [now] @param {(run: () => void, wait: number) => any} [later] */
  constructor(storage, key, now = Date.now, later = (run, wait) => setTimeout(run, wait)) {
    this.storage = storage;
    this.key = key && `zg-draft:${key}`;
    this.now = now;
    this.later = later;
    /** @type {(() => Omit<Kept, 'at'>) | null} */
    this.pending = null;
  }

  /** @returns {Kept | null} what was kept, unless it is older than a month or unreadable */
  read() {
    const text = this.key ? this.storage.getItem(this.key) : null;
    if (!text) return null;
    try {
      const kept = JSON.parse(text);
      if (kept.values && this.now() - kept.at < DAYS) return kept;
    } catch {
      // Something else wrote under our key; it is worth nothing to the person.
    }
    this.drop();
    return null;
  }

  /** Keeps what `make` answers, a little later and once for many changes. @param {() => Omit<Kept, 'at'>} make */
  write(make) {
    if (!this.key) return;
    const waiting = this.pending !== null;
    this.pending = make;
    if (!waiting) this.later(() => this.flush(), WAIT);
  }

  flush() {
    if (!this.pending) return;
    const kept = { at: this.now(), ...this.pending() };
    this.pending = null;
    try {
      this.storage.setItem(this.key, JSON.stringify(kept));
    } catch {
      // Full or forbidden storage costs the draft, never the work.
    }
  }

  drop() {
    this.pending = null;
    if (this.key) this.storage.removeItem(this.key);
  }
}
