// @ts-check
/** TEXT: a number or a date as a pattern writes it. Pure. */
import { abs, Decimal, fail, integer, number, quantise, times } from '../decimal.js';
import { Clock, Day, Instant } from '../kinds.js';
import { localTime } from '../zone.js';
import { bounded, text } from './wrap.js';

const MOST_PATTERN = 60;
const NUMBER_PATTERN = /^([^#0,.%]*)(#,##)?(0+)(?:\.(0{0,12})(#{0,12}))?(%?)([^#0,.%]*)$/;
const MIDNIGHT = new Clock(0);

/** @param {Decimal} value @param {string} pattern */
function formatNumber(value, pattern) {
  const found = NUMBER_PATTERN.exec(pattern) ?? fail('format');
  const [, before, grouped, zeros, fixed = '', loose = '', percent, behind] = found;
  const scale = fixed.length + loose.length;
  if (scale > 12) fail('format');
  const scaled = quantise(percent ? times(value, integer(100)) : value, scale);
  const digits = String(abs(scaled.units)).padStart(scale + 1, '0');
  let rest = digits.slice(digits.length - scale);
  if (!scale) rest = '';
  while (rest.length > fixed.length && rest.endsWith('0')) rest = rest.slice(0, -1);
  let whole = digits.slice(0, digits.length - scale).padStart(zeros.length, '0');
  if (grouped) whole = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return (scaled.units < 0n ? '-' : '') + before + whole + (rest ? `.${rest}` : '') + percent + behind;
}

/** `mm` are minutes behind hours and months everywhere else. @param {Day | null} day @param {Clock} clock @param {string} pattern */
function formatMoment(day, clock, pattern) {
  /** @param {number} value */
  const two = (value) => String(value).padStart(2, '0');
  /** @type {Record<string, string>} */
  const parts = { hh: two(clock.hour), h: String(clock.hour), minute: two(clock.minute), ss: two(clock.second) };
  if (day) Object.assign(parts, { yyyy: String(day.year).padStart(4, '0'), yy: two(day.year % 100), mm: two(day.month), m: String(day.month), dd: two(day.day), d: String(day.day) });
  let before = '';
  return pattern.replace(/yyyy|yy|mm|m|dd|d|hh|h|ss/gi, (token) => {
    const given = token.toLowerCase();
    const name = given.startsWith('m') && before.startsWith('h') ? 'minute' : given;
    before = given;
    return parts[name] ?? fail('format');
  });
}

/** @param {import('../expression.js').World | null} world @param {any} value @param {any} pattern */
export function formatted(world, value, pattern) {
  if ([...text(pattern)].length > MOST_PATTERN) fail('format');
  if (value instanceof Instant) {
    const { day, clock } = localTime(world, value);
    return formatMoment(day, clock, pattern);
  }
  if (value instanceof Day) return formatMoment(value, MIDNIGHT, pattern);
  if (value instanceof Clock) return formatMoment(null, value, pattern);
  return bounded(formatNumber(number(value), pattern));
}
