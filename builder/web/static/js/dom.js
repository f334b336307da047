// @ts-check
/** Small things that every element needs: icons, data blocks, floating panels. */
import { html, nothing } from 'lit';
import { t } from './model/i18n.js';

/** @param {string} name */
const meta = (name) => /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name="${name}"]`));

/** Address of a static file. @param {string} name */
export const asset = (name) => (meta('static')?.content ?? '/static/') + name;
export const csrfToken = () => meta('csrf')?.content ?? '';
export const nonce = () => meta('csp-nonce')?.nonce ?? '';
export const locale = () => document.documentElement.lang || 'zh-CN';

/** An icon of the sprite. @param {string} name @param {string} [size] '', 's' or 'l' */
export const icon = (name, size = '') => html`<svg class="icon ${size}" aria-hidden="true"><use href="${asset('icons.svg')}#${name}"></use></svg>`;

/** Opens, beside what is being typed, the record that a problem is about. @param {string | undefined} href */
export const about = (href) => (href?.startsWith('/a/') ? html` <a href=${href} target="_blank">${t('el.problem.open')}</a>` : nothing);

/** The JSON that the page gave an element in a `<script type="application/json">` child; the child is taken out.
 * @template T @param {HTMLElement} element @param {T} fallback @returns {T} */
export function takeData(element, fallback) {
  const block = element.querySelector(':scope > script[type="application/json"]');
  if (!block) return fallback;
  block.remove();
  return JSON.parse(block.textContent || 'null') ?? fallback;
}

/** Puts a floating panel under (or, without room, over) its anchor, inside the window. The panel is in the top layer
 * where the browser has popovers, so that no scrolling container cuts it. @param {HTMLElement} panel @param {HTMLElement} anchor */
export function showPanel(panel, anchor) {
  if (panel.showPopover && !panel.matches(':popover-open')) panel.showPopover();
  const at = anchor.getBoundingClientRect();
  panel.style.minWidth = `${Math.max(at.width, 220)}px`;
  const { width, height } = panel.getBoundingClientRect();
  const below = innerHeight - at.bottom;
  const top = below < height + 8 && at.top > below ? Math.max(8, at.top - height - 3) : at.bottom + 3;
  panel.style.top = `${top}px`;
  panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
}

/** @param {HTMLElement | null | undefined} panel */
export function hidePanel(panel) {
  if (panel?.hidePopover && panel.matches(':popover-open')) panel.hidePopover();
}

/** Shows words at the bottom of the page. @param {string} text @param {{kind?: 'ok'|'bad'|'warn'|'info', action?: string, onAction?: () => void, href?: string, links?: {text: string, href: string}[]}} [options] */
export function toast(text, options = {}) {
  document.dispatchEvent(new CustomEvent('zg-toast', { detail: { text, ...options } }));
}

const SAID = 'zg-said';

/** What the next page says first. @param {string} text @param {{text: string, href: string}[]} [links] */
export function sayNext(text, links = []) {
  sessionStorage.setItem(SAID, JSON.stringify({ text, links }));
}

/** Says what the page before left to be said, once. */
export function saySaid() {
  const said = sessionStorage.getItem(SAID);
  sessionStorage.removeItem(SAID);
  if (!said) return;
  const { text, links } = JSON.parse(said);
  customElements.whenDefined('zg-toast').then(() => setTimeout(() => toast(text, { kind: 'ok', links })));
}

let counter = 0;
/** An id that nothing else on the page has. @param {string} prefix */
export const uniqueId = (prefix) => `${prefix}-${++counter}`;
