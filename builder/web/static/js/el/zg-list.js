// @ts-check
import { html, nothing, render } from 'lit';
import { icon, takeData, toast } from '../dom.js';
import { t } from '../model/i18n.js';
import { arrange, byMessage, choiceOf, coverage, moved, range, setAll, toggle } from '../model/list.js';
import { newKey, send } from '../net.js';
import { askDialog, confirmDialog } from './zg-dialog.js';

/** @typedef {{key: string, label: string, icon?: string, url: string, open?: string, least?: number, danger?: boolean, confirm?: string, body?: Record<string, any>}} BulkAction */
/** The JSON child. `actions` are offered for the selection: `POST url {ids, atomic: false, …body}` answers `{results: [{id, ok, message?}], open?}`; `open` is
 * the page of what was made.
 * One with `open` is a page of its own that is told the selection (`?ids=`); `least` is how many it takes.
 * @typedef {{columns?: import('../model/list.js').Column[], actions?: BulkAction[]}} ListData */

/**
 * `<zg-list view label columns-url>` around a server-drawn list. Rows are `tr[data-id][data-label]` with `input[data-pick]`, the header has
 * `input[data-all]`; cells and headers that may be hidden carry `data-column`; the column chooser appears in `[data-columns]`.
 *
 * The selection is a set of ids and survives sorting, paging and htmx swaps. Chosen columns are kept under `view` in this browser and, with
 * `columns-url`, sent there as `{order, hidden}`. Keys: ↑ ↓ between rows, Space selects, Shift+click a range, Enter opens. Events: `zg-select` (detail: ids),
 * `zg-done` after a bulk action (detail: results).
 */
export class ZgList extends HTMLElement {
  /** @type {ListData | null} */
  data = null;

  connectedCallback() {
    if (this.data) return;
    this.data = takeData(this, /** @type {ListData} */ ({}));
    /** @type {Set<string>} */
    this.selected = new Set();
    this.last = '';
    this.bar = document.createElement('div');
    this.bar.className = 'list-bar bulk';
    this.bar.hidden = true;
    this.querySelector('.list-bar')?.after(this.bar);
    this.addEventListener('click', (event) => this._click(event));
    this.addEventListener('keydown', (event) => this._keys(event));
    this.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    this._columns();
    // htmx replaces rows; what was selected is marked again.
    this.observer = new MutationObserver(() => this._mark());
    this.observer.observe(this, { childList: true, subtree: true });
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }

  get ids() {
    return [...this.querySelectorAll('tr[data-id]')].map((row) => /** @type {HTMLElement} */ (row).dataset.id ?? '');
  }

  // Selection ---------------------------------------------------------------------------------------------

  /** @param {Set<string>} next */
  select(next) {
    this.selected = next;
    this._mark();
    this.dispatchEvent(new CustomEvent('zg-select', { detail: [...next], bubbles: true }));
  }

