// @ts-check
import { html, render } from 'lit';
import { icon } from 'zg/dom.js';
import { t } from 'zg/model/i18n.js';
import { newKey, send } from 'zg/net.js';
import { confirmDialog } from 'zg/el/zg-dialog.js';

/** `<zg-tasks src>` around cards with a checkbox `data-task` (id) named by `data-title`: several are decided at once, each with a result of its
 * own in `[data-results]`. Buttons `data-batch` say which action; `[data-words]` holds one opinion for all. */
export class ZgTasks extends HTMLElement {
  connectedCallback() {
    this.addEventListener('change', (event) => {
      const box = /** @type {HTMLInputElement} */ (event.target);
      if (box.matches('[data-all]')) for (const one of this._boxes()) one.checked = box.checked;
      if (box.matches('[data-all], [data-task]')) this._count();
    });
    this.addEventListener('click', (event) => {
      const button = /** @type {Element} */ (event.target).closest('[data-batch]');
      if (button instanceof HTMLButtonElement) this._decide(button);
    });
    this._count();
  }

  /** @returns {HTMLInputElement[]} */
  _boxes() { return [...this.querySelectorAll('[data-task]')].map((one) => /** @type {HTMLInputElement} */ (one)); }

  _count() {
    const chosen = this._boxes().filter((one) => one.checked);
    const bar = this.querySelector('.batch');
    for (const button of bar?.querySelectorAll('[data-batch]') ?? []) /** @type {HTMLButtonElement} */ (button).disabled = !chosen.length;
    const count = bar?.querySelector('[data-count]');
    if (count) count.textContent = t('el.tasks.chosen', { n: chosen.length });
    const all = /** @type {HTMLInputElement | null} */ (this.querySelector('[data-all]'));
    if (all) all.checked = chosen.length > 0 && chosen.length === this._boxes().length;
  }

  /** @param {HTMLButtonElement} button */
  async _decide(button) {
    const chosen = this._boxes().filter((one) => one.checked);
    const label = button.textContent?.trim() ?? '';
    const sure = await confirmDialog(t('el.tasks.sure', { label, n: chosen.length }), { title: label, yes: label, danger: button.dataset.batch === 'reject' });
    if (!sure || !chosen.length) return;
    button.setAttribute('aria-busy', 'true');
    const opinion = /** @type {HTMLInputElement | null} */ (this.querySelector('[data-words]'))?.value.trim() ?? '';
    const answer = await send(this.getAttribute('src') ?? '', { body: { ids: chosen.map((one) => one.dataset.task), action: button.dataset.batch, opinion }, idempotencyKey: newKey() });
    button.removeAttribute('aria-busy');
    this._show(chosen, answer.ok ? answer.data.results : chosen.map((one) => ({ task: one.dataset.task, ok: false, error: answer.problem })));
  }

  /** @param {HTMLInputElement[]} chosen @param {{task: string, ok: boolean, error?: any}[]} results */
  _show(chosen, results) {
    const titles = new Map(chosen.map((one) => [one.dataset.task, one.dataset.title]));
    for (const one of results.filter((result) => result.ok)) this.querySelector(`[data-task="${one.task}"]`)?.closest('.task')?.remove();
    const place = this.querySelector('[data-results]');
    const failed = results.filter((one) => !one.ok).length;
    if (place instanceof HTMLElement) {
      render(html`<section class="card mb" aria-label=${t('el.tasks.results')}><div class="body"><h2>${t('el.tasks.done', { ok: results.length - failed, bad: failed })}</h2><ul class="results mt">${results.map((one) => html`<li><span class=${one.ok ? 'good' : 'bad'}>${icon(one.ok ? 'circle-check' : 'alert-circle')}</span><span><b>${titles.get(one.task)}</b> ${one.ok ? t('el.tasks.ok') : reasons(one.error)}</span></li>`)}</ul></div></section>`, place);
      place.scrollIntoView({ block: 'center' });
    }
    this._count();
  }
}

/** @param {any} error a problem document */
function reasons(error) {
  const more = (error?.errors ?? []).map((/** @type {{message: string}} */ one) => one.message);
  return more.length ? more.join(' ') : error?.title ?? '';
}
customElements.define('zg-tasks', ZgTasks);
