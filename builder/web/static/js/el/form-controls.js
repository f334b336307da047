// @ts-check
/** Reading and filling the inputs that `_fields.html` draws. */
import { t } from '../model/i18n.js';
import { describe } from '../model/values.js';

/** @typedef {import('../model/values.js').Field} Field */

/** What the inputs of a field hold. @param {HTMLElement | null} box @param {Field} field */
export function readControl(box, field) {
  if (field.type === 'multi_choice') return [.../** @type {NodeListOf<HTMLInputElement>} */ (box?.querySelectorAll('input:checked') ?? [])].map((one) => one.value);
  const control = box?.querySelector('input, select, textarea');
  if (control instanceof HTMLInputElement && control.type === 'checkbox') return control.checked;
  return /** @type {HTMLInputElement | null} */ (control)?.value ?? '';
}

/** Shows a value. @param {HTMLElement} box @param {Field} field @param {any} value @param {string} text the value as people read it */
export function showControl(box, field, value, text) {
  const lookup = /** @type {any} */ (box.querySelector('zg-lookup'));
  const output = box.querySelector('output');
  const control = /** @type {HTMLInputElement | null} */ (box.querySelector('input, select, textarea'));
  const upload = /** @type {any} */ (box.querySelector('zg-upload, zg-signature'));
  if (upload) upload.files = value || [];
  else if (lookup) lookup.show(value || null);
  else if (output) output.value = field.type === 'boolean' || field.type === 'choice' ? describe(field, value, { yes: t('el.yes'), no: t('el.no'), empty: '' }) : text;
  else if (field.type === 'multi_choice') for (const one of /** @type {NodeListOf<HTMLInputElement>} */ (box.querySelectorAll('input'))) one.checked = (value || []).includes(one.value);
  else if (control?.type === 'checkbox') control.checked = value === true;
  else if (control instanceof HTMLSelectElement) control.value = value ?? '';
  else if (control && control.value !== text) control.value = text;
}

/** Hides cards in which no field is shown: a heading over nothing would only be asked about. @param {HTMLElement} form */
export function hideEmptyCards(form) {
  for (const card of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll('section.card'))) {
    const boxes = /** @type {HTMLElement[]} */ ([...card.querySelectorAll(':scope > .body > .form-grid > [data-field]')]);
    if (boxes.length) card.hidden = boxes.every((box) => box.hidden);
  }
}
