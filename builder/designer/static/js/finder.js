// @ts-check
/** Ctrl-K: a dialog that finds any definition by its name or key and goes there. */
import { html, render } from 'lit';
import { askDialog } from 'zg/el/zg-dialog.js';
import { send } from 'zg/net.js';

/** @typedef {{label: string, note: string, url: string}} Hit */

let isOpen = false;

/** @param {HTMLElement} bench */
export async function openFinder(bench) {
  if (isOpen) return;
  isOpen = true;
  const words = bench.dataset.findLabel ?? '';
  await askDialog({
    label: words, body: html`<input class="input" type="search" id="finder" aria-label=${words} autocomplete="off"><ul class="rows slim finder" aria-live="polite"></ul>`, buttons: [], size: '',
    connected: (dialog) => listen(dialog, bench),
  });
  isOpen = false;
}

/** @param {HTMLElement} dialog @param {HTMLElement} bench */
function listen(dialog, bench) {
  const input = /** @type {HTMLInputElement} */ (dialog.querySelector('#finder'));
  const list = /** @type {HTMLElement} */ (dialog.querySelector('.finder'));
  let asked = 0;
  input.addEventListener('input', async () => {
    const mine = ++asked;
    const answer = await send(`${bench.dataset.find}?q=${encodeURIComponent(input.value)}`);
    if (mine === asked && answer.ok) show(list, answer.data.items, input.value ? bench.dataset.findNone ?? '' : '');
  });
  dialog.addEventListener('keydown', (event) => step(event, dialog, input));
  requestAnimationFrame(() => input.focus());
}

/** @param {HTMLElement} list @param {Hit[]} hits @param {string} none */
function show(list, hits, none) {
  const rows = hits.map((hit) => html`<li><a href=${hit.url}><span class="what"><span>${hit.label}</span><small>${hit.note}</small></span></a></li>`);
  render(rows.length ? rows : html`<li class="p mute">${none}</li>`, list);
}

/** Arrows go through what was found, Enter in the field takes the first. @param {KeyboardEvent} event @param {HTMLElement} dialog @param {HTMLInputElement} input */
function step(event, dialog, input) {
  const links = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll('.finder a')]);
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (event.key === 'Enter' && event.target === input && !event.isComposing) { event.preventDefault(); links[0]?.click(); }
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || !links.length) return;
  event.preventDefault();
  const next = at + by;
  (next < 0 ? input : links[Math.min(next, links.length - 1)]).focus();
}
