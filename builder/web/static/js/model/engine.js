// @ts-check
/** The engine that forms and lines compute with: field values become values of expressions, results become values of fields again. Pure. */
import { browserToday } from './dates.js';
import { Decimal, decimal, quantise } from './decimal.js';
import { evaluate, ExpressionError } from './expression.js';
import { Day, Instant, readClock, readDay, readInstant } from './kinds.js';
import { readNumber } from './number.js';
import { isNumeric, isReference } from './values.js';
import { instantOf, localTime } from './zone.js';

/** @typedef {import('./values.js').Field} Field */
/** @typedef {import('./expression.js').World} World */
/** What a page says about the moment: the business date, and the zone in which its instants are shown.
 * @typedef {{today?: string, zone?: string}} Moment */

const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @param {any} one */
const idOf = (one) => (one && typeof one === 'object' ? (one.id ?? null) : one);

/** An instant as the API writes it, or as an input shows it: on the clock of the zone. @param {World} world @param {string} text @returns {Instant | null} */
function instantIn(world, text) {
  const [day, clock] = [readDay(text.slice(0, 10)), readClock(text.slice(11))];
  return day && clock ? instantOf(world, day, clock) : readInstant(text);
}

/** @param {World} world @param {Field} field @param {any} value @returns {any} */
function read(world, field, value) {
  if (Array.isArray(value)) return value.map(idOf);
  const plain = idOf(value);
  if (plain === '' || plain === null || plain === undefined) return null;
  if (isNumeric(field)) {
    const typed = readNumber(plain);
    return typed ? decimal(typed) : null;
  }
  if (field.type === 'boolean') return plain === true;
  const text = String(plain);
  if (field.type === 'date') return readDay(text);
  if (field.type === 'time') return readClock(text);
  if (field.type === 'datetime') return instantIn(world, text);
  return isReference(field) ? text : plain;
}

/** @param {World} world @param {Field} field @param {any} result @returns {any} */
function write(world, field, result) {
  if (result === null || result === undefined) return '';
  if (result instanceof Decimal) return fixed(result, field.type === 'integer' ? 0 : (field.scale ?? null));
  if (result instanceof Instant) {
    const { day, clock } = localTime(world, result);
    return field.type === 'date' ? String(day) : `${day} ${String(clock).slice(0, 5)}`;
  }
  return typeof result === 'object' && !Array.isArray(result) ? String(result) : result;
}

/** At a scale with all its zeros, as the API writes it; without one as short as it is. @param {Decimal} value @param {number | null} scale */
function fixed(value, scale) {
  if (scale === null) return String(value);
  const [whole, rest = ''] = String(quantise(value, scale)).split('.');
  return scale ? `${whole}.${rest.padEnd(scale, '0')}` : whole;
}

/** The engine of a page. @param {Moment} [moment] @returns {import('./lines.js').Engine} */
export function engineFor({ today = browserToday(), zone = browserZone() } = {}) {
  const day = readDay(today) ?? /** @type {Day} */ (readDay(browserToday()));
  /** @type {World} */
  const world = { today: day, zone, user: null, get now() { return new Instant(BigInt(Date.now()) * 1000n); } };
  return {
    /** What cannot be worked out is nothing: the server says why when the record is saved. */
    evaluate(tree, values) {
      world.user = values['actor.id'] ?? null;
      try {
        return evaluate(tree, values, world);
      } catch (error) {
        if (error instanceof ExpressionError) return null;
        throw error;
      }
    },
    read: (field, value) => read(world, field, value),
    write: (field, result) => write(world, field, result),
  };
}
