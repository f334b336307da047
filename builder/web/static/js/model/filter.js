// @ts-check
/** Rows of a filter builder ↔ the JSON filter language. Pure. */
import { isNumeric, isReference } from './values.js';

/** @typedef {import('./values.js').Field} Field */
/** @typedef {{field: string, op: string, value: any}} Condition */
/** @typedef {{join: 'and' | 'or', conditions: Condition[]}} Rows */

export const PERIODS = ['today', 'yesterday', 'this_week', 'last_week', 'this_month', 'last_month', 'this_quarter', 'this_year', 'last_7_days', 'last_30_days', 'next_7_days'];
const EMPTY = ['is_empty', 'not_empty'];

/** Comparisons that make sense for a field, the usual one first. @param {Field} field @returns {string[]} */
export function opsFor(field) {
  if (field.type === 'date' || field.type === 'datetime') return ['within', 'between', '=', '<', '<=', '>', '>=', ...EMPTY];
  if (isNumeric(field)) return ['>=', '<=', '=', '!=', '>', '<', 'between', ...EMPTY];
  if (field.type === 'boolean') return ['='];
  if (field.type === 'choice' || field.type === 'state' || field.type === 'multi_choice') return ['in', 'not_in', ...EMPTY];
  if (isReference(field)) return ['=', '!=', ...EMPTY];
  return ['contains', 'starts_with', '=', '!=', ...EMPTY];
}

/** What the value of a comparison is before anybody chose. @param {Field} field @param {string} op */
export function emptyValue(field, op) {
  if (op === 'between') return ['', ''];
  if (op === 'in' || op === 'not_in') return [];
  if (op === 'within') return 'this_month';
  return field.type === 'boolean' ? true : '';
}

/** @param {Field} field @returns {Condition} */
export const newCondition = (field) => ({ field: field.key, op: opsFor(field)[0], value: emptyValue(field, opsFor(field)[0]) });

/** A condition says something once its value is there. @param {Condition} condition */
export function isComplete({ op, value }) {
  if (EMPTY.includes(op)) return true;
  if (op === 'between') return Array.isArray(value) && value.length === 2 && value.every((one) => one !== '');
  if (Array.isArray(value)) return value.length > 0;
  return value !== '' && value !== null && value !== undefined;
}

/** @param {Rows} rows @returns {any} the filter, or null when nothing is asked */
export function toFilter({ join, conditions }) {
  const parts = conditions.filter(isComplete).map(({ field, op, value }) => {
    if (EMPTY.includes(op)) return { field, op };
    return { field, op, value: value && typeof value === 'object' && !Array.isArray(value) ? value.id : value };
  });
  return parts.length ? { [join]: parts } : null;
}

/** Rows for a filter; null when it is more than one level deep and must stay as it is. @param {any} filter @param {Field[]} fields @returns {Rows | null} */
export function fromFilter(filter, fields) {
  if (!filter) return { join: 'and', conditions: [] };
  const join = filter.or ? 'or' : 'and';
  const parts = filter[join] ?? (filter.field ? [filter] : null);
  const known = new Set(fields.map((field) => field.key));
  if (!Array.isArray(parts) || parts.some((part) => !part.field || !known.has(part.field))) return null;
  return { join, conditions: parts.map(({ field, op, value }) => ({ field, op, value: value ?? '' })) };
}
