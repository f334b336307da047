// @ts-check
import { LitElement, html, nothing } from 'lit';
import { icon, takeData } from '../dom.js';
import { asItem } from '../model/files.js';
import { t } from '../model/i18n.js';
import { sendFile } from '../upload.js';

/** @typedef {import('../model/files.js').StoredFile} StoredFile */

const WIDTH = 720;
const HEIGHT = 240;
const REST = 600;
const INK = '#101828';
const PAPER = '#ffffff';

/**
 * `<zg-signature name src entity label person readonly>`: a sheet to sign on with a finger, a pen or a mouse; who can use none of them signs by typing: the name
 * of `person` is written. A moment after the last stroke the picture is sent as `POST src`, like `zg-upload` does. Paper is white and ink dark in every theme.
 * `files` (none or one) may be read and set. Event `zg-files` (bubbles), detail the files. `settled()` waits for what is being sent.
 */
export class ZgSignature extends LitElement {
  static properties = { name: {}, src: {}, entity: {}, label: {}, person: {}, readonly: { type: Boolean }, files: { state: true }, _signed: { state: true }, _problem: { state: true }, _again: { state: true } };

  constructor() {
    super();
    this.name = this.src = this.entity = this.label = this.person = this._problem = '';
    this.readonly = this._signed = this._again = false;
    /** @type {StoredFile[]} */
    this.files = [];
    /** @type {{x: number, y: number} | null} */
    this._last = null;
    this._timer = 0;
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

  get _canvas() {
    return this.querySelector('canvas');
  }

  /** Sends at once what was drawn and waits for it. */
  async settled() {
    if (this._timer) this._send();
    await this._work;
  }

  /** @param {PointerEvent} event */
  _place(event) {
    const canvas = /** @type {HTMLCanvasElement} */ (this._canvas);
    const box = canvas.getBoundingClientRect();
    return { x: ((event.clientX - box.left) * canvas.width) / box.width, y: ((event.clientY - box.top) * canvas.height) / box.height };
  }

  _pen() {
    const pen = /** @type {CanvasRenderingContext2D} */ (this._canvas?.getContext('2d'));
    if (!this._signed) {
      pen.fillStyle = PAPER;
      pen.fillRect(0, 0, WIDTH, HEIGHT);
    }
    Object.assign(pen, { strokeStyle: INK, fillStyle: INK, lineWidth: 4, lineCap: 'round', lineJoin: 'round' });
    this._signed = true;
    return pen;
  }

  /** @param {PointerEvent} event */
  _down(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    /** @type {Element} */ (event.target).setPointerCapture(event.pointerId);
    clearTimeout(this._timer);
    this._timer = 0;
    this._last = this._place(event);
    const pen = this._pen();
    pen.beginPath();
    pen.arc(this._last.x, this._last.y, 2, 0, Math.PI * 2);
    pen.fill();
  }

  /** @param {PointerEvent} event */
  _move(event) {
    if (!this._last) return;
    const pen = this._pen();
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const place = this._place(one);
      pen.beginPath();
      pen.moveTo(this._last.x, this._last.y);
      pen.lineTo(place.x, place.y);
      pen.stroke();
      this._last = place;
    }
  }

  _up() {
    if (!this._last) return;
    this._last = null;
    this._later();
  }

  _later() {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this._send(), REST);
  }

  _write() {
    this._wipe();
    const pen = this._pen();
    pen.font = 'italic 84px "Kaiti SC", KaiTi, STKaiti, "Segoe Script", cursive';
    pen.textBaseline = 'middle';
    pen.fillText(this.person, 40, HEIGHT / 2, WIDTH - 80);
    this._later();
  }

  _wipe() {
    clearTimeout(this._timer);
    this._timer = 0;
    this._canvas?.getContext('2d')?.clearRect(0, 0, WIDTH, HEIGHT);
    this._signed = false;
    this._problem = '';
  }

  _clear() {
    this._wipe();
    this._again = true;
    if (this.files.length) this._change([]);
  }

  _send() {
    clearTimeout(this._timer);
    this._timer = 0;
    this._work = this._work.then(() => this._sent());
  }

  async _sent() {
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => (this._canvas ? this._canvas.toBlob(resolve, 'image/png') : resolve(null)));
    if (!blob || !this._signed) return;
    const { file, problem } = await sendFile(this.src, { entity: this.entity, field: this.name }, blob, `${t('el.signature.file')}.png`);
    this._problem = problem;
    if (file && this._signed) this._change([asItem(file)]);
  }

  /** @param {StoredFile[]} files */
  _change(files) {
    this.files = files;
    this.dispatchEvent(new CustomEvent('zg-files', { detail: files, bubbles: true }));
  }

  render() {
    const [file] = this.files;
    const shown = file?.url && !this._signed;
    return html`<div class="signature">${shown ? html`<img src=${file.url ?? ''} alt=${t('el.signature.of', { label: this.label })}>` : this.readonly ? html`<span class="mute">–</span>` : html`<canvas width=${WIDTH} height=${HEIGHT} role="img" aria-label="${this.label}: ${t(this._signed ? 'el.signature.done' : 'el.signature.hint')}"
        @pointerdown=${this._down} @pointermove=${this._move} @pointerup=${this._up} @pointercancel=${this._up}></canvas>${this._signed ? nothing : html`<span class="hint" aria-hidden="true">${t('el.signature.hint')}</span>`}`}</div>
      ${this.readonly ? nothing : html`<div class="toolbar">${shown || this._signed ? html`<button type="button" class="btn sm" aria-label="${t('el.signature.clear')} ${this.label}" @click=${this._clear}>${icon('eraser')}${t('el.signature.clear')}</button>` : this.person ? html`<button type="button" class="btn sm" aria-label="${t('el.signature.write', { name: this.person })} ${this.label}" @click=${this._write}>${icon('keyboard')}${t('el.signature.write', { name: this.person })}</button>` : nothing}
        <span class="small mute" role="status">${file ? html`${icon('check', 's')}${t('el.signature.done')}` : nothing}</span></div>`}
      <div class="upload-problems" role="alert">${this._problem ? html`<p class="error">${this._problem}</p>` : nothing}</div>`;
  }
}

customElements.define('zg-signature', ZgSignature);
