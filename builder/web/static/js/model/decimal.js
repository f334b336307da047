// @ts-check
/** Exact decimals on BigInt, by the same rule as on the server: sums and products are exact in 28 digits, a quotient (and a result that would need more)
 * has 12 digits after the point, rounded half up; what then still needs more than 28 digits is refused. Pure. */

/** What an expression cannot do with its values. */
export class ExpressionError extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** @param {string} reason @returns {never} */
export function fail(reason) {
  throw new ExpressionError(reason);
}

const DIGITS = 28;
const QUOTIENT_SCALE = 12;
/** @type {bigint[]} */
const POWERS = [1n];

/** @param {number} exponent @returns {bigint} */
export function ten(exponent) {
  while (POWERS.length <= exponent) POWERS.push(POWERS[POWERS.length - 1] * 10n);
  return POWERS[exponent];
}

/** @param {bigint} units */
export const abs = (units) => (units < 0n ? -units : units);

/** `units` / 10^`scale`. Values are never changed. */
export class Decimal {
  /** @param {bigint} units @param {number} [scale] digits after the point */
  constructor(units, scale = 0) {
    this.units = units;
    this.scale = scale;
  }

  /** Without trailing zeros and without an exponent: `12.5`, `-0.03`, `0`. */
  toString() {
    const { units, scale } = stripped(this);
    const digits = String(abs(units)).padStart(scale + 1, '0');
    const at = digits.length - scale;
    return (units < 0n ? '-' : '') + (scale ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits);
  }
}

export const ZERO = new Decimal(0n);
export const ONE = new Decimal(1n);

/** @param {string} text a plain decimal: `-12.50` */
export function decimal(text) {
  const found = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) ?? fail('number');
  const rest = found[3] ?? '';
  const units = BigInt(found[2] + rest);
  return new Decimal(found[1] === '-' ? -units : units, rest.length);
}

/** @param {number | bigint} whole */
export const integer = (whole) => new Decimal(BigInt(whole));

/** @param {any} value @returns {Decimal} the value, which has to be a number */
export const number = (value) => (value instanceof Decimal ? value : fail('number'));

/** The units at a scale that is not smaller. @param {Decimal} value @param {number} scale */
export const unitsAt = (value, scale) => value.units * ten(scale - value.scale);

/** @param {Decimal} value without zeros at the end of the digits after the point */
function stripped(value) {
  let { units, scale } = value;
  if (units === 0n) return scale ? ZERO : value;
  while (scale && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return scale === value.scale ? value : new Decimal(units, scale);
}

/** @param {bigint} units @param {bigint} by a positive number @returns {bigint} the quotient, rounded half away from zero */
export function divideHalfUp(units, by) {
  const quotient = (abs(units) * 2n + by) / (by * 2n);
  return units < 0n ? -quotient : quotient;
}

/** Rounded half up to `scale` digits after the point (negative: to tens, hundreds …). @param {Decimal} value @param {number} scale */
export function quantise(value, scale) {
  if (scale >= value.scale) return new Decimal(unitsAt(value, scale), scale);
  const units = divideHalfUp(value.units, ten(value.scale - scale));
  return scale < 0 ? new Decimal(units * ten(-scale)) : new Decimal(units, scale);
}

/** @param {Decimal} value */
function isExact(value) {
  return value.scale <= DIGITS && abs(value.units) < ten(DIGITS);
}

/** The value as the rule lets it stand. @param {Decimal} value @returns {Decimal} */
export function fit(value) {
  if (isExact(value)) return value;
  const short = stripped(value);
  if (isExact(short)) return short;
  const rounded = stripped(quantise(short, QUOTIENT_SCALE));
  return isExact(rounded) ? rounded : fail('digits');
}

/** @param {Decimal} a @param {Decimal} b @returns {-1 | 0 | 1} */
export function compare(a, b) {
  const scale = Math.max(a.scale, b.scale);
  const [x, y] = [unitsAt(a, scale), unitsAt(b, scale)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Exact, however long. @param {Decimal} a @param {Decimal} b */
export function plus(a, b) {
  const scale = Math.max(a.scale, b.scale);
  return new Decimal(unitsAt(a, scale) + unitsAt(b, scale), scale);
}

/** @param {Decimal} a */
export const minus = (a) => new Decimal(-a.units, a.scale);

/** Exact, however long. @param {Decimal} a @param {Decimal} b */
export const times = (a, b) => new Decimal(a.units * b.units, a.scale + b.scale);

/** `a` / `b` rounded half up to `scale` digits after the point. @param {Decimal} a @param {Decimal} b @param {number} scale */
export function quotient(a, b, scale) {
  if (b.units === 0n) fail('division');
  const top = a.units * ten(b.scale + scale);
  const bottom = b.units * ten(a.scale);
  return new Decimal(bottom < 0n ? divideHalfUp(-top, -bottom) : divideHalfUp(top, bottom), scale);
}

/** What is left of `a` after whole multiples of `b`; it has the sign of `b`. @param {Decimal} a @param {Decimal} b */
export function remainder(a, b) {
  if (b.units === 0n) fail('division');
  const scale = Math.max(a.scale, b.scale);
  const by = unitsAt(b, scale);
  const rest = unitsAt(a, scale) % by;
  return new Decimal(rest !== 0n && rest < 0n !== by < 0n ? rest + by : rest, scale);
}

/** The whole part of `a` / `b`. @param {Decimal} a @param {Decimal} b */
export function wholeQuotient(a, b) {
  if (b.units === 0n) fail('division');
  const scale = Math.max(a.scale, b.scale);
  return new Decimal(unitsAt(a, scale) / unitsAt(b, scale));
}

/** Cut towards zero to `scale` digits (negative: tens, hundreds …), or away from it. @param {Decimal} value @param {number} scale @param {boolean} away */
export function cut(value, scale, away) {
  if (scale >= value.scale) return value;
  const unit = ten(value.scale - scale);
  let units = value.units / unit;
  if (away && units * unit !== value.units) units += value.units < 0n ? -1n : 1n;
  return scale < 0 ? new Decimal(units * ten(-scale)) : new Decimal(units, scale);
}

/** The rule of the language for `+ - * /`: nothing with anything is nothing. @type {Record<string, (a: any, b: any) => Decimal | null>} */
export const ARITHMETIC = {
  '+': (a, b) => (a === null || b === null ? null : fit(plus(number(a), number(b)))),
  '-': (a, b) => (a === null || b === null ? null : fit(plus(number(a), minus(number(b))))),
  '*': (a, b) => (a === null || b === null ? null : fit(times(number(a), number(b)))),
  '/': (a, b) => (a === null || b === null ? null : divide(number(a), number(b))),
};

/** @param {Decimal} a @param {Decimal} b @returns {Decimal} the quotient to 12 digits after the point */
export const divide = (a, b) => fit(quotient(a, b, QUOTIENT_SCALE));

/** A whole number within limits, as a JavaScript number. @param {any} value @param {number} low @param {number} high */
export function whole(value, low, high) {
  const given = stripped(number(value));
  if (given.scale || given.units < BigInt(low) || given.units > BigInt(high)) fail('whole');
  return Number(given.units);
}
