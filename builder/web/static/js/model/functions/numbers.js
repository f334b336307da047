// @ts-check
/** Functions on numbers and money. Pure. */
import { abs, compare, cut, Decimal, divide, fail, fit, integer, minus, number, ONE, plus, quantise, quotient, remainder, times, unitsAt, whole, wholeQuotient, ZERO } from '../decimal.js';
import { open, strict } from './wrap.js';

const HUNDRED = integer(100);
const MOST_POWER = 100;

/** @param {any} digits */
const places = (digits) => whole(digits, -15, 12);

/** @param {any} digits */
const scaleOf = (digits) => whole(digits, 0, 12);

/** @param {any} value @param {any} step @param {boolean} up */
function stepped(value, step, up) {
  const [given, by] = [number(value), number(step)];
  if (by.units <= 0n) fail('positive');
  const rest = remainder(given, by);
  const below = plus(given, minus(rest));
  return fit(rest.units === 0n || !up ? below : plus(below, by));
}

/** @param {any} base @param {any} exponent */
function power(base, exponent) {
  const count = whole(exponent, -MOST_POWER, MOST_POWER);
  const given = number(base);
  const raised = fit(new Decimal(given.units ** BigInt(Math.abs(count)), given.scale * Math.abs(count)));
  return count >= 0 ? raised : divide(ONE, raised);
}

/** @param {bigint} value @returns {bigint} the whole part of the root */
function root(value) {
  if (value < 2n) return value;
  let guess = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** @param {any} value */
function squareRoot(value) {
  const given = number(value);
  if (given.units < 0n) fail('negative');
  // The root with 40 digits after the point, cut; a cut root never crosses the half that decides the rounding.
  return fit(quantise(new Decimal(root(unitsAt(given, 80)), 40), 12));
}

/** `amount × part / of`, rounded once. @param {any} amount @param {Decimal} part @param {Decimal} of @param {any} digits */
const share = (amount, part, of, digits) => fit(quotient(times(number(amount), part), of, scaleOf(digits)));

/** @param {any} gross @param {any} rate @param {any} [digits] */
const taxOfGross = (gross, rate, digits = integer(2)) => share(gross, number(rate), plus(HUNDRED, number(rate)), digits);

/** @param {any} net @param {any} rate @param {any} [digits] */
const taxOfNet = (net, rate, digits = integer(2)) => share(net, number(rate), HUNDRED, digits);

/** @param {any} amount @param {any[]} weights @param {any} digits @param {any} method */
function allocated(amount, weights, digits, method) {
  const scale = scaleOf(digits);
  if (method !== 'largest_remainder' && method !== 'last_line') fail('method');
  let given = weights.map((one) => (one === null ? ZERO : number(one)));
  if (given.some((one) => one.units < 0n)) fail('negative');
  if (!given.length) return [];
  if (given.every((one) => one.units === 0n)) given = given.map(() => ONE);
  const exact = number(amount);
  if (compare(quantise(exact, scale), exact) !== 0) fail('scale');
  return method === 'last_line' ? byLast(exact, given, scale) : byRemainder(exact, given, scale);
}

/** Every share is rounded, the last one with a weight takes what is left. @param {Decimal} amount @param {Decimal[]} weights @param {number} scale */
function byLast(amount, weights, scale) {
  const of = weights.reduce(plus, ZERO);
  const shares = weights.map((weight) => share(amount, weight, of, integer(scale)));
  const last = weights.findLastIndex((weight) => weight.units !== 0n);
  const others = shares.reduce((sum, one, at) => (at === last ? sum : plus(sum, one)), ZERO);
  shares[last] = fit(plus(amount, minus(others)));
  return shares;
}

/** Every share is cut; the units left over go to the largest remainders, of equal ones to the later line. @param {Decimal} amount @param {Decimal[]} weights @param {number} scale */
function byRemainder(amount, weights, scale) {
  const wide = Math.max(...weights.map((weight) => weight.scale));
  const parts = weights.map((weight) => unitsAt(weight, wide));
  const of = parts.reduce((sum, one) => sum + one, 0n);
  const units = abs(quantise(amount, scale).units);
  const shares = parts.map((part) => (units * part) / of);
  const rests = parts.map((part, at) => units * part - shares[at] * of);
  const left = Number(units - shares.reduce((sum, one) => sum + one, 0n));
  const order = shares.map((_, at) => at).sort((a, b) => (rests[a] === rests[b] ? b - a : rests[a] < rests[b] ? 1 : -1));
  for (const at of order.slice(0, left)) shares[at] += 1n;
  return shares.map((one) => fit(new Decimal(amount.units < 0n ? -one : one, scale)));
}

export const NUMBERS = {
  ...strict({
    ABS: (value) => new Decimal(abs(number(value).units), value.scale),
    SIGN: (value) => integer(compare(number(value), ZERO)),
    ROUND: (value, digits = ZERO) => fit(quantise(number(value), places(digits))),
    ROUNDUP: (value, digits = ZERO) => fit(cut(number(value), places(digits), true)),
    ROUNDDOWN: (value, digits = ZERO) => fit(cut(number(value), places(digits), false)),
    INT: (value) => stepped(value, ONE, false),
    CEILING: (value, step = ONE) => stepped(value, step, true),
    FLOOR: (value, step = ONE) => stepped(value, step, false),
    MOD: (value, by) => fit(remainder(number(value), number(by))),
    QUOTIENT: (value, by) => fit(wholeQuotient(number(value), number(by))),
    POWER: power,
    SQRT: squareRoot,
    LIMIT(value, low, high) {
      if (compare(number(low), number(high)) > 0) fail('limits');
      const raised = compare(number(value), low) < 0 ? low : value;
      return compare(raised, high) > 0 ? high : raised;
    },
    PERCENT: (part, of, digits = integer(2)) => (number(of).units === 0n ? null : share(part, HUNDRED, of, digits)),
    TAX_OF_GROSS: taxOfGross,
    NET_OF_GROSS: (gross, rate, digits = integer(2)) => fit(plus(quantise(number(gross), scaleOf(digits)), minus(taxOfGross(gross, rate, digits)))),
    TAX_OF_NET: taxOfNet,
    GROSS_OF_NET: (net, rate, digits = integer(2)) => fit(plus(quantise(number(net), scaleOf(digits)), taxOfNet(net, rate, digits))),
    DISCOUNT: (amount, percent, digits = integer(2)) => share(amount, plus(HUNDRED, minus(number(percent))), HUNDRED, digits),
    MARGIN: (revenue, cost, digits = integer(2)) => (number(revenue).units === 0n ? null : share(plus(revenue, minus(number(cost))), HUNDRED, revenue, digits)),
    ALLOCATE: (amount, weights, digits = integer(2), method = 'largest_remainder') => allocated(amount, weights, digits, method),
  }),
  ...open({
    DIVIDE(a, b, otherwise = null) {
      if (a === null || b === null) return null;
      return number(b).units === 0n ? otherwise : divide(number(a), b);
    },
  }),
};
