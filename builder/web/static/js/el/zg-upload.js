// @ts-check
import { LitElement, html, nothing } from 'lit';
import { icon, takeData, toast } from '../dom.js';
import { t } from '../model/i18n.js';
import { send } from '../net.js';

/** @typedef {{id: string | number, name: string, size: number, url?: string, busy?: boolean}} StoredFile */

/**
 * `<zg-upload name src accept max multiple readonly label>`: choose, drop or photograph files; each is sent at once as `POST src` (multipart, field `file`)
 * and answered with `{id, name, size, url}`. The JSON child holds the files that are there. `max` is in bytes. Form value: the ids as JSON.
 * Event `change` (bubbles); `files` may be read.
 */
export class ZgUpload extends LitElement {
  static formAssociated = true;

  static properties = { name: {}, src: {}, accept: {}, max: { type: Number }, multiple: { type: Boolean }, readonly: { type: Boolean }, label: {}, files: { state: true }, _over: { state: true } };

  constructor() {
    super();
    this.name = this.src = this.accept = this.label = '';
    this.max = 0;
    this.multiple = this.readonly = this._over = false;
    /** @type {StoredFile[]} */
    this.files = [];
    this._internals = this.attachInternals();
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    if (!this._ready) {
      this._ready = true;
      this.files = takeData(this, /** @type {StoredFile[]} */ ([]));
    }
    super.connectedCallback();
  }

  willUpdate() {
    this._internals.setFormValue(JSON.stringify(this.files.filter((one) => !one.busy).map((one) => one.id)));
  }

  /** @param {Iterable<File>} given */
  async add(given) {
    for (const file of this.multiple ? given : [...given].slice(0, 1)) {
      if (this.max && file.size > this.max) {
        toast(t('el.upload.too_large', { name: file.name, max: size(this.max) }), { kind: 'bad' });
        continue;
      }
      const waiting = { id: `new-${file.name}-${file.lastModified}`, name: file.name, size: file.size, busy: true };
      this.files = [...(this.multiple ? this.files : []), waiting];
      const body = new FormData();
      body.append('file', file);
      const { ok, data, problem } = await send(this.src, { body });
      this.files = this.files.flatMap((one) => (one === waiting ? (ok ? [data] : []) : [one]));
      if (ok) this.dispatchEvent(new Event('change', { bubbles: true }));
      else toast(`${t('el.upload.failed', { name: file.name })}${problem ? ` · ${problem.title}` : ''}`, { kind: 'bad' });
    }
  }

  /** @param {StoredFile} file */
  _remove(file) {
    this.files = this.files.filter((one) => one !== file);
    this.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /** @param {DragEvent} event */
  _drop(event) {
    event.preventDefault();
    this._over = false;
    this.add(event.dataTransfer?.files ?? []);
  }

  render() {
    const chosen = (/** @type {any} */ event) => { this.add([...event.target.files]); event.target.value = ''; };
    return html`${this.files.length ? html`<ul class="file-list ${this.readonly ? '' : 'mb'}">${this.files.map((file) => html`<li>${icon('paperclip')}${file.url ? html`<a class="name" href=${file.url}>${file.name}</a>` : html`<span class="name">${file.name}</span>`}
        ${file.busy ? html`<progress aria-label=${file.name}></progress>` : html`<span class="count">${size(file.size)}</span>`}
        ${this.readonly || file.busy ? nothing : html`<button type="button" class="btn ghost icon-only sm danger" aria-label=${t('el.upload.remove', { name: file.name })} @click=${() => this._remove(file)}>${icon('x', 's')}</button>`}</li>`)}</ul>` : nothing}
      ${this.readonly ? nothing : html`<div class="dropzone ${this._over ? 'over' : ''}" @dragover=${(/** @type {Event} */ e) => { e.preventDefault(); this._over = true; }} @dragleave=${() => { this._over = false; }} @drop=${this._drop}>
        <label class="btn sm">${icon('upload')}${t('el.upload.choose')}<input class="sr" type="file" accept=${this.accept || nothing} ?multiple=${this.multiple} aria-label="${t('el.upload.choose')} ${this.label}" @change=${chosen}></label>
        <label class="btn sm phone-only">${icon('camera')}${t('el.upload.photo')}<input class="sr" type="file" accept="image/*" capture="environment" aria-label="${t('el.upload.photo')} ${this.label}" @change=${chosen}></label><span class="small desk-only">${t('el.upload.drop')}</span></div>`}`;
  }
}

/** @param {number} bytes */
const size = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1_048_576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`);

customElements.define('zg-upload', ZgUpload);
