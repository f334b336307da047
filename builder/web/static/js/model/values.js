// @ts-check
/** How values of field types travel between the API's JSON, the inputs of a page and expressions. Pure. */
import { readDate, readDateTime, readTime } from './dates.js';
import { Clock, Day } from './kinds.js';
import { decimals, readNumber, roundTo, showNumber } from './number.js';
import { instantOf } from './zone.js';

/** @typedef {{key: string, label: string}} Option */
/** @typedef {{id: string | number, label: string, code?: string, detail?: string, tag?: string, values?: Record<string, any>, paths?: Record<string, any>}} Item */
/**
 * A field as the server resolved it for this person and state; a column of lines is the same thing.
 * `formula`, `suggest` (until somebody enters something else; `ofLines`: the lines suggest it), `visibleIf` (a field that is not visible is sent empty), `waitsFor` (required fields without which a yes or no is neither), `shownIf` (one that is not shown stays as it is), `requiredIf`, `editableIf`, `byHeader` (of a column: what the header decides of it) are expression trees. `default` is a value as the API writes it.
 * `lookupUrl` may hold `{path}` slots that are filled from the values at hand. `width` of a column is in characters, `least` with its heading in two lines.
 * @typedef {{key: string, type: string, label: string, required?: boolean, readOnly?: boolean, scale?: number | null, options?: Option[],
 *   lookupUrl?: string, unit?: string, unitField?: string, default?: any, follows?: {fields: string[], on: string[]}, formula?: any, suggest?: any, ofLines?: boolean, waitsFor?: string[], visibleIf?: any, shownIf?: any, requiredIf?: any, editableIf?: any,
 *   width?: number, least?: number, help?: string, multiple?: boolean, hidden?: boolean, byHeader?: any, away?: boolean}} Field
 */

export const NUMERIC = new Set(['integer', 'decimal', 'money', 'quantity', 'percent', 'rating', 'duration']);
export const REFERENCES = new Set(['reference', 'user', 'role', 'org_unit']);
const SHORT = new Set(['quantity', 'decimal', 'percent']);
const DATES = new Set(['date', 'datetime', 'time']);

/** @param {Field} field */
export const isNumeric = (field) => NUMERIC.has(field.type);
/** @param {Field} field */
export const isReference = (field) => REFERENCES.has(field.type) || (Boolean(field.lookupUrl) && field.type !== 'multi_reference');

/** What somebody typed as a value of the field. @param {Field} field @param {any} typed @param {string} today
 * @returns {{value: any, problem?: string}} `problem` is a text key when the value cannot be read */
export function readTyped(field, typed, today) {
  if (isNumeric(field)) return readNumeric(field, typed);
  if (DATES.has(field.type)) {
    const read = { date: readDate, datetime: readDateTime, time: readTime }[/** @type {'date'} */ (field.type)];
    const value = read(String(typed ?? ''), today);
    return value === null ? { value: '', problem: 'el.not_a_date' } : { value };
  }
  if (field.type === 'boolean') return { value: readBoolean(typed) };
  if (field.type === 'choice') return readChoice(field, typed);
  return { value: typed ?? '' };
}

/** @param {Field} field @param {any} typed */
function readNumeric(field, typed) {
  const value = readNumber(typed);
  if (value === null) return { value: '', problem: 'el.not_a_number' };
  const scale = field.type === 'integer' ? 0 : field.scale;
  if (value && scale !== undefined && scale !== null && decimals(value) > scale) {
    // Trailing zeros say nothing; real digits beyond the scale are for the person to decide.
    if (/[1-9]/.test(value.split('.')[1].slice(scale))) return { value, problem: 'el.too_many_decimals' };
    return { value: roundTo(value, scale) };
  }
  return { value };
}

/** @param {any} typed */
const readBoolean = (typed) => (typeof typed === 'boolean' ? typed : /^(1|true|yes|y|是|√|v)$/i.test(String(typed ?? '').trim()));

/** @param {Field} field @param {any} typed */
function readChoice(field, typed) {
  const text = String(typed ?? '').trim();
  const option = (field.options ?? []).find((one) => one.key === text || one.label === text);
  return option ? { value: option.key } : { value: '', problem: text ? 'el.choose_from_list' : undefined };
}

