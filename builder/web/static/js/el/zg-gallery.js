// @ts-check
import { html, nothing, render } from 'lit';
import { icon } from '../dom.js';
import { t } from '../model/i18n.js';

/** @typedef {import('../model/files.js').StoredFile} StoredFile */

/**
 * `<zg-gallery>` around links to pictures (`<a href data-picture="name">`): a click shows the picture large, over the page, arrow keys go on to the next, Escape goes back.
 * Without a script the links save the pictures.
 */
export class ZgGallery extends HTMLElement {
  connectedCallback() {
    this.addEventListener('click', (event) => {
      const link = /** @type {Element} */ (event.target).closest('a[data-picture]');
      if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const links = /** @type {HTMLAnchorElement[]} */ ([...this.querySelectorAll('a[data-picture]')]);
      const files = links.map((one) => ({ id: one.href, name: one.dataset.picture ?? '', size: 0, url: one.href }));
      openPictures(files, files[links.indexOf(link)]);
    });
  }
}

/** Shows pictures over the page, beginning with one of them. @param {StoredFile[]} files @param {StoredFile} first */
export function openPictures(files, first) {
  const dialog = document.createElement('dialog');
  dialog.className = 'lightbox';
  let at = Math.max(0, files.indexOf(first));
  const go = (/** @type {number} */ by) => { at = (at + by + files.length) % files.length; draw(); };
  const draw = () => {
    const file = files[at];
    dialog.setAttribute('aria-label', file.name);
    render(html`<figure><img src=${file.url ?? ''} alt=${file.name}></figure>
      <div class="bar"><span class="name">${file.name}</span>${files.length > 1 ? html`<span class="count" aria-live="polite">${at + 1} / ${files.length}</span>` : nothing}
      ${files.length > 1 ? html`<button type="button" class="btn icon-only" aria-label=${t('el.gallery.previous')} @click=${() => go(-1)}>${icon('chevron-left')}</button><button type="button" class="btn icon-only" aria-label=${t('el.gallery.next')} @click=${() => go(1)}>${icon('chevron-right')}</button>` : nothing}
      <a class="btn icon-only" href=${file.url ?? ''} download aria-label=${t('el.gallery.save', { name: file.name })}>${icon('download')}</a><button type="button" class="btn icon-only" aria-label=${t('el.dialog.close')} @click=${() => dialog.close()}>${icon('x')}</button></div>`, dialog);
  };
  draw();
  dialog.addEventListener('keydown', (event) => {
    if (files.length > 1 && event.key === 'ArrowRight') go(1);
    if (files.length > 1 && event.key === 'ArrowLeft') go(-1);
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog || /** @type {Element} */ (event.target).tagName === 'FIGURE') dialog.close(); });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

customElements.define('zg-gallery', ZgGallery);
