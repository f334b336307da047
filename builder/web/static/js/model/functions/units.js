// @ts-check
/** INUNITS: a quantity as people count it, in several units at once. Pure. */
import { abs, compare, Decimal, minus, number, ONE, plus, times, wholeQuotient } from '../decimal.js';
import { sides } from './lists.js';
import { bounded, strict, text } from './wrap.js';

/** Without trailing zeros. @param {Decimal} value */
const plain = (value) => String(value).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

/** @param {any} quantity @param {any} base @param {any} names @param {any} sizes */
function inUnits(quantity, base, names, sizes) {
  const given = number(quantity);
  const larger = sides(names, sizes)
    .filter(([name, size]) => name !== null && size !== null)
    .map(([name, size]) => /** @type {[Decimal, string]} */ ([number(size), text(name)]))
    .sort(([a], [b]) => compare(b, a));
  let rest = new Decimal(abs(given.units), given.scale);
  let made = '';
  for (const [size, name] of larger) {
    const count = compare(size, ONE) > 0 ? wholeQuotient(rest, size) : null;
    if (!count || count.units === 0n) continue;
    made += plain(count) + name;
    rest = plus(rest, minus(times(count, size)));
  }
  if (rest.units !== 0n || !made) made += plain(rest) + text(base);
  return bounded((given.units < 0n ? '-' : '') + made);
}

export const UNITS = strict({ INUNITS: inUnits });
