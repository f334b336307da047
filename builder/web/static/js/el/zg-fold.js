// @ts-check

/** `<zg-fold>` around a button `[aria-expanded]` and what it shows: on a phone that is folded until the button is pressed (attribute `open`); where there is
 * room everything is always there, and the button is not. */
export class ZgFold extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector('[aria-expanded]');
    if (!(button instanceof HTMLButtonElement) || button.dataset.folds) return;
    button.dataset.folds = 'yes';
    button.setAttribute('aria-expanded', String(this.hasAttribute('open')));
    button.addEventListener('click', () => {
      button.setAttribute('aria-expanded', String(this.toggleAttribute('open')));
    });
  }
}

customElements.define('zg-fold', ZgFold);
