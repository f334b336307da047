// @ts-check
import { LitElement, html, nothing } from 'lit';
import { icon, takeData } from '../dom.js';
import { asItem, refusal, sizeText } from '../model/files.js';
import { t } from '../model/i18n.js';
import { lighter, sendFile } from '../upload.js';
import { openPictures } from './zg-gallery.js';

/** @typedef {import('../model/files.js').StoredFile} StoredFile */
/** @typedef {{key: number, name: string, size: number, part: number}} Sending */

let nextKey = 1;

/**
 * `<zg-upload name src entity accept max count kind readonly label describedby>`: choose, drop or photograph files. Each is sent at once as `POST src` (multipart: `entity`,
 * `field` = name, `file`) and waits there until a record names it. The JSON child holds the files that are there: `{id, name, size, url, picture}`.
 * `accept` are endings of names, `max` bytes of one file, `count` files; `kind` image draws pictures and makes large photographs lighter.
 * `files` may be read and set. Event `zg-files` (bubbles) after every change, detail the files. `settled()` waits for what is being sent.
 */
export class ZgUpload extends LitElement {
  static properties = {
    name: {}, src: {}, entity: {}, accept: {}, kind: {}, label: {}, describedby: {}, max: { type: Number }, count: { type: Number }, readonly: { type: Boolean },
    files: { state: true }, _sending: { state: true }, _over: { state: true }, _problems: { state: true },
  };

  constructor() {
    super();
    this.name = this.src = this.entity = this.accept = this.kind = this.label = this.describedby = '';
    this.max = this.count = 0;
    this.readonly = this._over = false;
    /** @type {StoredFile[]} */
    this.files = [];
    /** @type {Sending[]} */
    this._sending = [];
    /** @type {string[]} */
    this._problems = [];
    /** @type {Promise<unknown>} */
    this._work = Promise.resolve();
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    if (!this._ready) {
      this._ready = true;
      this.files = takeData(this, this.files);
    }
    super.connectedCallback();
  }

  /** Waits until nothing is being sent any more. */
  settled() {
    return this._work;
  }

  /** @param {Iterable<File>} given */
  add(given) {
    this._problems = [];
    const files = [...given];
    this._work = this._work.then(async () => {
      for (const file of files) await this._add(file);
    });
    return this._work;
  }

  /** @param {File} given */
  async _add(given) {
    const waiting = { key: nextKey++, name: given.name, size: given.size, part: 0 };
    const single = this.count === 1;
    const limits = { accept: this.accept, max: 0, count: this.count };
    const early = refusal(given, limits, single ? 0 : this.files.length + this._sending.length);
    if (early) return this._refuse(t(early.key, early.values));
    this._sending = [...this._sending, waiting];
    const { blob, name } = this.kind === 'image' ? await lighter(given) : { blob: given, name: given.name };
    const late = refusal({ name, size: blob.size }, { ...limits, max: this.max, count: 0 }, 0);
    const { file, problem } = late ? { file: null, problem: t(late.key, late.values) } : await sendFile(this.src, { entity: this.entity, field: this.name }, blob, name, (part) => {
      this._sending = this._sending.map((one) => (one.key === waiting.key ? { ...one, part } : one));
    });
    this._sending = this._sending.filter((one) => one.key !== waiting.key);
    if (!file) return this._refuse(problem);
    this._change(single ? [asItem(file)] : [...this.files, asItem(file)]);
  }

  /** @param {string} problem */
  _refuse(problem) {
    this._problems = [...this._problems, problem];
  }

  /** @param {StoredFile[]} files */
  _change(files) {
    this.files = files;
    this.dispatchEvent(new CustomEvent('zg-files', { detail: files, bubbles: true }));
  }

  /** @param {StoredFile} file */
  async _remove(file) {
    this._change(this.files.filter((one) => one !== file));
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('input[type=file]'))?.focus();
  }

  /** @param {DragEvent} event */
  _drop(event) {
    event.preventDefault();
    this._over = false;
    this.add(event.dataTransfer?.files ?? []);
  }

  /** @param {Event} event @param {StoredFile} file */
  _open(event, file) {
    event.preventDefault();
    openPictures(this.files.filter((one) => one.picture), file);
  }

  render() {
    return html`${this.files.length || this._sending.length ? html`<ul class="file-list" ?data-pictures=${this.kind === 'image'}>${this.files.map((file) => this._file(file))}${this._sending.map((one) => html`<li class="sending">${icon('upload')}<span class="name">${one.name}</span><progress max="1" .value=${one.part} aria-label=${t('el.upload.sending', { name: one.name })}></progress></li>`)}</ul>` : nothing}
      ${this.readonly || (this.count > 1 && this.files.length >= this.count) ? nothing : this._entry()}
      <div class="upload-problems" role="alert">${this._problems.map((one) => html`<p class="error">${one}</p>`)}</div>`;
  }

  /** @param {StoredFile} file */
  _file(file) {
    const picture = file.picture && file.url;
    return html`<li>${picture ? html`<a class="thumb" href=${file.url ?? ''} aria-label=${t('el.upload.open', { name: file.name })} @click=${(/** @type {Event} */ event) => this._open(event, file)}><img src=${file.url ?? ''} alt="" loading="lazy"></a>` : icon('paperclip')}
      ${file.url ? html`<a class="name" href=${file.url} download>${file.name}</a>` : html`<span class="name">${file.name}</span>`}<span class="count">${sizeText(file.size)}</span>${this.readonly ? nothing : this._button(file)}</li>`;
  }

  /** @param {StoredFile} file @returns {any} */
  _button(file) {
    return html`<button type="button" class="btn ghost icon-only sm danger" aria-label=${t('el.upload.remove', { name: file.name })} @click=${() => this._remove(file)}>${icon('x', 's')}</button>`;
  }

  _entry() {
    const chosen = (/** @type {any} */ event) => { this.add([...event.target.files]); event.target.value = ''; };
    const several = this.count !== 1;
    const described = this.describedby || nothing;
    const photo = !this.accept || /\.jpe?g/.test(this.accept);
    return html`<div class="dropzone ${this._over ? 'over' : ''}" @dragover=${(/** @type {Event} */ e) => { e.preventDefault(); this._over = true; }} @dragleave=${() => { this._over = false; }} @drop=${this._drop}>
      <label class="btn sm">${icon(this.kind === 'image' ? 'photo' : 'upload')}${t(this.kind === 'image' ? 'el.upload.choose_picture' : 'el.upload.choose')}<input class="sr" type="file" accept=${this.accept || nothing} ?multiple=${several} aria-describedby=${described} aria-label="${t(this.kind === 'image' ? 'el.upload.choose_picture' : 'el.upload.choose')} ${this.label}" @change=${chosen}></label>
      ${photo ? html`<label class="btn sm phone-only">${icon('camera')}${t('el.upload.photo')}<input class="sr" type="file" accept="image/jpeg,image/png" capture="environment" aria-label="${t('el.upload.photo')} ${this.label}" @change=${chosen}></label>` : nothing}
      <span class="small desk-only">${t('el.upload.drop')}</span>${several && this.count ? html`<span class="small count">${t('el.upload.most', { n: this.count, size: sizeText(this.max) })}</span>` : nothing}</div>`;
  }
}

customElements.define('zg-upload', ZgUpload);
