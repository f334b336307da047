// @ts-check
import { LitElement, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { hidePanel, icon, showPanel, uniqueId } from '../dom.js';
import { t } from '../model/i18n.js';
import { send } from '../net.js';

/** @typedef {import('../model/values.js').Item} Item */

const WAIT = 130;
/** Where a form for what was typed begins. @typedef {{label: string, url: string}} Create */

/** @typedef {{items: Item[], create: Create | null, none: string}} Answer `none` says why nothing is offered */

/** @type {Map<string, Answer>} answers of this page, so that going back over the same text asks nothing */
const answers = new Map();

/**
 * `<zg-lookup>`: finds a record by code, name or pinyin while somebody types (ARIA combobox on a plain input).
 *
 * Data contract. Attributes: `name`, `src` (address; asked as `GET src?q=…`, answers `{items: Item[]}` with
 * `Item = {id, label, code?, detail?, tag?, values?, paths?}`; `tag` warns of it, `values` fill other fields, `paths` are for expressions; and `create`, the form for what
 * is not there yet, opened beside this page: what was entered in it is taken when the person comes back), `value` (id), `text` (label),
 * `label` (accessible name where no `<label for>` points at `input-id`), `input-id`, `describedby`, `placeholder`, `required`, `readonly`, `invalid`;
 * `cell` draws it as a grid cell. Form value: the id. Event: `zg-pick`, detail `Item | null`, bubbles. Text that was not chosen is put back on leaving.
 */
export class ZgLookup extends LitElement {
  static formAssociated = true;

  static properties = {
    name: {}, src: {}, value: {}, text: {}, label: {}, inputId: { attribute: 'input-id' }, describedby: {}, placeholder: {},
    required: { type: Boolean }, readonly: { type: Boolean }, invalid: { type: Boolean }, cell: { type: Boolean }, row: { type: Number }, col: {},
    _items: { state: true }, _create: { state: true }, _none: { state: true }, _at: { state: true }, _typed: { state: true }, _asked: { state: true },
  };

  constructor() {
    super();
    this.name = this.src = this.value = this.text = this.label = this.inputId = this.describedby = this.placeholder = this.col = '';
    this.required = this.readonly = this.invalid = this.cell = false;
    this.row = 0;
    /** @type {Item[] | null} */
    this._items = null;
    /** @type {Create | null} */
    this._create = null;
    this._none = '';
    this._at = 0;
    /** @type {string | null} what is being typed; null while a record (or nothing) stands there */
    this._typed = null;
    this._asked = '';
    this._enter = false;
    /** @type {AbortController | null} */
    this._running = null;
    this._timer = 0;
    this._listId = uniqueId('options');
    this._internals = this.attachInternals();
  }

  createRenderRoot() {
    return this;
  }

  get input() {
    return /** @type {HTMLInputElement} */ (this.querySelector('input'));
  }

  /** @param {FocusOptions} [options] */
  focus(options) {
    this.input?.focus(options);
  }

  willUpdate() {
    this._internals.setFormValue(this.value === '' || this.value === null ? null : String(this.value));
  }

  updated() {
    const panel = /** @type {HTMLElement} */ (this.querySelector('.options'));
    if (!panel) return;
    if (this._items) {
      showPanel(panel, this.input);
      panel.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    } else hidePanel(panel);
  }

  /** Sets the record without an event. @param {Item | null} item */
  show(item) {
    this.value = item ? String(item.id) : '';
    this.text = item?.label ?? '';
    this._typed = null;
  }

  /** @param {Item | null} item */
  _pick(item) {
    this._close();
    this._enter = false;
    this.show(item);
    this.dispatchEvent(new CustomEvent('zg-pick', { detail: item, bubbles: true }));
  }

  _close() {
    clearTimeout(this._timer);
    this._running?.abort();
    this._running = null;
    this._items = null;
  }

  /** @param {InputEvent} event */
  _type(event) {
    this._typed = /** @type {HTMLInputElement} */ (event.target).value;
    if (event.isComposing) return;
    this._search(WAIT);
  }

  /** @param {number} wait */
  _search(wait) {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this._ask((this._typed ?? '').trim()), wait);
  }

  /** @param {string} query */
  async _ask(query) {
    const address = `${this.src}${this.src.includes('?') ? '&' : '?'}q=${encodeURIComponent(query)}`;
    let found = answers.get(address);
    if (!found) {
      this._running?.abort();
      const running = (this._running = new AbortController());
      const answer = await send(address, { signal: running.signal }).catch(() => null);
      if (!answer || running.signal.aborted) return;
      found = { items: answer.data?.items ?? [], create: answer.data?.create ?? null, none: answer.data?.none ?? '' };
      // What is not there may be there in a minute; what stands in a ledger moves.
      if (answer.ok && found.items.length && !answer.data?.live) answers.set(address, found);
      if (answers.size > 300) answers.clear();
      this._running = null;
    }
    if (this._typed === null && document.activeElement !== this.input) return;
    this._asked = query;
    this._items = found.items;
    this._create = found.create;
    this._none = found.none;
    // In a grid Enter goes on: of what is only shown nothing is taken.
    this._at = found.items.length && !(this.cell && query === '') ? 0 : -1;
    if (this._enter) this._take(query);
  }

  /** Enter came before the answer did, as scanners do: an exact code or the only hit is meant. @param {string} query */
  _take(query) {
    this._enter = false;
    const items = this._items ?? [];
    const exact = items.find((item) => item.code?.toLowerCase() === query.toLowerCase() || item.label === query);
    if (exact) this._pick(exact);
    else if (items.length === 1) this._pick(items[0]);
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.isComposing || this.readonly) return;
    const waiting = this._typed !== null && (this._asked !== this._typed.trim() || !this._items);
    if (event.key === 'Enter' && this._typed?.trim() && waiting) {
      this._enter = true;
      this._search(0);
    } else if (event.key === 'Enter' && this._items?.[this._at]) this._pick(this._items[this._at]);
    else if (event.key === 'Enter' && this._create && this._items?.length === this._at) this._begin(this._create);
    else if (event.key === 'Enter' && this._typed?.trim()) this._at = 0; // Nothing goes by that name; the form around it is not sent for it.
    else if (event.key === 'Escape' && this._items) this._close();
    else if (event.key === 'ArrowDown' && !this._items && (!this.cell || event.altKey)) this._search(0);
    else if (this._items && { ArrowDown: 1, ArrowUp: -1 }[event.key]) {
      this._at = Math.max(0, Math.min(this._items.length - (this._create ? 0 : 1), this._at + (event.key === 'ArrowDown' ? 1 : -1)));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Opens the form for what is not there; back here, what was typed is looked up again. @param {Create} create */
  _begin(create) {
    const typed = this._asked;
    window.open(create.url, '_blank', 'noopener');
    window.addEventListener('focus', () => {
      this.focus();
      this._typed = typed;
      this._enter = true;
      answers.clear();
      this._ask(typed);
    }, { once: true });
  }

  _leave() {
    this._close();
    this._enter = false;
    if (this._typed === null) return;
    const emptied = this._typed.trim() === '';
    this._typed = null;
    if (emptied && this.value !== '') this._pick(null);
  }

  /** @param {Item} item @param {number} at */
  _option(item, at) {
    return html`<div class="option" role="option" id="${this._listId}-${at}" aria-selected=${at === this._at ? 'true' : 'false'}
      @mousedown=${(/** @type {Event} */ event) => { event.preventDefault(); this._pick(item); }}><span>${item.label}</span>${item.code ? html`<span class="code">${item.code}</span>` : nothing}${item.tag ? html`<span class="badge" data-colour="red">${item.tag}</span>` : nothing}${item.detail ? html`<span class="end">${item.detail}</span>` : nothing}</div>`;
  }

  /** @param {Create} create */
  _newOption(create) {
    const at = this._items?.length ?? 0;
    return html`<div class="option create" role="option" id="${this._listId}-${at}" aria-selected=${at === this._at ? 'true' : 'false'}
      @mousedown=${(/** @type {Event} */ event) => event.preventDefault()} @click=${() => this._begin(create)}>${icon('plus', 's')}<span>${create.label}</span></div>`;
  }

  render() {
    const open = this._items !== null;
    const clearable = !this.cell && !this.readonly && this.value !== '' && !this.required;
    return html`<div class="lookup"><input class=${this.cell ? 'cell' : 'input'} id=${this.inputId || nothing} role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false"
        aria-autocomplete="list" aria-expanded=${open} aria-controls=${this._listId} aria-activedescendant=${open && this._at >= 0 ? `${this._listId}-${this._at}` : nothing}
        aria-label=${this.label || nothing} aria-describedby=${this.describedby || nothing} aria-invalid=${this.invalid || nothing} aria-required=${this.required || nothing}
        ?readonly=${this.readonly} placeholder=${this.placeholder || nothing} data-row=${this.cell ? this.row : nothing} data-col=${this.cell ? this.col : nothing} title=${this.cell ? this.text : nothing}
        .value=${live(this._typed ?? this.text)} @input=${this._type} @compositionend=${() => this._search(WAIT)} @keydown=${this._key} @blur=${this._leave}
        @focus=${() => this.input.select()} @click=${() => { if (!open && !this.readonly && (!this.cell || this.value === '')) this._search(0); }}>
      ${this.cell ? nothing : icon(this.readonly ? 'lock' : 'selector', 's')}
      ${this.cell ? nothing : html`<button type="button" class="btn ghost icon-only sm clear" tabindex="-1" ?hidden=${!clearable} aria-label=${t('el.clear')} @mousedown=${(/** @type {Event} */ event) => { event.preventDefault(); this._pick(null); }}>${icon('x', 's')}</button>`}</div>
      <div class="options" popover="manual" role="listbox" id=${this._listId} aria-label=${this.label || t('ui.search')}>${open ? ((this._items?.length ?? 0) > 0 ? this._items?.map((item, at) => this._option(item, at))
        : html`<div class="none" role="option" aria-disabled="true" aria-selected="false">${this._none || (this._asked ? t('el.none_found', { q: this._asked }) : t('el.none_yet'))}</div>`) : nothing}${open && this._create ? this._newOption(this._create) : nothing}</div>`;
  }
}
customElements.define('zg-lookup', ZgLookup);
