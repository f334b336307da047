// @ts-check
/** How the cells of zg-lines are drawn: one template per kind of column. */
import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../model/i18n.js';
import { isNumeric, isReference, showValue, fillUrl } from '../model/values.js';
import { FILES, filesButton } from './lines-files.js';

/** @typedef {import('../model/values.js').Field} Field */
/** @typedef {import('../model/lines.js').Row} Row */
/** @typedef {import('./zg-lines.js').ZgLines} ZgLines */

/** @param {ZgLines} grid @param {Row} row @param {number} at @param {Field} column @param {boolean} first */
export function cell(grid, row, at, column, first) {
  const error = row.errors[column.key];
  const place = `${first ? 'first ' : ''}${isLong(row, column) ? 'long ' : ''}`;
  if (FILES.has(column.type)) return filesCell(grid, row, at, column, place, error);
  if (column.readOnly || column.formula || grid.readonly) {
    return html`<td class="${place}locked ${isNumeric(column) ? 'number' : ''}" data-label=${column.label} title=${error ?? nothing}>${locked(column, row)}</td>`;
  }
  return html`<td class="${place}${column.type === 'boolean' ? 'checkcell' : ''}" data-label=${column.label}>${input(grid, row, at, column)}${error ? html`<span class="line-problem" id=${errorId(grid, row, column)}>${words(error, column)}</span>` : nothing}</td>`;
}

/** What a third of a phone's width holds, in letters; a Chinese character is as wide as two. */
const NARROW = 9;

/** Whether words need the whole width of a phone: a number of a document and an address are not to be guessed. @param {Row} row @param {Field} column */
function isLong(row, column) {
  if (isNumeric(column) || column.type === 'boolean' || FILES.has(column.type)) return false;
  const text = String(row.typed[column.key] ?? locked(column, row) ?? '');
  return text.replace(/[^\x00-\xff]/g, '**').length > NARROW;
}

/** @param {ZgLines} grid @param {Row} row @param {number} at @param {Field} column @param {string} place @param {string | undefined} error */
function filesCell(grid, row, at, column, place, error) {
  const label = t('el.lines.cell', { label: column.label, n: at + 1 });
  const button = filesButton(column, row.values[column.key] || [], label, Boolean(column.readOnly) || grid.readonly, (files) => grid.type(at, column.key, files), at, Boolean(error));
  return html`<td class="${place}filecell" data-label=${column.label}>${button}${error ? html`<span class="line-problem" id=${errorId(grid, row, column)}>${words(error, column)}</span>` : nothing}</td>`;
}

/** Text keys of our own are put into words, words of the server stay. @param {string} error @param {Field} column */
export const words = (error, column) => (error.startsWith('el.') ? t(error, { label: column.label, scale: column.scale ?? 0 }) : error);

/** @param {ZgLines} grid @param {Row} row @param {Field} column */
const errorId = (grid, row, column) => `${grid.name}-e-${row.key}-${column.key}`;

/** @param {Field} column @param {Row} row */
function locked(column, row) {
  const value = row.values[column.key];
  if (column.type === 'choice') return column.options?.find((one) => one.key === value)?.label ?? value;
  if (column.type === 'boolean') return value === true ? '✓' : '';
  return showValue(column, value);
}

/** @param {ZgLines} grid @param {Row} row @param {number} at @param {Field} column */
function input(grid, row, at, column) {
  const label = t('el.lines.cell', { label: column.label, n: at + 1 });
  const invalid = row.errors[column.key] ? 'true' : nothing;
  const described = invalid === nothing ? nothing : errorId(grid, row, column);
  const value = row.values[column.key];
  if (isReference(column)) {
    return html`<zg-lookup cell .src=${fillUrl(column.lookupUrl ?? '', row.values, grid.parentValues)} .label=${label} .row=${at} .col=${column.key} .value=${String(value?.id ?? '')}
      .text=${row.typed[column.key] ?? value?.label ?? ''} .invalid=${invalid !== nothing} .describedby=${described === nothing ? '' : described} .required=${column.required ?? false}
      @zg-pick=${(/** @type {CustomEvent} */ event) => { event.stopPropagation(); grid.pick(at, column.key, event.detail); }}></zg-lookup>`;
  }
  if (column.type === 'choice') {
    return html`<select class="cell" aria-label=${label} aria-invalid=${invalid} data-row=${at} data-col=${column.key} @change=${(/** @type {any} */ event) => grid.type(at, column.key, event.target.value)}>
      <option value="" ?selected=${!value}></option>${column.options?.map((one) => html`<option value=${one.key} ?selected=${one.key === value}>${one.label}</option>`)}</select>`;
  }
  if (column.type === 'boolean') {
    return html`<input type="checkbox" aria-label=${label} data-row=${at} data-col=${column.key} .checked=${live(value === true)} @change=${(/** @type {any} */ event) => grid.type(at, column.key, event.target.checked)}>`;
  }
  const number = isNumeric(column);
  // While a number is typed it stays as typed; on leaving it is grouped and padded.
  return html`<input class="cell ${number ? 'number' : ''}" inputmode=${number ? 'decimal' : nothing} autocomplete="off" aria-label=${label} aria-invalid=${invalid} aria-describedby=${described}
    data-row=${at} data-col=${column.key} .value=${live(grid.shown(row, at, column))}
    @focus=${(/** @type {any} */ event) => grid.enter(at, column.key, event.target)} @input=${(/** @type {any} */ event) => grid.typing(at, column.key, event)} @change=${(/** @type {any} */ event) => grid.type(at, column.key, event.target.value)}
    @blur=${(/** @type {any} */ event) => grid.leave(event)}>`;
}
