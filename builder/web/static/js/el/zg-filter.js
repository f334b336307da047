// @ts-check
import { LitElement, html, nothing } from 'lit';
import { icon, takeData, uniqueId } from '../dom.js';
import { emptyValue, fromFilter, isComplete, newCondition, opsFor, PERIODS, toFilter } from '../model/filter.js';
import { t } from '../model/i18n.js';
import { isNumeric, isReference, readTyped, showValue } from '../model/values.js';
import { browserToday } from '../model/dates.js';
import './zg-lookup.js';

/** @typedef {import('../model/filter.js').Condition} Condition */
/** @typedef {import('../model/values.js').Field} Field */
/** The JSON child: the fields that may be asked about and the filter that holds now. @typedef {{fields: Field[], filter?: any, today?: string}} FilterData */

/**
 * `<zg-filter name inline>`: builds a filter of the JSON filter language. A button with a panel, or (`inline`) the rows themselves, for the designer.
 * Form value under `name`: the filter as JSON ('' for none). Applying fires `zg-filter` (detail: filter or null) and a bubbling `change`, which a form with
 * htmx sends. A filter that is nested deeper than the builder shows is left alone until it is cleared.
 */
export class ZgFilter extends LitElement {
  static formAssociated = true;

  static properties = { name: {}, inline: { type: Boolean }, _rows: { state: true }, _applied: { state: true }, _open: { state: true } };

  constructor() {
    super();
    this.name = '';
    this.inline = false;
    this._open = false;
    /** @type {import('../model/filter.js').Rows} */
    this._rows = { join: 'and', conditions: [] };
    /** @type {any} */
    this._applied = null;
    this._id = uniqueId('filter');
    this._internals = this.attachInternals();
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    if (!this.data) {
      this.data = takeData(this, /** @type {FilterData} */ ({ fields: [] }));
      this._applied = this.data.filter ?? null;
      this._rows = fromFilter(this._applied, this.data.fields) ?? this._rows;
      this._internals.setFormValue(this._applied ? JSON.stringify(this._applied) : '');
    }
    super.connectedCallback();
  }

  get fields() {
    return this.data?.fields ?? [];
  }

  get value() {
    return this._applied;
  }

  /** @param {Condition[]} conditions */
  _set(conditions) {
    this._rows = { ...this._rows, conditions };
    if (this.inline) this._apply();
  }

  /** @param {number} at @param {Partial<Condition>} patch */
  _change(at, patch) {
    this._set(this._rows.conditions.map((one, index) => (index === at ? { ...one, ...patch } : one)));
  }

