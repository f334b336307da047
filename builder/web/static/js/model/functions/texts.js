// @ts-check
/** Functions on texts. A character is a code point, positions count from 1. Pure. */
import { Decimal, decimal, fail, integer, ONE, whole } from '../decimal.js';
import { Clock, Day, Instant } from '../kinds.js';
import { localTime } from '../zone.js';
import { formatted } from './formats.js';
import { asking, bounded, MAX_TEXT, strict, text } from './wrap.js';

/** How a value stands in a sentence. @param {import('../expression.js').World | null} world @param {any} value @returns {string} */
function asText(world, value) {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (value instanceof Decimal || value instanceof Day) return String(value);
  if (value instanceof Clock) return String(value).slice(0, 5);
  if (value instanceof Instant) {
    const { day, clock } = localTime(world, value);
    return `${day} ${String(clock).slice(0, 5)}`;
  }
  return text(value);
}

/** @param {any} value */
const characters = (value) => [...text(value)];

/** @param {any} count */
const size = (count) => whole(count, 0, MAX_TEXT);

/** @param {any} value */
const halfWidth = (value) => text(value).replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, ' ');

/** @param {any} part @param {any} value @param {any} start */
function foundAt(part, value, start) {
  const given = characters(value);
  const from = whole(start, 1, MAX_TEXT + 1) - 1;
  if (from > given.length) return integer(0);
  const at = value.indexOf(text(part), given.slice(0, from).join('').length);
  return integer(at < 0 ? 0 : [...value.slice(0, at)].length + 1);
}

/** @param {any} value @param {any} old @param {any} made */
function substituted(value, old, made) {
  const [given, into] = [text(value), text(made)];
  return text(old) ? bounded(given.split(old).join(into)) : given;
}

/** @param {string} value @param {any} count @param {any} fill */
function filling(value, count, fill) {
  if (characters(fill).length !== 1) fail('character');
  return fill.repeat(Math.max(size(count) - [...value].length, 0));
}

/** @param {any} value @param {any} head @param {any} tail */
function masked(value, head, tail) {
  const given = characters(value);
  const [start, end] = [size(head), size(tail)];
  const hidden = given.length - start - end;
  return hidden > 0 ? given.slice(0, start).join('') + '*'.repeat(hidden) + given.slice(start + hidden).join('') : '*'.repeat(given.length);
}

/** @param {any} value */
function numberIn(value) {
  const found = /^([+-]?)(\d{0,28})(?:\.(\d{0,28}))?$/.exec(halfWidth(value).replace(/[, ]/g, ''));
  const digits = found ? found[2] + (found[3] ?? '') : '';
  return found && digits && digits.length <= 28 ? decimal(`${found[1]}${found[2] || '0'}.${found[3] || '0'}`) : null;
}

/** @param {any} value @param {any} times */
function repeated(value, times) {
  const count = size(times);
  return characters(value).length * count > MAX_TEXT ? fail('text') : value.repeat(count);
}

export const TEXTS = {
  ...strict({
    UPPER: (value) => bounded(text(value).toUpperCase()),
    LOWER: (value) => bounded(text(value).toLowerCase()),
    TRIM: (value) => text(value).replace(/[ \t\r\n\u00a0\u3000]+/g, ' ').replace(/^ | $/g, ''),
    LEN: (value) => integer(characters(value).length),
    LEFT: (value, count = ONE) => characters(value).slice(0, size(count)).join(''),
    RIGHT: (value, count = ONE) => (size(count) ? characters(value).slice(-size(count)).join('') : ''),
    MID(value, start, count = integer(MAX_TEXT)) {
      const from = whole(start, 1, MAX_TEXT + 1) - 1;
      return characters(value).slice(from, from + size(count)).join('');
    },
    FIND: (part, value, start = ONE) => foundAt(part, value, start),
    CONTAINS: (value, part) => text(value).toLowerCase().includes(text(part).toLowerCase()),
    STARTSWITH: (value, part) => text(value).startsWith(text(part)),
    ENDSWITH: (value, part) => text(value).endsWith(text(part)),
    SUBSTITUTE: substituted,
    REPT: repeated,
    PADLEFT(value, count, fill = ' ') {
      const given = asText(null, value);
      return filling(given, count, fill) + given;
    },
    PADRIGHT(value, count, fill = ' ') {
      const given = asText(null, value);
      return given + filling(given, count, fill);
    },
    HALFWIDTH: halfWidth,
    DIGITS: (value) => halfWidth(value).replace(/[^0-9]/g, ''),
    MASK: masked,
    SPLIT: (value, separator) => (text(separator) ? text(value).split(separator) : fail('character')),
    VALUE: numberIn,
  }),
  ...asking({ TEXT: formatted }),
  /** @type {import('./wrap.js').Call} */
  CONCAT: (world, ...values) => bounded(values.map((value) => asText(world, value)).join('')),
};
