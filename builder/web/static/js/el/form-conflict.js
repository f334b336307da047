// @ts-check
import { html } from 'lit';
import { merge } from '../model/form.js';
import { t } from '../model/i18n.js';
import { describe } from '../model/values.js';
import { askDialog } from './zg-dialog.js';

/** Somebody else saved first: shows mine and theirs per field and puts the choice into the form, on top of their version.
 * @param {import('./zg-form.js').ZgForm} form @param {Record<string, any>} current their record: `version` and fields as the API writes them @returns {Promise<boolean>} whether to save again */
export async function solveConflict(form, current) {
  const { header } = form;
  const fields = header.fields.filter((field) => !field.formula && !field.readOnly);
  const keys = fields.map((field) => field.key);
  const theirs = Object.fromEntries(keys.map((key) => [key, current[key] ?? '']));
  const { merged, conflicts, taken } = merge(keys, header.base, header.values, theirs);
  const empty = { yes: t('el.yes'), no: t('el.no'), empty: t('el.conflict.empty') };
  /** @type {Record<string, string>} */
  const choice = {};
  const shown = fields.filter((field) => conflicts.includes(field.key) || taken.includes(field.key));
  const side = (/** @type {any} */ field, /** @type {'mine' | 'theirs'} */ who, /** @type {any} */ value) => html`<label><input type="radio" name="c-${field.key}" value=${who} .checked=${who === (conflicts.includes(field.key) ? 'mine' : 'theirs')} @change=${() => { choice[field.key] = who; }}><span>${describe(field, value, empty)}</span></label>`;
  const body = html`<p class="mb">${t('el.conflict.text')}</p><table class="table wrap conflict"><thead><tr><th>${t('el.conflict.field')}</th><th>${t('el.conflict.mine')}</th><th>${t('el.conflict.theirs')}</th></tr></thead>
    <tbody>${shown.map((field) => html`<tr><th scope="row">${field.label}</th><td>${side(field, 'mine', header.values[field.key])}</td><td>${side(field, 'theirs', theirs[field.key])}</td></tr>`)}
    ${form.grids.filter((grid) => Array.isArray(current[grid.name])).map((grid) => html`<tr><th scope="row">${grid.label}</th><td><label><input type="radio" name="c-${grid.name}" checked @change=${() => { choice[grid.name] = 'mine'; }}>${t('el.conflict.lines', { n: grid.value.length })}</label></td>
      <td><label><input type="radio" name="c-${grid.name}" @change=${() => { choice[grid.name] = 'theirs'; }}>${t('el.conflict.lines', { n: current[grid.name].length })}</label></td></tr>`)}</tbody></table>`;
  const answer = await askDialog({
    label: t('el.conflict.title'), size: 'wide', body,
    buttons: [{ answer: '', label: t('ui.cancel') }, { answer: 'theirs', label: t('el.conflict.take_all_theirs'), look: 'danger' }, { answer: 'save', label: t('el.conflict.save'), look: 'primary' }],
  });
  if (!answer) return false;
  if (answer === 'theirs') {
    form.draft?.drop();
    form.touched = false;
    location.reload();
    return false;
  }
  for (const key of Object.keys(choice)) if (key in merged) merged[key] = choice[key] === 'mine' ? header.values[key] : theirs[key];
  // Their version is what ours is compared with from here on.
  header.base = theirs;
  form.setAttribute('version', String(current.version));
  const lines = Object.fromEntries(form.grids.filter((grid) => choice[grid.name] === 'theirs').map((grid) => [grid.name, current[grid.name]]));
  form.restore({ values: merged, lines });
  return true;
}
