// @ts-check
/** Functions on lists and columns of lines. What is nothing is passed over. Pure. */
import { Decimal, divide, fail, fit, integer, number, plus, times, whole, ZERO } from '../decimal.js';
import { equal, order, truth, within } from '../kinds.js';
import { bounded, open } from './wrap.js';

const MOST_ITEMS = 100_000;
const TWO = integer(2);

/** @param {any} value @returns {any[]} */
const items = (value) => (value === null ? [] : Array.isArray(value) ? value : fail('list'));

/** What is something among the values and in the lists among them. @param {any[]} values @returns {any[]} */
const spread = (values) => values.flat().filter((value) => value !== null);

/** @param {any[]} values @returns {Decimal} */
const sum = (values) => fit(values.reduce((total, value) => plus(total, number(value)), ZERO));

/** @param {any[]} values */
const average = (values) => (values.length ? divide(sum(values), integer(values.length)) : null);

/** @param {any[]} values @param {number} sign */
const extreme = (values, sign) => values.reduce((best, value) => (best === null || order(value, best) * sign > 0 ? value : best), null);

/** Two columns, row by row. @param {any} one @param {any} other @returns {[any, any][]} */
export function sides(one, other) {
  const [left, right] = [items(one), items(other)];
  return left.length === right.length ? left.map((value, at) => [value, right[at]]) : fail('lengths');
}

/** What stands beside a value. @param {any} column @param {any} value @param {any} other */
const beside = (column, value, other) => sides(column, other).filter(([a, b]) => equal(a, value) && b !== null).map(([, b]) => b);

/** @param {[any, any][]} pairs */
const products = (pairs) => fit(pairs.reduce((total, [a, b]) => plus(total, times(number(a), number(b))), ZERO));

/** @param {any} one @param {any} other */
const filledSides = (one, other) => sides(one, other).filter(([a, b]) => a !== null && b !== null);

/** @param {any} column @param {any} weights */
function weighted(column, weights) {
  const pairs = filledSides(column, weights);
  const by = sum(pairs.map(([, b]) => b));
  return by.units === 0n ? null : divide(products(pairs), by);
}

/** @param {any[]} values */
function median(values) {
  const found = values.map(number).sort(order);
  if (!found.length) return null;
  const middle = Math.floor(found.length / 2);
  return found.length % 2 ? found[middle] : divide(fit(plus(found[middle - 1], found[middle])), TWO);
}

/** @param {any} column @returns {any[]} */
function distinct(column) {
  /** @type {any[]} */
  const found = [];
  const seen = new Set();
  for (const item of items(column)) {
    const key = typeof item === 'object' && item !== null ? `${item.constructor.name} ${item}` : item;
    if (item === null || seen.has(key)) continue;
    seen.add(key);
    found.push(item);
  }
  return found;
}

/** @param {any} column @param {any} position */
function at(column, position) {
  if (position === null) return null;
  const place = whole(position, -MOST_ITEMS, MOST_ITEMS);
  return place ? (items(column).at(place > 0 ? place - 1 : place) ?? null) : null;
}

/** @param {any} column @param {any} separator */
function joined(column, separator) {
  const parts = spread([items(column)]);
  if ([...parts, separator].some((part) => typeof part !== 'string')) fail('texts');
  return bounded(parts.join(separator));
}

/** @param {any} column */
function sorted(column) {
  const found = spread([items(column)]);
  for (const item of found) order(item, found[0]);
  return found.sort(order);
}

export const LISTS = open({
  SUM: (...values) => sum(spread(values)),
  COUNT: (...values) => integer(spread(values).length),
  AVERAGE: (...values) => average(spread(values)),
  MIN: (...values) => extreme(spread(values), -1),
  MAX: (...values) => extreme(spread(values), 1),
  MEDIAN: (...values) => median(spread(values)),
  SUMPRODUCT: (one, other) => products(filledSides(one, other)),
  SUMIF: (column, value, summed) => sum(beside(column, value, summed)),
  COUNTIF: (column, value) => integer(items(column).filter((item) => equal(item, value)).length),
  AVERAGEIF: (column, value, averaged) => average(beside(column, value, averaged)),
  AVERAGEWEIGHTED: weighted,
  ANY: (...values) => spread(values).some(truth),
  ALL: (...values) => values.flat().every(truth),
  UNIQUE: distinct,
  COUNTUNIQUE: (column) => integer(distinct(column).length),
  HASDUPLICATES: (column) => distinct(column).length < items(column).filter((item) => item !== null).length,
  INCLUDES: (column, value) => within(value, items(column)),
  FIRST: (column) => spread([items(column)])[0] ?? null,
  LAST: (column) => spread([items(column)]).at(-1) ?? null,
  INDEX: at,
  MATCH: (value, column) => integer(items(column).findIndex((item) => equal(item, value)) + 1),
  LOOKUP: (value, keys, values, otherwise = null) => (sides(keys, values).find(([key]) => equal(key, value)) ?? [null, otherwise])[1],
  JOIN: (column, separator = ', ') => joined(column, separator),
  SORT: sorted,
});
