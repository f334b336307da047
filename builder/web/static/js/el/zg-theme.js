// @ts-check
import { csrfToken } from '../dom.js';
import { send } from '../net.js';

/** `<zg-theme>` around buttons `data-prefer="theme|density|locale" value="…"`: applies the choice at once, keeps it in a
 * cookie (`zg_theme` …) and, for people who are signed in, sends `{[what]: value}` to the address in `meta[name=preferences]`. */
export class ZgTheme extends HTMLElement {
  connectedCallback() {
    this.addEventListener('click', (event) => {
      const button = /** @type {Element} */ (event.target).closest('[data-prefer]');
      if (button instanceof HTMLButtonElement) this.choose(button.dataset.prefer ?? '', button.value);
    });
  }

  /** @param {string} what @param {string} value */
  async choose(what, value) {
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `zg_${what}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
    for (const button of this.querySelectorAll(`[data-prefer="${what}"]`)) button.setAttribute('aria-pressed', String(/** @type {HTMLButtonElement} */ (button).value === value));
    if (what !== 'locale') {
      document.documentElement.dataset[what] = value;
      document.dispatchEvent(new CustomEvent('zg-theme', { detail: { what, value } }));
    }
    const address = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="preferences"]'))?.content;
    if (address && csrfToken()) await send(address, { body: { [what]: value } });
    if (what === 'locale') location.reload();
  }
}
customElements.define('zg-theme', ZgTheme);
