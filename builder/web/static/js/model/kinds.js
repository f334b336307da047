// @ts-check
/** The values of expressions: null, booleans, texts (references are the text of their id), lists, `Decimal`, and here days, instants and times of day.
 * What operators do to them is the same as on the server: nothing compares with nothing, truth is never guessed. Pure. */
import { compare, Decimal, decimal, fail } from './decimal.js';

const DAY_MS = 86_400_000;
const MICRO = 1000n;

/** @param {number} number @param {number} [size] */
const pad = (number, size = 2) => String(number).padStart(size, '0');

/** A day, as days since 1970-01-01. */
export class Day {
  /** @param {number} number */
  constructor(number) {
    if (!(number >= FIRST && number <= LAST)) fail('range');
    this.number = number;
    /** @type {Date | null} */
    this._date = null;
  }

  /** @param {number} year @param {number} month 1–12 @param {number} day */
  static of(year, month, day) {
    return new Day(dayNumber(year, month, day));
  }

  get date() {
    return (this._date ??= new Date(this.number * DAY_MS));
  }

  get year() {
    return this.date.getUTCFullYear();
  }

  get month() {
    return this.date.getUTCMonth() + 1;
  }

  get day() {
    return this.date.getUTCDate();
  }

  /** Monday is 1. */
  get weekday() {
    return ((((this.number + 3) % 7) + 7) % 7) + 1;
  }

  toString() {
    return `${pad(this.year, 4)}-${pad(this.month)}-${pad(this.day)}`;
  }
}

/** @param {number} year @param {number} month @param {number} day */
function dayNumber(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / DAY_MS);
}

const FIRST = dayNumber(1, 1, 1);
const LAST = dayNumber(9999, 12, 31);

/** @param {number} year @param {number} month */
export const daysIn = (year, month) => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

/** An instant, in microseconds since 1970-01-01 UTC. */
export class Instant {
  /** @param {bigint} micros */
  constructor(micros) {
    this.micros = micros;
  }

  toString() {
    const rest = Number(((this.micros % 1_000_000n) + 1_000_000n) % 1_000_000n);
    const text = new Date(Number((this.micros - BigInt(rest)) / MICRO)).toISOString().slice(0, 19);
    return text + (rest ? `.${pad(rest, 6)}` : '') + 'Z';
  }
}

/** A time of day, in microseconds since midnight. */
export class Clock {
  /** @param {number} micros */
  constructor(micros) {
    this.micros = micros;
  }

  get hour() {
    return Math.floor(this.micros / 3_600_000_000);
  }

  get minute() {
    return Math.floor(this.micros / 60_000_000) % 60;
  }

  get second() {
    return Math.floor(this.micros / 1_000_000) % 60;
  }

  toString() {
    const rest = this.micros % 1_000_000;
    return `${pad(this.hour)}:${pad(this.minute)}:${pad(this.second)}${rest ? `.${pad(rest, 6)}` : ''}`;
  }
}

/** @param {string} text `2026-03-05` @returns {Day | null} */
export function readDay(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return found ? Day.of(Number(found[1]), Number(found[2]), Number(found[3])) : null;
}

/** @param {string} text `08:30`, `08:30:00`, `08:30:00.000001` @returns {Clock | null} */
export function readClock(text) {
  const found = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/.exec(text);
  if (!found) return null;
  const seconds = Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3] ?? 0);
  return new Clock(seconds * 1_000_000 + Number((found[4] ?? '').padEnd(6, '0')));
}

/** @param {string} text `2026-03-15T08:30:00Z`, with or without microseconds; an offset may stand for the Z @returns {Instant | null} */
export function readInstant(text) {
  const found = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?:Z|([+-])(\d{2}):(\d{2}))$/.exec(text);
  const [day, clock] = found ? [readDay(found[1]), readClock(found[2])] : [null, null];
  if (!found || !day || !clock) return null;
  const offset = found[3] ? (Number(found[4]) * 60 + Number(found[5])) * (found[3] === '-' ? -1 : 1) : 0;
  return new Instant(BigInt(day.number) * 86_400_000_000n + BigInt(clock.micros) - BigInt(offset) * 60_000_000n);
}

