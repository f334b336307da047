// @ts-check
/** One row of zg-lines, drawn again only when something of it changed. */
import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { icon } from '../dom.js';
import { t } from '../model/i18n.js';
import { cell } from './lines-cells.js';

/** @typedef {import('./zg-lines.js').ZgLines} ZgLines */
/** @typedef {import('../model/lines.js').Row} Row */

/** @param {ZgLines} grid @param {Row} row @param {number} at */
export function line(grid, row, at) {
  const active = grid.active?.row === at;
  const editing = grid._editing?.row === at ? grid._editing.text : null;
  return guard([row, at, active, editing, grid.parentValues, grid.readonly], () => html`<tr class=${active ? 'active' : nothing} aria-rowindex=${at + 2}>
    <td class="no">${at + 1}</td>${grid.lines.shown.map((column, index) => cell(grid, row, at, column, index === 0))}
    ${grid.readonly ? nothing : html`<td class="remove"><button type="button" class="btn ghost icon-only sm danger" tabindex="-1" aria-label=${t('el.lines.remove', { n: at + 1 })} @click=${() => grid.removeLine(at)}>${icon('trash')}</button></td>`}</tr>`);
}
