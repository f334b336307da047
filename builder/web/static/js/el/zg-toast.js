// @ts-check
import { LitElement, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../dom.js';
import { t } from '../model/i18n.js';

/** @typedef {{id: number, text: string, kind: 'ok'|'bad'|'warn'|'info', action?: string, onAction?: () => void, href?: string, links?: {text: string, href: string}[]}} Toast */

const STAYS = new Set(['bad', 'warn']);
const SYMBOLS = { ok: 'circle-check', bad: 'alert-circle', warn: 'alert-triangle', info: 'info-circle' };

/** `<zg-toast>`: one per page (base.html has it). Shows what `toast()` of dom.js says; errors, and warnings that ask for something, stay until they are dismissed. */
export class ZgToast extends LitElement {
  static properties = { _toasts: { state: true } };

  constructor() {
    super();
    /** @type {Toast[]} */
    this._toasts = [];
    this._next = 1;
    this._hear = (/** @type {Event} */ event) => this.add(/** @type {CustomEvent} */ (event).detail);
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener('zg-toast', this._hear);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener('zg-toast', this._hear);
  }

  /** @param {Partial<Toast>} given */
  add(given) {
    const toast = /** @type {Toast} */ ({ kind: 'info', ...given, id: this._next++ });
    // What is said again takes the place of what was said: one label that is scanned twice asks once.
    const others = this._toasts.filter((one) => one.text !== toast.text || one.kind !== toast.kind);
    const passing = others.filter((one) => !STAYS.has(one.kind));
    this._toasts = [...others.filter((one) => STAYS.has(one.kind) || passing.indexOf(one) >= passing.length - 3), toast].slice(-8);
    if (!STAYS.has(toast.kind)) setTimeout(() => this.remove(toast.id), toast.action || toast.links?.length ? 9000 : 4500);
  }

  /** @param {any} [id] */
  remove(id) {
    if (id === undefined) super.remove();
    else this._toasts = this._toasts.filter((one) => one.id !== id);
  }

  updated() {
    const box = /** @type {HTMLElement} */ (this.querySelector('.toasts'));
    if (!box.showPopover) return;
    // Shown anew so that it lies above a dialog that was opened meanwhile.
    if (box.matches(':popover-open')) box.hidePopover();
    if (this._toasts.length) box.showPopover();
  }

  /** @param {Toast} toast */
  _action(toast) {
    if (toast.links?.length) return toast.links.map((one) => html`<a href=${one.href}>${one.text}</a> `);
    if (!toast.action) return nothing;
    if (toast.href) return html`<a href=${toast.href}>${toast.action}</a>`;
    return html`<button type="button" class="link" @click=${() => { toast.onAction?.(); this.remove(toast.id); }}>${toast.action}</button>`;
  }

  render() {
    return html`<div class="toasts" popover="manual" role="status" aria-live="polite">${repeat(this._toasts, (one) => one.id, (one) => html`
      <div class="toast ${one.kind}" role=${one.kind === 'bad' ? 'alert' : nothing}>${icon(SYMBOLS[one.kind])}<span>${one.text} ${this._action(one)}</span>
      <button type="button" class="close" aria-label=${t('el.toast.close')} @click=${() => this.remove(one.id)}>${icon('x', 's')}</button></div>`)}</div>`;
  }
}
customElements.define('zg-toast', ZgToast);
