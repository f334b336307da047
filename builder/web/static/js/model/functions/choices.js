// @ts-check
/** Functions that choose: by conditions, by a value, by what is empty. Pure. */
import { Decimal, whole } from '../decimal.js';
import { COMPARE, equal, truth } from '../kinds.js';
import { open } from './wrap.js';

/** Pairs of condition and value; one more is the value where none holds. @param {any[]} pairs @param {(value: any) => boolean} holds */
function firstOf(pairs, holds) {
  for (let at = 0; at + 1 < pairs.length; at += 2) if (holds(pairs[at])) return pairs[at + 1];
  return pairs.length % 2 ? pairs[pairs.length - 1] : null;
}

/** @param {any} value */
export function isEmpty(value) {
  if (typeof value === 'string') return !value.replace(/[ \t\r\n\u00a0\u3000]+/g, '');
  return value === null || (Array.isArray(value) && !value.length);
}

export const CHOICES = open({
  IF: (condition, then, otherwise = null) => (truth(condition) ? then : otherwise),
  IFS: (...pairs) => firstOf(pairs, truth),
  SWITCH: (value, ...pairs) => firstOf(pairs, (one) => equal(value, one)),
  CHOOSE: (position, ...values) => (position === null ? null : values[whole(position, 1, values.length) - 1]),
  COALESCE: (...values) => values.find((value) => !isEmpty(value)) ?? null,
  IFBLANK: (value, otherwise) => (isEmpty(value) ? (isEmpty(otherwise) ? null : otherwise) : value),
  ISBLANK: isEmpty,
  NULLIF: (value, other) => (equal(value, other) ? null : value),
  AND: (...conditions) => conditions.every(truth),
  OR: (...conditions) => conditions.some(truth),
  NOT: (condition) => !truth(condition),
  EXACTLYONE: (...conditions) => conditions.filter(truth).length === 1,
  BETWEEN: (value, low, high) => COMPARE['>='](value, low) && COMPARE['<='](value, high),
  ISNUMBER: (value) => value instanceof Decimal,
});
