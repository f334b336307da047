// @ts-check
import { html, nothing } from 'lit';
import { icon } from 'zg/dom.js';
import { t } from 'zg/model/i18n.js';
import { send } from 'zg/net.js';
import { askDialog } from 'zg/el/zg-dialog.js';

/** @typedef {{uid: string, kind: string, label: string, note: string, people: {id: string, name: string}[]}} Step */
/** @type {Record<string, string>} */
const ICONS = { approver: 'user-check', cc: 'send', auto: 'bolt', wait: 'hourglass' };
/** @type {Record<string, string>} */
const COLOURS = { approver: 'orange', cc: 'blue', auto: 'purple', wait: 'gray' };

/** Shows who will be asked before a document is submitted. Where nobody will be, nothing is shown; what is wrong with the document is said
 * when it is submitted.
 * @param {string} url @param {Record<string, any>} body @param {string} label what the button that submits is called
 * @returns {Promise<Record<string, string[]> | null | undefined>} whom the person was shown, by step; undefined where nothing was; null for "no" */
export async function askPath(url, body, label) {
  const answer = await send(url, { body });
  const steps = /** @type {Step[]} */ (answer.ok ? answer.data?.steps ?? [] : []);
  if (!steps.length) return undefined;
  const list = html`<p class="mb">${t('el.path.text')}</p><ol class="path">${steps.map((step) => html`<li><span class="glyph s" data-colour=${COLOURS[step.kind] ?? 'gray'}>${icon(ICONS[step.kind] ?? 'user-check')}</span><span class="what"><b>${step.label}</b><small>${step.people.map((one) => one.name).join(t('el.path.list'))}${step.people.length && step.note ? ' · ' : ''}${step.note || nothing}</small></span></li>`)}</ol>`;
  const said = await askDialog({ label: t('el.path.label'), body: list, buttons: [{ answer: '', label: t('ui.cancel') }, { answer: 'yes', label, look: 'primary' }] });
  if (!said) return null;
  return Object.fromEntries(steps.filter((step) => step.kind === 'approver' && step.people.length).map((step) => [step.uid, step.people.map((one) => one.id)]));
}

/** What to say where somebody else was asked than was shown; nothing where it went as shown. @param {any} data the answer of the command */
export function changed(data) {
  const warnings = /** @type {{code: string}[]} */ (data?._effects?.warnings ?? []);
  return warnings.some((one) => one.code === 'APPROVAL_PATH_CHANGED') ? t('el.path.changed') : '';
}
