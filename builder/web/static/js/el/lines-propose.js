// @ts-check
/** Lines that zg-lines fills in: what is open, in its order. Those of a new document come by themselves, until somebody changes one. */
import { toast } from '../dom.js';
import { t } from '../model/i18n.js';
import { fillUrl } from '../model/values.js';
import { send } from '../net.js';

/** @typedef {import('./zg-lines.js').ZgLines} ZgLines */
/** `url` has slots of header fields, `column` takes the records. @typedef {{url: string, label: string, column: string, auto: boolean}} Proposal */

const REST = 400;

/** Proposes lines to one grid. */
export class Proposing {
  /** @param {ZgLines} grid @param {Proposal} plan */
  constructor(grid, plan) {
    this.grid = grid;
    this.plan = plan;
    this.asked = fillUrl(plan.url, {}, {});
    /** What the lines were when they were last filled in: whoever changes them goes on alone. */
    this.last = plan.auto ? '[]' : '';
    this.timer = 0;
  }

  /** The header says something else. */
  follow() {
    const url = fillUrl(this.plan.url, {}, this.grid.parentValues);
    if (url === this.asked || !this._untouched()) return;
    this.asked = url;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this._fill(url, true), REST);
  }

  /** Somebody asks for them, whatever stands there. */
  press() {
    this.asked = fillUrl(this.plan.url, {}, this.grid.parentValues);
    return this._fill(this.asked, false);
  }

  _untouched() {
    return JSON.stringify(this.grid.value) === this.last;
  }

  /** @param {string} url @param {boolean} alone nobody asked for it */
  async _fill(url, alone) {
    const { ok, data } = await send(url);
    if (!ok || this.asked !== url || (alone && !this._untouched())) return;
    const { lines } = this.grid;
    const before = lines.rows;
    if (!data.items.length && alone && !before.length) return;
    lines.replaceAll(data.items.map((/** @type {any} */ item) => lines.compute(lines.withItem(lines.blank(), this.plan.column, item))));
    const typed = this._typed(before);
    this.last = JSON.stringify(this.grid.value);
    this.grid.changed();
    this.grid.say(data.items.length ? t('el.lines.proposed', { n: data.items.length }) : t('el.lines.proposed_none'), !data.items.length);
    if (typed && !alone) toast(t('el.lines.proposed', { n: data.items.length }), { action: t('el.lines.undo'), onAction: () => { lines.replaceAll(before); this.grid.changed(); } });
  }

  /** Whether there was something that somebody may want back. @param {import('../model/lines.js').Row[]} rows */
  _typed(rows) {
    return rows.some((row) => !this.grid.lines.isBlank(row));
  }
}
