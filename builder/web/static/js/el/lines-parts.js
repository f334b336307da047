// @ts-check
/** What stands around the cells of zg-lines: scan bar, head, side information, totals. */
import { html, nothing } from 'lit';
import { icon } from '../dom.js';
import { t } from '../model/i18n.js';
import { showNumber } from '../model/number.js';
import { isNumeric } from '../model/values.js';
import { openCamera } from './lines-scan.js';

/** @typedef {import('./zg-lines.js').ZgLines} ZgLines */

/** @param {ZgLines} grid */
export function head(grid) {
  const columns = grid.lines.shown;
  return html`<colgroup><col class="c-no">${columns.map((column) => html`<col data-width=${column.width ?? 12} data-least=${column.least ?? column.width ?? 12}>`)}${grid.readonly ? nothing : html`<col class="c-remove">`}</colgroup>
    <thead><tr><th class="center" scope="col">#</th>${columns.map((column) => html`<th scope="col" class="${isNumeric(column) ? 'number' : ''} ${column.required && !column.readOnly ? 'required' : ''}" title=${column.help ?? nothing}><span>${column.label}${column.unit ? ` (${column.unit})` : ''}</span></th>`)}
    ${grid.readonly ? nothing : html`<th scope="col"><span class="sr">${t('ui.delete')}</span></th>`}</tr></thead>`;
}

/** Whether there is a camera to ask for: browsers have none for pages that came without encryption. */
const canFilm = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** @param {ZgLines} grid */
export function bar(grid) {
  if (grid.readonly || !(grid.data?.scan || grid.proposing)) return html`<span class="sr" role="status">${grid.said.text}</span>`;
  return html`<div class="lines-bar">${grid.data?.scan ? scanning(grid) : nothing}
    ${grid.proposing ? html`<button type="button" class="btn" @click=${() => grid.proposing?.press()}>${icon('list-check')}${grid.proposing.plan.label}</button>` : nothing}
    <span class="said ${grid.said.wrong ? 'wrong' : ''}" role="status">${grid.said.text}</span></div>`;
}

/** @param {ZgLines} grid */
function scanning(grid) {
  return html`<div class="scan">${icon('barcode')}<input class="input" placeholder=${t('el.lines.scan')} aria-label=${t('el.lines.scan')} autocomplete="off" @keydown=${(/** @type {KeyboardEvent} */ event) => grid.scan(event)}></div>
    ${canFilm() ? html`<button type="button" class="btn" @click=${() => openCamera(grid)}>${icon('camera')}${t('el.scan.open')}</button>` : nothing}`;
}

/** @param {ZgLines} grid */
export function side(grid) {
  const { beside } = grid;
  if (!beside?.items?.length) return nothing;
  return html`<aside class="lines-side" aria-live="polite">${beside.title ? html`<h3>${beside.title}</h3>` : nothing}<dl>${beside.items.map((one) => html`<div><dt>${one.label}</dt><dd class=${one.tone ?? nothing}>${one.value}</dd></div>`)}</dl></aside>`;
}

/** @param {ZgLines} grid */
export function foot(grid) {
  const totals = (grid.data?.totals ?? []).filter((one) => isAlike(grid.lines.rows, one));
  const { scan } = grid.data ?? {};
  // Goods that the document names, and nobody chooses: an added line could not be filled.
  const named = scan?.listed && grid.lines.column(scan.column)?.readOnly;
  return html`<div class="lines-foot">${grid.readonly || named ? nothing : html`<button type="button" class="btn sm" @click=${() => grid.addLine()}>${icon('plus')}${t('el.lines.add')}</button>`}
    <span class="count">${t('el.lines.count', { n: grid.lines.rows.length })}</span>
    <dl class="totals">${totals.map((one) => html`<div><dt>${one.label}</dt><dd class=${one.grand ? 'grand' : nothing} data-total=${one.key}>${showNumber(one.scale === undefined || one.scale === null ? grid.lines.total(one.key).replace(/\.?0+$/, '') : grid.lines.total(one.key), one.scale ?? null)}${one.unit ? ` ${one.unit}` : ''}</dd></div>`)}</dl></div>`;
}

/** Whether the rows that have something of a column have it in one unit: kilograms and pieces have no sum. @param {import('../model/lines.js').Row[]} rows @param {import('../model/lines.js').Total} total */
function isAlike(rows, { key, unitField }) {
  if (!unitField) return true;
  const found = rows.filter((row) => Number(row.values[key] || 0) !== 0).map((row) => row.values[unitField]);
  return new Set(found.map((unit) => unit?.id ?? unit ?? '')).size < 2;
}