  /** @param {MouseEvent} event */
  _click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target instanceof HTMLInputElement && target.matches('[data-all]')) {
      this.select(setAll(this.selected ?? new Set(), this.ids, target.checked));
    } else if (target instanceof HTMLInputElement && target.matches('[data-pick]')) {
      const id = target.value;
      const many = event.shiftKey && this.last;
      this.select(many ? range(this.selected ?? new Set(), this.ids, this.last ?? '', id, target.checked) : toggle(this.selected ?? new Set(), id));
      this.last = id;
    }
  }

  _mark() {
    const selected = this.selected ?? new Set();
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll('tr[data-id]'))) {
      const on = selected.has(row.dataset.id ?? '');
      if (on !== (row.getAttribute('aria-selected') === 'true')) row.setAttribute('aria-selected', String(on));
      const box = row.querySelector('[data-pick]');
      if (box instanceof HTMLInputElement && box.checked !== on) box.checked = on;
    }
    const all = this.querySelector('[data-all]');
    if (all instanceof HTMLInputElement) {
      const cover = coverage(selected, this.ids);
      all.checked = cover === 'all' && this.ids.length > 0;
      all.indeterminate = cover === 'some';
    }
    this._drawBar();
  }

  _drawBar() {
    const bar = /** @type {HTMLElement} */ (this.bar);
    const count = this.selected?.size ?? 0;
    const key = `${count}`;
    if (bar.dataset.drawn === key) return;
    bar.dataset.drawn = key;
    bar.hidden = count === 0;
    const first = /** @type {HTMLElement | null} */ (this.querySelector('.list-bar:not(.bulk)'));
    if (first) first.hidden = count > 0;
    render(html`<b role="status">${t('el.list.selected', { n: count })}</b><button type="button" class="btn ghost sm" @click=${() => this.select(new Set())}>${t('el.list.clear')}</button><span class="grow"></span>
      ${this.data?.actions?.filter((action) => count >= (action.least ?? 1)).map((action) => html`<button type="button" class="btn ${action.danger ? 'danger' : ''}" @click=${(/** @type {any} */ event) => this._run(action, event.currentTarget)}>${action.icon ? icon(action.icon) : nothing}${action.label}</button>`)}`, bar);
  }

  /** @param {BulkAction} action @param {HTMLElement} button */
  async _run(action, button) {
    const ids = [...(this.selected ?? [])];
    if (action.open) {
      location.assign(`${action.open}?ids=${ids.map(encodeURIComponent).join(',')}`);
      return;
    }
    if (action.confirm && !(await confirmDialog(action.confirm.replace('{n}', String(ids.length)), { yes: action.label, danger: action.danger }))) return;
    button.setAttribute('aria-busy', 'true');
    const { ok, data, problem } = await send(action.url, { body: { ...action.body, ids, atomic: false }, idempotencyKey: newKey() });
    button.removeAttribute('aria-busy');
    if (!ok) {
      toast(problem?.title ?? '', { kind: 'bad' });
      return;
    }
    /** @type {{id: string | number, ok: boolean, message?: string}[]} */
    const results = data?.results ?? [];
    const failed = results.filter((one) => !one.ok);
    const said = t('el.list.bulk_done', { ok: results.length - failed.length, bad: failed.length });
    if (!failed.length) toast(said, { kind: 'ok' });
    this.select(new Set(failed.map((one) => String(one.id))));
    this.dispatchEvent(new CustomEvent('zg-done', { detail: results, bubbles: true }));
    if (failed.length) await this._showFailed(action, failed, said);
    if (data?.open) location.assign(data.open);
  }

  /** @param {BulkAction} action @param {{id: string | number, message?: string}[]} failed @param {string} said */
  async _showFailed(action, failed, said) {
    const named = (/** @type {string | number} */ id) => {
      const row = /** @type {HTMLElement | null} */ (this.querySelector(`tr[data-id="${CSS.escape(String(id))}"]`));
      const label = row?.dataset.label ?? String(id);
      const link = row?.querySelector('td a[href]')?.getAttribute('href');
      return link ? html`<a href=${link}>${label}</a>` : html`${label}`;
    };
    const rows = byMessage(failed).map(({ message, first, more }) => html`<tr><td>${first.map((one, at) => html`${at ? t('el.list.then') : nothing}${named(one.id)}`)}${more ? html` ${t('el.list.and_more', { n: more })}` : nothing}</td><td class="bad">${message}</td></tr>`);
    await askDialog({
      label: `${action.label} · ${t('el.list.result')}`, size: '',
      body: html`<p>${said}</p><table class="table wrap"><tbody>${rows}</tbody></table>`,
      buttons: [{ answer: '', label: t('ui.close') }],
    });
  }

  /** @param {KeyboardEvent} event */
  _keys(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const rows = /** @type {HTMLElement[]} */ ([...this.querySelectorAll('tr[data-id]')]);
    const row = /** @type {HTMLElement | null} */ (target.closest('tr[data-id]'));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const inList = target.closest('.list-scroll');
    if (step && inList) {
      event.preventDefault();
      const next = rows[Math.max(0, Math.min(rows.length - 1, (row ? rows.indexOf(row) : step > 0 ? -1 : rows.length) + step))];
      const box = next?.querySelector('[data-pick], a');
      if (box instanceof HTMLElement) box.focus();
    } else if (event.key === 'Enter' && row && target instanceof HTMLInputElement) {
      event.preventDefault();
      row.querySelector('a')?.click();
    } else if (event.key === 'Escape' && this.selected?.size && inList) this.select(new Set());
  }

  // Columns -----------------------------------------------------------------------------------------------

  get storageKey() {
    return `zg-columns:${this.getAttribute('view') ?? location.pathname}`;
  }

  _columns() {
    const place = this.querySelector('[data-columns]');
    if (!(place instanceof HTMLElement) || !this.data?.columns) return;
    const kept = localStorage.getItem(this.storageKey);
    this.arranged = arrange(this.data.columns, kept ? JSON.parse(kept) : null);
    this._apply();
    const draw = () => render(html`<details class="menu"><summary class="btn icon-only" aria-label=${t('el.list.columns')}>${icon('columns-3')}</summary><div class="pop" role="group" aria-label=${t('el.list.columns_title')}><h3>${t('el.list.columns_title')}</h3>
      ${this.arranged?.map((column, at) => html`<div class="row"><label class="menu-item grow"><input type="checkbox" .checked=${column.shown} ?disabled=${column.fixed} @change=${() => this._choose(this.arranged?.map((one, index) => (index === at ? { ...one, shown: !one.shown } : one)) ?? [], draw)}>${column.label}</label>
        ${this.hasAttribute('columns-url') ? html`<button type="button" data-keep class="btn ghost icon-only sm" aria-label="${t('el.list.up')} ${column.label}" ?disabled=${at === 0} @click=${() => this._choose(moved(this.arranged ?? [], at, -1), draw)}>${icon('chevron-up', 's')}</button>` : nothing}</div>`)}
      <hr><button type="button" class="menu-item" @click=${() => this._choose(arrange(this.data?.columns ?? [], null), draw)}>${icon('refresh')}${t('el.list.columns_reset')}</button></div></details>`, place);
    draw();
  }

  /** @param {any[]} arranged @param {() => void} draw */
  _choose(arranged, draw) {
    this.arranged = arranged;
    const choice = choiceOf(arranged);
    localStorage.setItem(this.storageKey, JSON.stringify(choice));
    const url = this.getAttribute('columns-url');
    if (url) send(url, { body: choice });
    this._apply();
    draw();
  }

  /** Hides through a constructed style sheet: the CSP allows it, and swapped rows need nothing done to them. */
  _apply() {
    const hidden = this.arranged?.filter((column) => !column.shown) ?? [];
    this.sheet?.replaceSync(hidden.map((column) => `zg-list [data-column="${CSS.escape(column.key)}"]{display:none!important}`).join(''));
  }
}
customElements.define('zg-list', ZgList);