// How values travel --------------------------------------------------------------------------------------

/** A value as the server writes it for expressions (`builder/expressions/browser.py`): `{"n": "12.50"}`, `{"d": "2026-03-05"}`, `{"i": "…Z"}`,
 * `{"c": "08:30:00"}`; texts, booleans, null and lists are themselves. What is a value already stays one. @param {any} sent @returns {any} */
export function fromWire(sent) {
  if (sent === null || sent === undefined) return null;
  if (typeof sent !== 'object') return typeof sent === 'number' ? decimal(String(sent)) : sent;
  if (Array.isArray(sent)) return sent.map(fromWire);
  if (typeof sent.n === 'string') return decimal(sent.n);
  if (typeof sent.d === 'string') return readDay(sent.d);
  if (typeof sent.i === 'string') return readInstant(sent.i);
  if (typeof sent.c === 'string') return readClock(sent.c);
  return sent;
}

/** @param {any} value @returns {any} */
export function toWire(value) {
  if (value instanceof Decimal) return { n: String(value) };
  if (value instanceof Day) return { d: String(value) };
  if (value instanceof Instant) return { i: String(value) };
  if (value instanceof Clock) return { c: String(value) };
  return Array.isArray(value) ? value.map(toWire) : value;
}

// What operators do to them ------------------------------------------------------------------------------

/** True and false are themselves, nothing is false. @param {any} value @returns {boolean} */
export const truth = (value) => (typeof value === 'boolean' ? value : value === null ? false : fail('truth'));

/** @param {any} a @param {any} b @returns {boolean} */
export function equal(a, b) {
  if (a instanceof Decimal) return b instanceof Decimal && compare(a, b) === 0;
  if (a instanceof Day) return b instanceof Day && a.number === b.number;
  if (a instanceof Instant || a instanceof Clock) return b?.constructor === a.constructor && a.micros === b.micros;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, at) => equal(one, b[at]));
  return a === b;
}

/** Texts by code point, not by UTF-16 unit. @param {string} a @param {string} b */
function compareTexts(a, b) {
  const [x, y] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  for (;;) {
    const [one, other] = [x.next(), y.next()];
    if (one.done || other.done) return one.done ? (other.done ? 0 : -1) : 1;
    const difference = /** @type {number} */ (one.value.codePointAt(0)) - /** @type {number} */ (other.value.codePointAt(0));
    if (difference) return difference;
  }
}

/** Less than, equal to or greater than zero. Different kinds have no order. @param {any} a @param {any} b @returns {number} */
export function order(a, b) {
  if (a instanceof Decimal && b instanceof Decimal) return compare(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (a instanceof Day && b instanceof Day) return a.number - b.number;
  if (a instanceof Instant && b instanceof Instant) return a.micros < b.micros ? -1 : a.micros > b.micros ? 1 : 0;
  return a instanceof Clock && b instanceof Clock ? a.micros - b.micros : fail('order');
}

/** @param {any} a @param {any} list */
export function within(a, list) {
  if (list === null) return false;
  return Array.isArray(list) ? list.some((one) => equal(a, one)) : fail('list');
}

/** @param {(sign: number) => boolean} holds @returns {(a: any, b: any) => boolean} false where one is nothing */
const ordered = (holds) => (a, b) => a !== null && b !== null && holds(order(a, b));

/** @type {Record<string, (a: any, b: any) => boolean>} */
export const COMPARE = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': ordered((sign) => sign < 0),
  '<=': ordered((sign) => sign <= 0),
  '>': ordered((sign) => sign > 0),
  '>=': ordered((sign) => sign >= 0),
  in: within,
  'not in': (a, b) => !within(a, b),
};
