// @ts-check
/** Which rows of a long grid are drawn: those in view and some around them. Heights go through the CSSOM, for the CSP's sake. */

import { isNumeric } from '../model/values.js';

const ALL_UP_TO = 80;
const AROUND = 12;

export class RowWindow {
  /** @param {import('./zg-lines.js').ZgLines} grid */
  constructor(grid) {
    this.grid = grid;
    this.height = 0;
    this.start = 0;
    this.end = ALL_UP_TO;
    this._scrolled = () => this._move();
    this._resized = new ResizeObserver(() => this.grid.hasUpdated && this._widths());
  }

  connect() {
    addEventListener('scroll', this._scrolled, { passive: true, capture: true });
    this._resized.observe(this.grid);
    addEventListener('resize', this._scrolled, { passive: true });
  }

  disconnect() {
    removeEventListener('scroll', this._scrolled, { capture: true });
    this._resized.disconnect();
    removeEventListener('resize', this._scrolled);
  }

  /** @param {number} count @returns {{start: number, end: number, before: number, after: number}} heights of what is not drawn, in pixels */
  range(count) {
    if (count <= ALL_UP_TO) return { start: 0, end: count, before: 0, after: 0 };
    const height = this.height || 32;
    const end = Math.min(this.end, count);
    const start = Math.min(this.start, Math.max(0, end - 1));
    return { start, end, before: start * height, after: (count - end) * height };
  }

  get scroller() {
    return /** @type {HTMLElement} */ (this.grid.querySelector('.lines-scroll'));
  }

  /** After drawing: column widths, heights of the fillers, height of a row. */
  measure() {
    for (const filler of /** @type {NodeListOf<HTMLElement>} */ (this.grid.querySelectorAll('[data-height]'))) filler.style.height = `${filler.dataset.height}px`;
    this._widths();
    const rows = /** @type {NodeListOf<HTMLElement>} */ (this.grid.querySelectorAll('tbody > tr:not(.spacer)'));
    if (rows.length && this.grid.lines.rows.length > ALL_UP_TO) {
      const height = rows[0].getBoundingClientRect().height;
      if (height && Math.abs(height - this.height) > 0.5) {
        this.height = height;
        this._move();
      }
    }
  }

  /** Numbers get the width that they need; words share what is left, wide ones more of it. Headings are broken before the grid scrolls. */
  _widths() {
    const cols = /** @type {HTMLElement[]} */ ([...this.grid.querySelectorAll('col[data-width]')]);
    const inPixels = (/** @type {string | undefined} */ characters) => Number(characters) * 8.5 + 18;
    const inAll = (/** @type {number[]} */ widths) => widths.reduce((sum, width) => sum + width, 0);
    const whole = cols.map((col) => inPixels(col.dataset.width));
    const isTight = inAll(whole) + 80 > this.scroller.clientWidth;
    const wanted = isTight ? cols.map((col) => inPixels(col.dataset.least)) : whole;
    const total = inAll(wanted);
    this.scroller.classList.toggle('tight-heads', isTight);
    const words = cols.map((col, at) => (this.grid.lines.shown[at] && !isNumeric(this.grid.lines.shown[at]) ? wanted[at] : 0));
    const share = words.reduce((sum, width) => sum + width, 0);
    const spare = Math.max(0, this.scroller.clientWidth - total - 80);
    cols.forEach((col, at) => { col.style.width = `${Math.floor(wanted[at] + (share ? (spare * words[at]) / share : 0))}px`; });
    /** @type {HTMLElement} */ (this.grid.querySelector('.lines')).style.setProperty('--lines-width', `${Math.ceil(total + 80)}px`);
  }

  _view() {
    const scroller = this.scroller;
    const inside = scroller && getComputedStyle(scroller).overflowY !== 'visible';
    if (inside) return { top: scroller.scrollTop, visible: scroller.clientHeight };
    const body = this.grid.querySelector('tbody');
    return { top: -(body?.getBoundingClientRect().top ?? 0), visible: innerHeight };
  }

  _move() {
    const count = this.grid.lines.rows.length;
    if (count <= ALL_UP_TO || !this.height) return;
    const { top, visible } = this._view();
    const first = Math.max(0, Math.floor(top / this.height));
    const start = Math.max(0, Math.floor((first - AROUND) / 4) * 4);
    const end = Math.min(count, first + Math.ceil(visible / this.height) + AROUND);
    if (start === this.start && Math.abs(end - this.end) < 4) return;
    this.start = start;
    this.end = end;
    this.grid.requestUpdate();
  }

  /** Scrolls so that a row is drawn and in view. @param {number} row */
  async reveal(row) {
    const count = this.grid.lines.rows.length;
    if (count > ALL_UP_TO && this.height) {
      const { top, visible } = this._view();
      const at = row * this.height;
      if (at < top || at > top + visible - this.height * 3) {
        const inside = getComputedStyle(this.scroller).overflowY !== 'visible';
        const to = Math.max(0, at - visible / 2);
        if (inside) this.scroller.scrollTop = to;
        else scrollBy(0, to - top);
      }
      this._move();
      if (row < this.start || row >= this.end) {
        this.start = Math.max(0, row - AROUND);
        this.end = Math.min(count, row + AROUND * 2);
        this.grid.requestUpdate();
      }
    }
    await this.grid.updateComplete;
  }
}
