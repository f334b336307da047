// @ts-check
/** Numbers and amounts in Chinese characters. Pure. */
import { abs, Decimal, fail, number, quantise, ten } from '../decimal.js';
import { Day } from '../kinds.js';
import { localTime } from '../zone.js';
import { asking, strict } from './wrap.js';

const CAPITALS = '零壹贰叁肆伍陆柒捌玖';
const SMALL = '零一二三四五六七八九';
const CAPITAL_UNITS = ['', '拾', '佰', '仟'];
const SMALL_UNITS = ['', '十', '百', '千'];
const GROUPS = ['', '万', '亿', '万亿'];
const LIMIT = ten(16);

/** A number below ten thousand; zeros between digits are one, those at the end none. @param {number} value @param {string} digits @param {string[]} units */
function section(value, digits, units) {
  let [made, gap] = ['', false];
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(value / 10 ** place) % 10;
    if (digit) made += (gap && made ? digits[0] : '') + digits[digit] + units[place];
    gap = !digit;
  }
  return made;
}

/** @param {bigint} value from 0 on; empty for zero @param {string} digits @param {string[]} units */
function whole(value, digits, units) {
  if (value >= LIMIT) fail('amount');
  let [made, gap] = ['', false];
  for (let place = 3; place >= 0; place--) {
    const part = Number((value / ten(4 * place)) % 10_000n);
    if (part) {
      const group = place === 3 && (value / ten(8)) % 10_000n ? '万' : GROUPS[place];
      made += (made && (gap || part < 1000) ? digits[0] : '') + section(part, digits, units) + group;
    }
    gap = !part;
  }
  return made;
}

/** @param {any} value @param {any} [zeroBeforeJiao] */
function amount(value, zeroBeforeJiao = false) {
  const rounded = quantise(number(value), 2).units;
  const cents = abs(rounded);
  const yuan = cents / 100n;
  const [jiao, fen] = [Number((cents / 10n) % 10n), Number(cents % 10n)];
  const written = whole(yuan, CAPITALS, CAPITAL_UNITS);
  let made = written ? `${written}元` : '';
  if (!jiao && !fen) made = `${made || '零元'}整`;
  else {
    if (jiao) made += (zeroBeforeJiao && yuan && yuan % 10n === 0n ? '零' : '') + CAPITALS[jiao] + '角';
    else if (yuan) made += '零';
    made += fen ? `${CAPITALS[fen]}分` : '整';
  }
  return (rounded < 0n ? '负' : '') + made;
}

/** With its digits after the point. @param {any} value @param {string} digits @param {string[]} units */
function written(value, digits, units) {
  const [before, rest = ''] = String(new Decimal(abs(number(value).units), value.scale)).split('.');
  const made = whole(BigInt(before), digits, units) || '零';
  return { sign: value.units < 0n ? '负' : '', made, rest: rest ? `点${[...rest].map((digit) => digits[Number(digit)]).join('')}` : '' };
}

/** @param {any} value */
function small(value) {
  const { sign, made, rest } = written(value, SMALL, SMALL_UNITS);
  return sign + made.replace(/^一十/, '十') + rest;
}

/** @param {number} value @param {boolean} isMonth */
function dateNumber(value, isMonth) {
  const zero = isMonth ? [1, 2, 10].includes(value) : value < 10 || value % 10 === 0;
  return (zero ? '零' : '') + whole(BigInt(value), CAPITALS, CAPITAL_UNITS);
}

export const NUMERALS = {
  ...strict({
    RMB: amount,
    CAPITALNUMBER(value) {
      const { sign, made, rest } = written(value, CAPITALS, CAPITAL_UNITS);
      return sign + made + rest;
    },
    CHINESENUMBER: small,
  }),
  ...asking({
    BILLDATE(world, value) {
      const day = value instanceof Day ? value : localTime(world, value).day;
      const year = [...String(day.year).padStart(4, '0')].map((digit) => CAPITALS[Number(digit)]).join('');
      return `${year}年${dateNumber(day.month, true)}月${dateNumber(day.day, false)}日`;
    },
  }),
};