/** As an input shows it. @param {Field} field @param {any} value */
export function showValue(field, value) {
  if (value === null || value === undefined) return '';
  if (isNumeric(field)) return showNumber(shortened(field, value), SHORT.has(field.type) ? null : field.type === 'integer' ? 0 : (field.scale ?? null));
  if (typeof value === 'object') return value.label ?? '';
  return String(value);
}

/** Quantities and rates have more digits than anybody wants to read: zeros at the end go, a price keeps two. @param {Field} field @param {any} value */
function shortened(field, value) {
  const plain = SHORT.has(field.type) ? readNumber(value) : null;
  if (!plain || !plain.includes('.')) return field.type === 'decimal' && plain && (field.scale ?? 0) >= 2 ? `${plain}.00` : (plain ?? value);
  const [whole, rest] = plain.split('.');
  const kept = rest.replace(/0+$/, '').padEnd(field.type === 'decimal' ? Math.min(2, field.scale ?? rest.length) : 0, '0');
  return kept ? `${whole}.${kept}` : whole;
}

/** As text in a sentence or a table: labels instead of keys. @param {Field} field @param {any} value @param {{yes: string, no: string, empty: string}} words @returns {string} */
export function describe(field, value, words) {
  if (value === null || value === undefined || value === '') return words.empty;
  if (field.type === 'boolean') return value ? words.yes : words.no;
  if (field.type === 'choice') return field.options?.find((one) => one.key === value)?.label ?? String(value);
  if (Array.isArray(value) && !value.length) return words.empty;
  if (Array.isArray(value)) return value.map((one) => (one && typeof one === 'object' ? (one.label ?? '') : describe({ ...field, type: 'choice' }, one, words))).join('、');
  return showValue(field, value) || words.empty;
}

/** The zone whose clock the page shows and people type by; empty: UTC. */
let zone = '';

/** @param {string} name */
export function setZone(name) {
  zone = name;
}

/** What the clock of the zone shows, as an instant; what is no time stays as it is, for the server to refuse. @param {string} text `YYYY-MM-DD HH:MM[:SS]` */
function withOffset(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?$/.exec(text.trim());
  if (!found) return text.trim().replace(' ', 'T');
  const [year, month, day, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  const days = Date.UTC(year, month - 1, day) / 86_400_000;
  const at = instantOf(/** @type {any} */ ({ zone }), new Day(days), new Clock(((hours * 60 + minutes) * 60 + seconds) * 1_000_000));
  return new Date(Number(at.micros / 1000n)).toISOString().replace('.000Z', 'Z');
}

/** As the API takes it: ids for references, null for nothing, times with their offset. @param {Field} field @param {any} value */
export function toApi(field, value) {
  if (Array.isArray(value)) return value.map((one) => (one && typeof one === 'object' ? one.id : one));
  if (value && typeof value === 'object') return value.id ?? null;
  if (value === '' || value === undefined) return null;
  return field.type === 'datetime' && typeof value === 'string' ? withOffset(value) : value;
}

/** Whether two values are the same to a person. @param {any} a @param {any} b */
export function same(a, b) {
  const plain = (/** @type {any} */ value) => (value && typeof value === 'object' && !Array.isArray(value) ? value.id : value) ?? '';
  const [one, other] = [plain(a), plain(b)];
  if (Array.isArray(one) || Array.isArray(other)) return JSON.stringify(one || []) === JSON.stringify(other || []);
  if (String(one) === String(other)) return true;
  const [x, y] = [readNumber(one), readNumber(other)];
  return Boolean(x && y) && roundTo(String(x), 12) === roundTo(String(y), 12);
}

/** Fills `{path}` slots of an address; `{parent.path}` is of the document that a line stands in, which may have a field of the same name.
 * @param {string} url @param {Record<string, any>} values @param {Record<string, any>} [above] */
export const fillUrl = (url, values, above = {}) => url.replace(/\{([\w.]+)\}/g, (_, path) => {
  const value = path.startsWith('parent.') ? above[path.slice(7)] : values[path];
  return encodeURIComponent(value && typeof value === 'object' ? (value.id ?? '') : (value ?? ''));
});
