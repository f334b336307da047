// @ts-check
/** The form page: the first field is ready to type into, and who will be asked is shown before a document is submitted. Only wiring. */
import { sayNext, saySaid } from 'zg/dom.js';
import { askPath, changed } from '../el/path.js';

const whole = /** @type {import('zg/el/zg-form.js').ZgForm | null} */ (document.querySelector('zg-form'));
if (whole) whole.ask = async (submitter, body) => {
  const path = submitter?.dataset.path;
  const shown = path ? await askPath(path, body, submitter?.textContent?.trim() ?? '') : undefined;
  return shown === null ? null : shown ? { [submitter?.dataset.nest ? 'foreseen' : '_foreseen']: shown } : {};
};
whole?.addEventListener('zg-saved', (event) => {
  const said = changed(/** @type {CustomEvent} */ (event).detail);
  // The page of the record says it.
  if (said) sayNext(said);
});
// A document that was just made and opens to be completed says so here.
saySaid();
const form = document.querySelector('zg-form form');
customElements.whenDefined('zg-form').then(() => setTimeout(() => {
  if (document.activeElement !== document.body || matchMedia('(hover: none)').matches) return;
  /** @type {HTMLElement | null | undefined} */ ([...(form?.querySelectorAll('.field.required input:not([readonly])') ?? [])].find((one) => !/** @type {HTMLInputElement} */ (one).value) ?? form?.querySelector('.field input:not([readonly], [type=hidden])'))?.focus();
}, 60));
