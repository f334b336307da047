// @ts-check
import { html, render } from 'lit';
import { icon, uniqueId } from '../dom.js';
import { t } from '../model/i18n.js';

/**
 * `<zg-dialog id label size>`: a modal dialog around its children; children with `slot="footer"` become the footer.
 *
 * Data contract. Attributes: `label` (heading), `size` (`small`, `wide` or nothing), `open`. Any element with `data-dialog="<id>"` opens it;
 * inside, `data-close="<answer>"` closes it. `open()` answers a promise of what was answered ('' for Escape). Event `zg-close`, detail the answer.
 */
export class ZgDialog extends HTMLElement {
  connectedCallback() {
    if (this.dialog) return;
    const id = uniqueId('dialog');
    const children = [...this.childNodes];
    const dialog = document.createElement('dialog');
    dialog.className = `dialog ${this.getAttribute('size') ?? ''}`;
    dialog.setAttribute('aria-labelledby', id);
    const header = document.createElement('header');
    render(html`<h2 id=${id}>${this.getAttribute('label') ?? ''}</h2><button type="button" class="btn ghost icon-only sm" data-close aria-label=${t('el.dialog.close')}>${icon('x')}</button>`, header);
    const body = document.createElement('div');
    body.className = 'body';
    const footer = document.createElement('footer');
    for (const child of children) (child instanceof Element && child.slot === 'footer' ? footer : body).append(child);
    dialog.append(header, body, ...(footer.children.length ? [footer] : []));
    dialog.addEventListener('click', (event) => this._click(event));
    dialog.addEventListener('close', () => this._closed());
    this.dialog = dialog;
    /** @type {((answer: string) => void)[]} */
    this.waiting = [];
    this.append(dialog);
    if (this.hasAttribute('open')) this.open();
  }

  /** @returns {Promise<string>} */
  open() {
    if (!this.dialog?.open) {
      if (this.dialog) this.dialog.returnValue = '';
      this.dialog?.showModal();
    }
    return new Promise((resolve) => this.waiting?.push(resolve));
  }

  /** @param {string} [answer] */
  close(answer = '') {
    this.dialog?.close(answer);
  }

  /** @param {MouseEvent} event */
  _click(event) {
    const button = /** @type {Element} */ (event.target).closest('[data-close]');
    if (button instanceof HTMLElement) this.close(button.dataset.close ?? '');
    else if (event.target === this.dialog) this._outside(event);
  }

  /** A click on the backdrop closes; one inside the box (its padding) does not. @param {MouseEvent} event */
  _outside(event) {
    const box = /** @type {HTMLElement} */ (this.dialog).getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) this.close();
  }

  _closed() {
    const answer = this.dialog?.returnValue ?? '';
    for (const resolve of this.waiting?.splice(0) ?? []) resolve(answer);
    this.dispatchEvent(new CustomEvent('zg-close', { detail: answer, bubbles: true }));
  }
}

document.addEventListener('click', (event) => {
  const opener = /** @type {Element} */ (event.target).closest('[data-dialog]');
  if (!(opener instanceof HTMLElement)) return;
  const dialog = document.getElementById(opener.dataset.dialog ?? '');
  if (dialog instanceof ZgDialog) dialog.open();
});

/** Builds a dialog, shows it, answers what was chosen and takes it away again.
 * @param {{label: string, body: unknown, buttons: {answer: string, label: string, look?: string}[], size?: string, connected?: (dialog: ZgDialog) => void}} given `body` is a Lit template or text */
export async function askDialog({ label, body, buttons, size = 'small', connected }) {
  const dialog = document.createElement('zg-dialog');
  dialog.setAttribute('label', label);
  dialog.setAttribute('size', size);
  const content = document.createElement('div');
  render(body, content);
  const row = buttons.map(({ answer, label: words, look }) => {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: `btn ${look ?? ''}`, textContent: words, slot: 'footer' });
    button.dataset.close = answer;
    return button;
  });
  dialog.append(content, ...row);
  document.body.append(dialog);
  connected?.(/** @type {ZgDialog} */ (dialog));
  const answer = await /** @type {ZgDialog} */ (dialog).open();
  dialog.remove();
  return answer;
}

/** @param {string} text @param {{yes?: string, danger?: boolean, title?: string}} [options] @returns {Promise<boolean>} */
export async function confirmDialog(text, { yes = t('ui.ok'), danger = false, title = '' } = {}) {
  const answer = await askDialog({
    label: title || text,
    body: title ? text : '',
    buttons: [{ answer: '', label: t('ui.cancel') }, { answer: 'yes', label: yes, look: danger ? 'danger' : 'primary' }],
  });
  return answer === 'yes';
}

customElements.define('zg-dialog', ZgDialog);
