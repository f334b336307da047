// @ts-check
/** Files in a cell of zg-lines: a button with their number, which opens them. */
import { html, render } from 'lit';
import { icon } from '../dom.js';
import { t } from '../model/i18n.js';
import { ZgDialog } from './zg-dialog.js';
import { ZgSignature } from './zg-signature.js';
import { ZgUpload } from './zg-upload.js';

/** @typedef {import('../model/values.js').Field} Field */
/** @typedef {import('../model/files.js').StoredFile} StoredFile */

export const FILES = new Set(['file', 'image', 'signature']);
const ICONS = { file: 'paperclip', image: 'photo', signature: 'signature' };

/** @param {Field} column @param {StoredFile[]} files @param {string} label of the cell @param {boolean} closed @param {(files: StoredFile[]) => void} changed @param {number} at @param {boolean} invalid */
export function filesButton(column, files, label, closed, changed, at, invalid) {
  const words = files.length ? t('el.upload.count', { n: files.length }) : t('el.upload.none');
  return html`<button type="button" class="cell files ${invalid ? 'invalid' : ''}" data-row=${at} data-col=${column.key} ?disabled=${closed && !files.length} aria-label="${label}: ${words}" @click=${() => openFiles(column, files, label, closed, changed)}>${icon(ICONS[/** @type {'file'} */ (column.type)], 's')}${files.length || ''}</button>`;
}

/** @param {Field} column @param {StoredFile[]} files @param {string} label @param {boolean} closed @param {(files: StoredFile[]) => void} changed */
async function openFiles(column, files, label, closed, changed) {
  const element = column.type === 'signature' ? new ZgSignature() : new ZgUpload();
  const more = /** @type {any} */ (column);
  Object.assign(element, { name: column.key, src: more.uploadUrl, entity: more.entity, accept: more.accept, max: more.maxSize, count: more.maxCount, kind: column.type, person: more.person ?? '', readonly: closed, label: column.label, files });
  element.addEventListener('zg-files', (event) => changed(/** @type {CustomEvent} */ (event).detail));
  const dialog = /** @type {ZgDialog} */ (document.createElement('zg-dialog'));
  dialog.setAttribute('label', label);
  const close = document.createElement('button');
  Object.assign(close, { type: 'button', className: 'btn primary', slot: 'footer' });
  close.dataset.close = '';
  render(html`${t('ui.ok')}`, close);
  dialog.append(element, close);
  document.body.append(dialog);
  await dialog.open();
  await element.settled();
  dialog.remove();
}
