// @ts-check
import { html, render } from 'lit';
import { t } from '../model/i18n.js';
import { codeReader } from '../model/codes.js';
import './zg-dialog.js';

/** @typedef {import('./zg-dialog.js').ZgDialog} ZgDialog */

const PAUSE = 120;
/** The same code held before the camera counts once. */
const HELD = 1500;
const WIDEST = 1280;

/**
 * `<zg-scan>`: a dialog with the camera's picture. Every code that it reads is handed on; it stays open, so that one scans one thing after the other. `open(take)`
 * shows it; `take(code)` answers whether the code means something. It closes with Escape or its button, and lets the camera go.
 */
export class ZgScan extends HTMLElement {
  /** @param {(code: string) => Promise<boolean>} take */
  static open(take) {
    const element = /** @type {ZgScan} */ (document.createElement('zg-scan'));
    document.body.append(element);
    element.run(take);
    return element;
  }

  constructor() {
    super();
    this.count = 0;
    this.said = '';
    this.wrong = false;
    this.running = false;
    /** @type {MediaStream | null} */
    this.stream = null;
    this.last = { code: '', at: 0 };
  }

  /** @param {(code: string) => Promise<boolean>} take */
  async run(take) {
    this.running = true;
    const dialog = /** @type {ZgDialog} */ (document.createElement('zg-dialog'));
    dialog.setAttribute('label', t('el.scan.title'));
    const body = document.createElement('div');
    body.className = 'scan-view';
    dialog.append(body);
    this.append(dialog);
    this.body = body;
    dialog.open().then(() => this.stop());
    this._draw();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: WIDEST } } });
    } catch (error) {
      this._say(t(error instanceof DOMException && error.name === 'NotAllowedError' ? 'el.scan.denied' : 'el.scan.none'), true);
      return;
    }
    if (!this.running) { this.stop(); return; }
    await this._watch(take);
  }

  stop() {
    this.running = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.remove();
  }

  /** @param {(code: string) => Promise<boolean>} take */
  async _watch(take) {
    const video = /** @type {HTMLVideoElement} */ (this.body?.querySelector('video'));
    video.srcObject = this.stream;
    await video.play();
    const read = await codeReader();
    const frame = document.createElement('canvas');
    while (this.running) {
      if (video.videoWidth) {
        frame.width = video.videoWidth;
        frame.height = video.videoHeight;
        /** @type {CanvasRenderingContext2D} */ (frame.getContext('2d', { willReadFrequently: true })).drawImage(video, 0, 0);
        for (const code of await read(frame)) await this._found(code, take);
      }
      await new Promise((resolve) => { window.setTimeout(resolve, PAUSE); });
    }
  }

  /** @param {string} code @param {(code: string) => Promise<boolean>} take */
  async _found(code, take) {
    const now = performance.now();
    const isHeld = code === this.last.code && now - this.last.at < HELD;
    this.last = { code, at: now };
    if (isHeld) return;
    const known = await take(code);
    this.last.at = performance.now();
    navigator.vibrate?.(known ? 60 : [60, 80, 60]);
    if (known) this.count++;
    this._say(known ? t('el.scan.read', { n: this.count }) : t('el.scan.unknown', { code }), !known);
  }

  /** @param {string} text @param {boolean} wrong */
  _say(text, wrong) {
    this.said = text;
    this.wrong = wrong;
    this._draw();
  }

  _draw() {
    if (!this.body) return;
    render(html`<video muted playsinline aria-label=${t('el.scan.aim')}></video><p class="said ${this.wrong ? 'wrong' : ''}" role="status">${this.said || t('el.scan.aim')}</p>`, this.body);
  }
}
customElements.define('zg-scan', ZgScan);
