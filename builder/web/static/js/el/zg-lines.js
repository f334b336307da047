// @ts-check
import { LitElement, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { takeData, toast } from '../dom.js';
import { browserToday } from '../model/dates.js';
import { engineFor } from '../model/engine.js';
import { t } from '../model/i18n.js';
import { Lines } from '../model/lines.js';
import { fillUrl, isNumeric, showValue } from '../model/values.js';
import { send } from '../net.js';
import { lineKeys } from './lines-keys.js';
import { followAgain, resolveAll } from './lines-lookup.js';
import { bar, foot, head, side } from './lines-parts.js';
import { Proposing } from './lines-propose.js';
import { line } from './lines-row.js';
import { takeCode } from './lines-scan.js';
import { RowWindow } from './lines-window.js';
import './zg-lookup.js';

/** @typedef {import('../model/lines.js').Row} Row */
/** @typedef {import('../model/values.js').Field} Field */
/** @typedef {import('../model/values.js').Item} Item */
/**
 * The JSON child of `<zg-lines>`. `rows` hold values by column key as the API writes them, references as `{id, label, code?}`, `id` where the line is stored,
 * `$paths` for values of referenced records that formulas use. `scan`: a scan field above; `src` is asked like a lookup. `besideUrl` (slots `{column}` and
 * `{header field}`) is asked for the line that has the focus and answers `{title?, items: [{label, value, tone?: 'good'|'bad'}]}`.
 * @typedef {{key: string, columns: Field[], rows?: any[], totals?: import('../model/lines.js').Total[], scan?: import('../model/scanned.js').Scan,
 *   besideUrl?: string, proposal?: import('./lines-propose.js').Proposal, readOnly?: boolean, today?: string, zone?: string}} LinesData
 */

/**
 * `<zg-lines name label>`: the line grid. Arrows, Enter (past the end adds a line), Tab, Ctrl+Enter (line here), Ctrl+Delete (remove), Ctrl+D (value
 * from above), Ctrl+J (duplicate), paste from a spreadsheet. Form value: the rows as JSON for the API. Event `zg-lines-change` (bubbles) after every change.
 */
export class ZgLines extends LitElement {
  static formAssociated = true;

  static properties = { name: {}, label: {}, readonly: { type: Boolean }, _version: { state: true }, active: { state: true }, said: { state: true }, beside: { state: true } };

  constructor() {
    super();
    this.name = this.label = '';
    this.readonly = false;
    this._version = 0;
    /** @type {{row: number, col: string} | null} */
    this.active = null;
    /** @type {{row: number, col: string, text: string, typed: boolean} | null} the cell that was entered, and whether anything was typed there */
    this._editing = null;
    this.said = { text: '', wrong: false };
    /** @type {{title?: string, items: {label: string, value: string, tone?: string}[]} | null} */
    this.beside = null;
    this._besideAsked = '';
    this._besideTimer = 0;
    /** @type {Record<string, any>} */
    this.parentValues = {};
    this._internals = this.attachInternals();
    this.window = new RowWindow(this);
    /** @type {LinesData | null} */
    this.data = null;
    /** @type {Proposing | null} */
    this.proposing = null;
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    if (!this.data) {
      this.data = takeData(this, /** @type {LinesData} */ ({ key: this.name, columns: [] }));
      this.readonly ||= Boolean(this.data.readOnly);
      this.model = new Lines(this.data, engineFor(this.data), this.data.today ?? browserToday());
      if (this.data.proposal) this.proposing = new Proposing(this, this.data.proposal);
    }
    super.connectedCallback();
    this.window.connect();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.window.disconnect();
  }

  get lines() {
    return /** @type {Lines} */ (this.model);
  }

  /** What zg-form and tests talk to: the rows for the API. */
  get value() {
    return this.lines.toApi();
  }

  /** The header's values: `seen` as expressions see them, `plain` as addresses are filled with them. @param {Record<string, any>} seen @param {Record<string, any>} plain */
  setParent(seen, plain) {
    this.parentValues = plain;
    const before = this.lines.shown;
    if (this.lines.setParent(seen)) this.changed();
    else if (this.lines.shown !== before) this._version++;
    this.proposing?.follow();
  }

  /** @param {any[]} rows as the JSON child gives them */
  load(rows) {
    this.lines.load(rows);
    this.changed();
  }

  /** @param {{row: number, key: string, message: string}[]} problems */
  setErrors(problems) {
    this.lines.setErrors(problems);
    this._version++;
    if (problems.length) this.go(problems[0].row, problems[0].key);
  }

  /** @returns {Record<string, any[]>} */
  columnLists() {
    return Object.fromEntries(this.lines.columns.map((column) => [column.key, this.lines.columnValues(column.key)]));
  }

  changed() {
    this._version++;
    this._internals.setFormValue(JSON.stringify(this.value));
    this.dispatchEvent(new CustomEvent('zg-lines-change', { bubbles: true }));
  }

  // Cells -------------------------------------------------------------------------------------------------

  /** @param {Row} row @param {number} at @param {Field} column */
  shown(row, at, column) {
    if (this._editing?.typed && this._editing.row === at && this._editing.col === column.key) return this._editing.text;
    return row.typed[column.key] ?? showValue(column, row.values[column.key]);
  }

  /** @param {number} row @param {string} col @param {HTMLInputElement} input */
  enter(row, col, input) {
    this._editing = { row, col, text: input.value, typed: false };
    input.select();
  }

  /** @param {number} row @param {string} col @param {InputEvent} event */
  typing(row, col, event) {
    const text = /** @type {HTMLInputElement} */ (event.target).value;
    this._editing = { row, col, text, typed: true };
    const column = this.lines.column(col);
    // Numbers count while they are typed; words and dates wait until the cell is left.
    if (!event.isComposing && column && isNumeric(column)) this.type(row, col, text);
  }

  /** @param {number} row @param {string} col @param {any} typed */
  type(row, col, typed) {
    const column = this.lines.column(col);
    if (!column || !this.lines.rows[row]) return;
    this.lines.set(row, col, typed);
    this.changed();
    // What stands beside the line follows what is typed into it.
    clearTimeout(this._besideTimer);
    this._besideTimer = window.setTimeout(() => { if (this.active?.row === row) this._lookBeside(row); }, 400);
    followAgain(this, row, col);
  }

  /** @param {FocusEvent} event */
  leave(event) {
    this._editing = null;
    if (event.isTrusted) this._version++;
  }

  /** @param {number} row @param {string} col @param {Item | null} item */
  pick(row, col, item) {
    this.lines.pick(row, col, item);
    this.changed();
    this._lookBeside(row);
    if (!item) followAgain(this, row, col);
    const columns = this._editable();
    const next = columns[columns.indexOf(col) + 1];
    if (item && next) this.go(row, next);
  }

  _editable() {
    return this.lines.shown.filter((column) => !column.readOnly && !column.formula).map((column) => column.key);
  }

  /** @param {number} row @param {string} col */
  async go(row, col) {
    await this.window.reveal(row);
    const cellInput = /** @type {HTMLInputElement | null} */ (this.querySelector(`[data-row="${row}"][data-col="${col}"]`));
    cellInput?.focus();
    if (cellInput instanceof HTMLInputElement && cellInput.type !== 'checkbox') cellInput.select();
  }

  // Rows --------------------------------------------------------------------------------------------------

  /** @param {number} [at] */
  async addLine(at) {
    const row = this.lines.add(at);
    this.changed();
    await this.go(row, this._editable()[0]);
  }

  /** @param {number} row */
  removeLine(row) {
    const before = this.lines.rows;
    this.lines.remove(row);
    this.changed();
    toast(t('el.lines.removed', { n: 1 }), { action: t('el.lines.undo'), onAction: () => { this.lines.replaceAll(before); this.changed(); } });
    if (this.lines.rows.length) this.go(Math.min(row, this.lines.rows.length - 1), this.active?.col ?? this._editable()[0]);
  }

  /** @param {KeyboardEvent} event */
  _keys(event) {
    if (this.readonly) return;
    lineKeys(event, {
      rows: () => this.lines.rows.length,
      columns: () => this._editable(),
      go: (row, col) => this.go(row, col),
      addBelow: (row) => this.addLine(row),
      remove: (row) => this.removeLine(row),
      duplicate: (row) => { this.lines.duplicate(row); this.changed(); this.go(row + 1, this.active?.col ?? ''); },
      copyDown: (row, col) => {
        if (row === 0) return;
        const above = this.lines.rows[row - 1].values[col];
        if (above && typeof above === 'object' && !Array.isArray(above)) this.lines.pick(row, col, above);
        else this.lines.set(row, col, above);
        this._editing = null;
        this.changed();
      },
    });
  }

  /** @param {ClipboardEvent} event */
  async _paste(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (this.readonly || target.dataset.col === undefined || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    this._editing = null;
    const { rows, unknown } = this.lines.paste(Number(target.dataset.row), target.dataset.col, text);
    this.changed();
    this.say(t('el.lines.pasted', { n: rows }));
    if (unknown.length) await this._resolve(unknown);
  }

  /** @param {import('./lines-lookup.js').Unknown[]} unknown */
  async _resolve(unknown) {
    const missing = await resolveAll(this.lines, unknown, this.parentValues);
    this.changed();
    if (missing) this.say(t('el.lines.paste_unknown', { n: missing }), true);
  }

  /** What a scanner types ends with Enter. @param {KeyboardEvent} event */
  scan(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const code = input.value.trim();
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    input.value = '';
    if (code) this.scanned(code);
  }

  /** A code was read, by whatever means. @param {string} code @returns {Promise<boolean>} whether it means something here */
  scanned(code) {
    return takeCode(this, code);
  }

  /** @param {string} text @param {boolean} [wrong] */
  say(text, wrong = false) {
    this.said = { text, wrong };
  }

  /** @param {FocusEvent} event */
  _focused(event) {
    const { row, col } = /** @type {HTMLElement} */ (event.target).dataset;
    if (row === undefined || col === undefined) return;
    if (this.active?.row !== Number(row)) this._lookBeside(Number(row));
    this.active = { row: Number(row), col };
  }

  /** @param {number} at */
  async _lookBeside(at) {
    const row = this.lines.rows[at];
    if (!this.data?.besideUrl || !row) return;
    const url = fillUrl(this.data.besideUrl, row.values, this.parentValues);
    this._besideAsked = url;
    const { ok, data } = await send(url);
    if (ok && this._besideAsked === url) this.beside = data;
  }

  updated() {
    this.window.measure();
  }

  render() {
    const { rows } = this.lines;
    const { start, end, before, after } = this.window.range(rows.length);
    return html`<div class="lines ${this.beside?.items?.length ? 'with-side' : ''}" @keydown=${this._keys} @paste=${this._paste} @focusin=${this._focused}>${bar(this)}
      <div class="lines-scroll" tabindex=${rows.length > 12 || !rows.length || this.readonly ? 0 : nothing} role="region" aria-label=${this.label || t('el.lines.grid')}><table class="table" aria-rowcount=${rows.length + 1} aria-label=${this.label || t('el.lines.grid')}>${head(this)}
        <tbody>${before ? html`<tr class="spacer" aria-hidden="true"><td colspan="99" data-height=${before}></td></tr>` : nothing}${repeat(rows.slice(start, end), (row) => row.key, (row, index) => line(this, row, start + index))}${after ? html`<tr class="spacer" aria-hidden="true"><td colspan="99" data-height=${after}></td></tr>` : nothing}</tbody></table>
        ${rows.length ? nothing : html`<div class="lines-empty">${t('el.lines.empty')}</div>`}</div>${side(this)}${foot(this)}</div>`;
  }
}
customElements.define('zg-lines', ZgLines);
