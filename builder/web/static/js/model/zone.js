// @ts-check
/** Instants on the clock of a zone, and back. Pure; the zones are the browser's. */
import { Clock, Day, Instant } from './kinds.js';

/** @typedef {import('./expression.js').World} World */

const DAY = 86_400_000_000n;
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} zone */
function formatOf(zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formats.set(zone, format);
  }
  return format;
}

/** How far the clock of the zone is ahead of UTC, in microseconds. @param {string | undefined} zone @param {bigint} micros @returns {bigint} */
function offset(zone, micros) {
  if (!zone || zone === 'UTC') return 0n;
  const seconds = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  /** @type {Record<string, number>} */
  const part = {};
  for (const { type, value } of formatOf(zone).formatToParts(Number(seconds) * 1000)) part[type] = Number(value);
  const shown = new Date(0);
  shown.setUTCFullYear(part.year, part.month - 1, part.day);
  shown.setUTCHours(part.hour, part.minute, part.second);
  return (BigInt(shown.getTime() / 1000) - seconds) * 1_000_000n;
}

/** @param {bigint} micros */
function split(micros) {
  const rest = ((micros % DAY) + DAY) % DAY;
  return { day: new Day(Number((micros - rest) / DAY)), clock: new Clock(Number(rest)) };
}

/** What calendar and clock of the zone show. @param {World | null} world @param {Instant} instant @returns {{day: Day, clock: Clock}} */
export const localTime = (world, instant) => split(instant.micros + offset(world?.zone, instant.micros));

/** The instant at which they show it: the first one where they do so twice, as if the clock had not been moved where they never do.
 * @param {World | null} world @param {Day} day @param {Clock} clock @returns {Instant} */
export function instantOf(world, day, clock) {
  const shown = BigInt(day.number) * DAY + BigInt(clock.micros);
  const before = offset(world?.zone, shown - DAY);
  const after = offset(world?.zone, shown + DAY);
  const first = shown - before;
  const isFirst = offset(world?.zone, first) === before || offset(world?.zone, shown - after) !== after;
  return new Instant(isFirst ? first : shown - after);
}
