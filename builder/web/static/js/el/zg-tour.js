// @ts-check
import { html, render } from 'lit';
import { uniqueId } from '../dom.js';
import { send } from '../net.js';

/** @typedef {{title: string, text: string, target: string}} Step */

/**
 * `<zg-tour>` around an invitation with `button[data-tour="start"]` and `button[data-tour="skip"]`: shows the steps of a first-run tour beside what
 * each is about, and tells the server once that it was seen (`done`) or is not wanted (`skipped`).
 *
 * Data contract. A JSON script: `{url, role, steps: [{title, text, target}], words: {label, next, back, finish, skip, of}}`; `target` is a list of
 * selectors, of which the first that is visible is shown. Keys: arrows, Enter, Escape. Event `zg-tour`, detail the outcome.
 */
export class ZgTour extends HTMLElement {
  connectedCallback() {
    if (this.body) return;
    this.body = JSON.parse(this.querySelector('script')?.textContent ?? '{}');
    /** @type {number} */
    this.at = 0;
    this.hidden = false;
    this.addEventListener('click', (event) => {
      const deed = /** @type {Element} */ (event.target).closest('[data-tour]')?.getAttribute('data-tour');
      if (deed === 'start') this.start();
      else if (deed === 'skip') this.finish('skipped');
    });
  }

  disconnectedCallback() {
    this.dialog?.remove();
  }

  start() {
    const dialog = document.createElement('dialog');
    dialog.className = 'tour';
    dialog.setAttribute('aria-labelledby', (this.heading = uniqueId('tour')));
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.finish('skipped');
    });
    dialog.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowRight' || event.key === 'ArrowDown') this.go(1);
      else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') this.go(-1);
    });
    this.dialog = dialog;
    document.body.append(dialog);
    dialog.showModal();
    this.show();
  }

  /** @param {number} by */
  go(by) {
    const next = this.at + by;
    if (next >= this.body.steps.length) this.finish('done');
    else if (next >= 0) {
      this.at = next;
      this.show();
    }
  }

  show() {
    const { steps, words } = this.body;
    /** @type {Step} */
    const step = steps[this.at];
    const last = this.at === steps.length - 1;
    const counted = words.of.replace('{n}', String(this.at + 1)).replace('{all}', String(steps.length));
    render(
      html`<p class="mute small">${words.label} · ${counted}</p>
        <h2 id=${this.heading}>${step.title}</h2>
        <p aria-live="polite">${step.text}</p>
        <footer class="row"><button type="button" class="btn sm ghost" @click=${() => this.finish('skipped')} ?hidden=${last}>${words.skip}</button><span class="grow"></span>
        <button type="button" class="btn sm" @click=${() => this.go(-1)} ?disabled=${this.at === 0}>${words.back}</button>
        <button type="button" class="btn sm primary" data-next @click=${() => this.go(1)}>${last ? words.finish : words.next}</button></footer>`,
      /** @type {HTMLElement} */ (this.dialog),
    );
    this.point(step.target);
    /** @type {HTMLElement | null | undefined} */ (this.dialog?.querySelector('[data-next]'))?.focus();
  }

  /** Marks what the step is about and stands beside it; in the middle where it is about nothing that can be seen. @param {string} selectors */
  point(selectors) {
    this.pointed?.classList.remove('tour-target');
    this.pointed = selectors ? [...document.querySelectorAll(selectors)].find((one) => one.getClientRects().length) : undefined;
    const box = /** @type {HTMLDialogElement} */ (this.dialog);
    box.removeAttribute('style');
    box.toggleAttribute('data-middle', !this.pointed);
    if (!this.pointed) return;
    this.pointed.classList.add('tour-target');
    this.pointed.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const there = this.pointed.getBoundingClientRect();
    const own = box.getBoundingClientRect();
    const gap = 12;
    const right = there.right + gap + own.width <= innerWidth;
    const left = right ? there.right + gap : Math.min(Math.max(gap, there.left), innerWidth - own.width - gap);
    const top = right ? there.top : there.bottom + gap + own.height <= innerHeight ? there.bottom + gap : there.top - own.height - gap;
    box.style.left = `${Math.max(gap, left)}px`;
    box.style.top = `${Math.min(Math.max(gap, top), Math.max(gap, innerHeight - own.height - gap))}px`;
  }

  /** @param {'done' | 'skipped'} outcome */
  async finish(outcome) {
    this.pointed?.classList.remove('tour-target');
    this.dialog?.close();
    this.dialog?.remove();
    this.hidden = true;
    this.dispatchEvent(new CustomEvent('zg-tour', { detail: outcome, bubbles: true }));
    await send(this.body.url, { body: { role: this.body.role, outcome } });
  }
}
customElements.define('zg-tour', ZgTour);
