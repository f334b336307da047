// @ts-check
/** The engine that forms and lines compute with: field values become values of expressions, results become values of fields again. Pure. */
import { browserToday } from './dates.js';
import { Decimal, decimal, quantise } from './decimal.js';
import { evaluate, ExpressionError } from './expression.js';
import { Instant, readClock, readDay, readInstant } from './kinds.js';
import { readNumber } from './number.js';
import { isNumeric, isReference } from './values.js';

/** @typedef {import('./values.js').Field} Field */

/** @returns {import('./expression.js').World} */
function world(now = new Date()) {
  const today = /** @type {import('./kinds.js').Day} */ (readDay(browserToday(now)));
  return { today, now: new Instant(BigInt(now.getTime()) * 1000n), user: null, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

/** @param {Field} field @param {any} value @returns {any} */
function read(field, value) {
  if (Array.isArray(value)) return value.map((one) => (one && typeof one === 'object' ? one.id : one));
  if (value && typeof value === 'object') return value.id ?? null;
  if (value === '' || value === null || value === undefined) return null;
  if (isNumeric(field)) {
    const plain = readNumber(value);
    return plain ? decimal(plain) : null;
  }
  if (field.type === 'date') return readDay(String(value));
  if (field.type === 'time') return readClock(String(value));
  if (field.type === 'datetime') return readInstant(String(value));
  if (field.type === 'boolean') return value === true;
  return isReference(field) ? String(value) : value;
}

/** @param {Field} field @param {any} result @returns {any} */
function write(field, result) {
  if (result === null || result === undefined) return '';
  if (result instanceof Decimal) return fixed(quantise(result, field.scale ?? 2));
  return typeof result === 'object' ? String(result) : result;
}

/** With the zeros that the scale asks for, as the API writes it. @param {Decimal} value */
function fixed(value) {
  const text = String(value);
  if (!value.scale) return text;
  const [whole, rest = ''] = text.split('.');
  return `${whole}.${rest.padEnd(value.scale, '0')}`;
}

/** @type {import('./lines.js').Engine} */
export const engine = {
  /** What cannot be worked out is nothing: the server says why when the record is saved. */
  evaluate(tree, values) {
    try {
      return evaluate(tree, values, world());
    } catch (error) {
      if (error instanceof ExpressionError) return null;
      throw error;
    }
  },
  read,
  write,
};
