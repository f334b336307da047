// @ts-check
import { html, nothing, render } from 'lit';
import { hidePanel, icon, showPanel, uniqueId } from '../dom.js';
import { browserToday, monthGrid, moveMonth, readDate, readDateTime, readTime } from '../model/dates.js';
import { t } from '../model/i18n.js';

/**
 * `<zg-date kind="date|datetime|time" today>` around an `<input>` that the server drew (in an `.input-group`): reads shorthand (`1125`, `+3`, `t`, `9-1`)
 * on leaving, adds a calendar. The input keeps its name and holds ISO (`2026-11-25`, `2026-11-25 09:30`, `09:30`); unreadable text is marked invalid.
 * Not the browser's own date field: that one follows the browser's language instead of the page's.
 */
export class ZgDate extends HTMLElement {
  connectedCallback() {
    this.input = /** @type {HTMLInputElement} */ (this.querySelector('input'));
    if (!this.input || this.panel) return;
    const kind = (this.kind = this.getAttribute('kind') ?? 'date');
    this.today = this.getAttribute('today') || browserToday();
    this.input.addEventListener('change', () => this._read());
    if (kind === 'time' || this.input.readOnly) return;
    const group = /** @type {HTMLElement} */ (this.input.parentElement);
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'btn icon-only', tabIndex: -1 });
    button.setAttribute('aria-label', t('el.date.open'));
    render(icon('calendar-event'), button);
    group.append(button);
    this.panel = document.createElement('div');
    this.panel.className = 'options calendar';
    this.panel.popover = 'auto';
    this.panel.id = uniqueId('calendar');
    this.append(this.panel);
    button.addEventListener('click', () => this.open());
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown' && event.altKey) { event.preventDefault(); this.open(); }
    });
    this.panel.addEventListener('keydown', (event) => this._keys(event));
  }

  _read() {
    const input = /** @type {HTMLInputElement} */ (this.input);
    const read = { date: readDate, datetime: readDateTime, time: readTime }[/** @type {'date'} */ (this.kind)];
    const value = read(input.value, this.today ?? '');
    if (value === null) input.setAttribute('aria-invalid', 'true');
    else {
      input.removeAttribute('aria-invalid');
      input.value = value;
    }
  }

  open() {
    const day = readDate((this.input?.value ?? '').slice(0, 10), this.today ?? '') || (this.today ?? '');
    this.cursor = day;
    this._draw(Number(day.slice(0, 4)), Number(day.slice(5, 7)));
    showPanel(/** @type {HTMLElement} */ (this.panel), /** @type {HTMLElement} */ (this.input?.parentElement));
    this._focusDay(day);
  }

  /** @param {string} day */
  _focusDay(day) {
    const button = this.panel?.querySelector(`[data-day="${day}"]`);
    if (button instanceof HTMLElement) button.focus();
  }

  /** @param {string} day */
  _choose(day) {
    const input = /** @type {HTMLInputElement} */ (this.input);
    const clock = this.kind === 'datetime' ? ` ${input.value.slice(11) || '00:00'}` : '';
    input.value = day + clock;
    hidePanel(this.panel);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
    input.focus();
  }

  /** @param {KeyboardEvent} event */
  _keys(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const day = /** @type {HTMLElement} */ (event.target).dataset.day;
    if (!step || !day) return;
    event.preventDefault();
    const next = readDate(String(step > 0 ? `+${step}` : step), day) ?? day;
    this._draw(Number(next.slice(0, 4)), Number(next.slice(5, 7)));
    this._focusDay(next);
  }

  /** @param {number} year @param {number} month */
  _draw(year, month) {
    const chosen = (this.input?.value ?? '').slice(0, 10);
    const move = (/** @type {number} */ by) => { const to = moveMonth(year, month, by); this._draw(to.year, to.month); };
    const names = [...t('el.date.weekdays')];
    render(html`<div class="calendar-head"><button type="button" class="btn ghost icon-only sm" aria-label=${t('el.date.previous')} @click=${() => move(-1)}>${icon('chevron-left', 's')}</button><b aria-live="polite">${t('el.date.title', { year, month })}</b>
      <button type="button" class="btn ghost icon-only sm" aria-label=${t('el.date.next')} @click=${() => move(1)}>${icon('chevron-right', 's')}</button><button type="button" class="btn sm" @click=${() => this._choose(this.today ?? '')}>${t('el.date.today')}</button></div>
      <table><thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${monthGrid(year, month).map((week) => html`<tr>${week.map(({ day, date, inside }) => html`<td><button type="button" class=${inside ? '' : 'out'} data-day=${day}
        aria-label=${day} aria-current=${day === this.today ? 'date' : nothing} aria-pressed=${day === chosen} @click=${() => this._choose(day)}>${date}</button></td>`)}</tr>`)}</tbody></table>`, /** @type {HTMLElement} */ (this.panel));
  }
}
customElements.define('zg-date', ZgDate);
