// @ts-check
/** Decimal numbers as text: what people type, what the API carries, what a cell shows. Pure; never a float. */

const DIGITS = '０１２３４５６７８９';

/** What somebody typed or pasted as a plain decimal (`-1234.5`), `''` for nothing, null for what is no number.
 * Full-width digits, grouping commas, currency signs and (1,234.50) for negatives are understood. @param {unknown} typed @returns {string | null} */
export function readNumber(typed) {
  let text = String(typed ?? '').trim();
  if (!text) return '';
  text = text.replace(/[０-９]/g, (c) => String(DIGITS.indexOf(c))).replace(/[．。]/g, '.').replace(/[－−]/g, '-').replace(/[，,\s ¥￥$€%]/g, '');
  if (/^\(.*\)$/.test(text)) text = `-${text.slice(1, -1)}`;
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!parts || !(parts[2] || parts[3])) return null;
  const whole = parts[2].replace(/^0+(?=\d)/, '') || '0';
  const plain = parts[3] ? `${whole}.${parts[3]}` : whole;
  return parts[1] === '-' && /[1-9]/.test(plain) ? `-${plain}` : plain;
}

/** How many decimals a plain number has. @param {string} plain */
export const decimals = (plain) => (plain.includes('.') ? plain.length - plain.indexOf('.') - 1 : 0);

/** @param {string} plain @param {number} scale @returns {bigint} the number × 10^scale, rounded half away from zero */
export function toUnits(plain, scale) {
  const negative = plain.startsWith('-');
  const [whole, rest = ''] = plain.replace(/^[+-]/, '').split('.');
  let units = BigInt(whole + rest.padEnd(scale, '0').slice(0, scale));
  if (rest.length > scale && rest[scale] >= '5') units += 1n;
  return negative ? -units : units;
}

/** @param {bigint} units @param {number} scale */
export function fromUnits(units, scale) {
  const negative = units < 0n;
  const text = String(negative ? -units : units).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return (negative ? '-' : '') + (scale ? `${whole}.${text.slice(text.length - scale)}` : whole);
}

/** Rounds half away from zero to `scale` decimals and keeps them all. @param {string} plain @param {number} scale */
export const roundTo = (plain, scale) => fromUnits(toUnits(plain, scale), scale);

/** `-1234567.50` → `-1,234,567.50`. @param {string} plain */
export function group(plain) {
  const [whole, rest] = plain.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

/** As a cell shows it: grouped, at `scale` where one is given, `''` for nothing. @param {unknown} value @param {number | null} [scale] */
export function showNumber(value, scale = null) {
  const plain = readNumber(value);
  if (!plain) return plain === '' ? '' : String(value);
  return group(scale === null ? plain : roundTo(plain, scale));
}

/** Exact sum of plain numbers; what is nothing or no number counts as nothing. @param {Iterable<unknown>} values @param {number} [scale] */
export function sum(values, scale = 6) {
  let total = 0n;
  for (const value of values) {
    const plain = readNumber(value);
    if (plain) total += toUnits(plain, scale);
  }
  return fromUnits(total, scale).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

/** One more, for a repeated scan. @param {unknown} value @param {unknown} [by] */
export const addTo = (value, by = '1') => sum([value, by]);