  _apply() {
    this._applied = toFilter(this._rows);
    this._internals.setFormValue(this._applied ? JSON.stringify(this._applied) : '');
    this._open = false;
    this.dispatchEvent(new CustomEvent('zg-filter', { detail: this._applied, bubbles: true }));
    if (!this.inline) this.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.key === 'Escape' && this._open) {
      this._open = false;
      event.stopPropagation();
      /** @type {HTMLElement | null} */ (this.querySelector('button'))?.focus();
    } else if (event.key === 'Enter' && !event.isComposing && event.target instanceof HTMLInputElement && !event.defaultPrevented) {
      event.preventDefault();
      this._apply();
    }
  }

  /** @param {Condition} condition @param {number} at @param {Field} field */
  _value(condition, at, field) {
    const label = `${field.label} ${t('el.filter.value')}`;
    const { op, value } = condition;
    if (op === 'is_empty' || op === 'not_empty') return html`<span></span>`;
    if (op === 'within') return html`<select class="select" aria-label=${label} @change=${(/** @type {any} */ e) => this._change(at, { value: e.target.value })}>${PERIODS.map((one) => html`<option value=${one} ?selected=${one === value}>${t(`el.within.${one}`)}</option>`)}</select>`;
    if (field.type === 'boolean') return html`<select class="select" aria-label=${label} @change=${(/** @type {any} */ e) => this._change(at, { value: e.target.value === 'true' })}><option value="true" ?selected=${value === true}>${t('el.yes')}</option><option value="false" ?selected=${value === false}>${t('el.no')}</option></select>`;
    if (op === 'in' || op === 'not_in') {
      return html`<div class="checks" role="group" aria-label=${label}>${(field.options ?? []).map((one) => html`<label class="check"><input type="checkbox" .checked=${value.includes(one.key)} @change=${(/** @type {any} */ e) => this._change(at, { value: e.target.checked ? [...value, one.key] : value.filter((/** @type {string} */ key) => key !== one.key) })}>${one.label}</label>`)}</div>`;
    }
    if (isReference(field)) return html`<zg-lookup .label=${label} .src=${field.lookupUrl ?? ''} .value=${String(value?.id ?? value ?? '')} .text=${value?.label ?? String(value ?? '')} @zg-pick=${(/** @type {CustomEvent} */ e) => { e.stopPropagation(); this._change(at, { value: e.detail ?? '' }); }}></zg-lookup>`;
    const input = (/** @type {any} */ now, /** @type {(value: any) => void} */ set) => html`<input class="input ${isNumeric(field) ? 'number' : ''}" aria-label=${label} inputmode=${isNumeric(field) ? 'decimal' : nothing} .value=${showValue(field, now)} @change=${(/** @type {any} */ e) => set(readTyped(field, e.target.value, this.data?.today ?? browserToday()).value)}>`;
    if (op !== 'between') return input(value, (next) => this._change(at, { value: next }));
    return html`<div class="row">${input(value[0], (next) => this._change(at, { value: [next, value[1]] }))}<span class="mute">${t('el.filter.and')}</span>${input(value[1], (next) => this._change(at, { value: [value[0], next] }))}</div>`;
  }

  /** @param {Condition} condition @param {number} at */
  _row(condition, at) {
    const field = this.fields.find((one) => one.key === condition.field) ?? this.fields[0];
    const choose = (/** @type {any} */ e) => { const next = this.fields.find((one) => one.key === e.target.value); if (next) this._change(at, newCondition(next)); };
    return html`<div class="filter-row"><select class="select" aria-label=${t('el.filter.field')} @change=${choose}>${this.fields.map((one) => html`<option value=${one.key} ?selected=${one.key === field.key}>${one.label}</option>`)}</select>
      <select class="select" aria-label=${t('el.filter.op')} @change=${(/** @type {any} */ e) => this._change(at, { op: e.target.value, value: emptyValue(field, e.target.value) })}>${opsFor(field).map((op) => html`<option value=${op} ?selected=${op === condition.op}>${t(`el.op.${op}`)}</option>`)}</select>
      ${this._value(condition, at, field)}<button type="button" class="btn ghost icon-only sm danger" aria-label=${t('el.filter.remove')} @click=${() => this._set(this._rows.conditions.filter((_, index) => index !== at))}>${icon('x', 's')}</button></div>`;
  }

  _builder() {
    const { conditions, join } = this._rows;
    return html`${conditions.length > 1 ? html`<div class="segmented mb" role="group" aria-label=${t('el.filter.title')}>${/** @type {('and' | 'or')[]} */ (['and', 'or']).map((one) => html`<button type="button" aria-pressed=${join === one} @click=${() => { this._rows = { ...this._rows, join: one }; if (this.inline) this._apply(); }}>${t(one === 'and' ? 'el.filter.all' : 'el.filter.any')}</button>`)}</div>` : nothing}
      ${conditions.map((one, at) => this._row(one, at))}${conditions.length ? nothing : html`<p class="mute small mb">${t('el.filter.none')}</p>`}
      <button type="button" class="btn sm" ?disabled=${!this.fields.length} @click=${() => this._set([...conditions, newCondition(this.fields[0])])}>${icon('plus')}${t('el.filter.add')}</button>`;
  }

  render() {
    if (this.inline) return this._builder();
    const parts = this._applied ? (this._applied.and ?? this._applied.or ?? [this._applied]) : [];
    return html`<div class="menu" @keydown=${this._key}><button type="button" class="btn" aria-expanded=${this._open} aria-controls=${this._id} aria-pressed=${parts.length > 0} @click=${() => { this._open = !this._open; if (this._open && !this._rows.conditions.length && this.fields.length) this._set([newCondition(this.fields[0])]); }}>${icon('filter')}${parts.length ? t('el.filter.n', { n: parts.length }) : t('el.filter.title')}</button>
      <div class="pop filter-panel" id=${this._id} role="group" aria-label=${t('el.filter.title')} ?hidden=${!this._open}>${this._open ? html`${this._builder()}<div class="toolbar filter-foot"><button type="button" class="btn ghost" @click=${() => { this._set([]); this._apply(); }}>${t('el.filter.reset')}</button><span class="grow"></span><button type="button" class="btn primary" ?disabled=${!this._rows.conditions.every(isComplete)} @click=${this._apply}>${t('el.filter.apply')}</button></div>` : nothing}</div></div>`;
  }
}
customElements.define('zg-filter', ZgFilter);
