// @ts-check
import { html, nothing, render } from 'lit';
import { about, icon, sayNext, saySaid } from 'zg/dom.js';
import { browserToday } from 'zg/model/dates.js';
import { t } from 'zg/model/i18n.js';
import { readTyped, setZone, toApi } from 'zg/model/values.js';
import { newKey, send } from 'zg/net.js';
import { askDialog, confirmDialog } from 'zg/el/zg-dialog.js';
import { ZgUpload } from 'zg/el/zg-upload.js';
import { ZgSignature } from 'zg/el/zg-signature.js';
import 'zg/el/zg-lookup.js';
import { askPath, changed } from './path.js';

/** What a button does. `ask`: an opinion is asked for, or what `asked` calls it; `opinion`: the input that holds one; `person`: where people are looked up, when one must be chosen;
 * `send`: what goes along unasked; `many`: the person is one of several who are told;
 * `path`: where to ask whom an approval would ask, shown before the deed is done;
 * `drafts`: what the same button made before and nobody has finished, offered first; `needs`: fields of the next document that must be answered first; `open`: go to the document that was made, to its form where something is still missing in it; `done`: where to go afterwards (otherwise the page is loaded again).
 * @typedef {{url: string, label: string, method?: string, confirm?: string, ask?: boolean, asked?: string, opinion?: string, person?: string, danger?: boolean, open?: boolean, done?: string, send?: Record<string, any>, many?: boolean, path?: string, drafts?: {title: string, url: string}[], needs?: import('zg/model/values.js').Field[]}} Deed */

/** How many records are named one by one. */
const SHOWN = 3;
/** What stands before an approval's node in the key of a field that asks who shall decide there. */
const CHOICE = 'approvers.';
/** What stands before the lines field, the source line and the field in the key of a field that is asked of one line. */
const OF_LINE = 'lines.';

/** What is wrong, and in which line where it is of one. @param {{message: string, path?: string}} one */
function placed({ message, path }) {
  const line = /^\/\w+\/(\d+)\/\w+$/.exec(path ?? '')?.[1];
  return line === undefined ? message : t('el.form.at', { where: t('el.lines.row', { n: Number(line) + 1 }), what: message });
}

/** `<zg-deeds version app-url zone>` around buttons `data-deed` (JSON of a Deed) and forms `data-comment` (an address). Every deed goes to the API; what it
 * refuses is shown in `[data-said]` with all its problems. A guard that may be overridden asks for the reason and tries again. */
export class ZgDeeds extends HTMLElement {
  connectedCallback() {
    const zone = this.getAttribute('zone');
    if (zone) setZone(zone);
    this.addEventListener('click', (event) => {
      const button = /** @type {Element} */ (event.target).closest('[data-deed]');
      if (button instanceof HTMLButtonElement) this.run(JSON.parse(button.dataset.deed ?? '{}'), button);
    });
    this.addEventListener('submit', (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      if (form.dataset.comment) { event.preventDefault(); this._comment(form); }
    });
    saySaid();
  }

  /** @param {Deed} deed @param {HTMLButtonElement} button */
  async run(deed, button) {
    if (button.getAttribute('aria-busy')) return;
    if (deed.drafts?.length && !(await askAnother(deed.label, deed.drafts))) return;
    const body = await this._asked(deed);
    if (!body) return;
    button.setAttribute('aria-busy', 'true');
    await this._send(deed, body, newKey());
    button.removeAttribute('aria-busy');
  }

  /** The body, after everything was asked; null when the person thought better of it. @param {Deed} deed @returns {Promise<Record<string, any> | null>} */
  async _asked(deed) {
    /** @type {Record<string, any>} */
    const body = { ...deed.send };
    const typed = deed.opinion ? /** @type {HTMLInputElement | null} */ (this.querySelector(deed.opinion))?.value.trim() : '';
    if (typed) body.opinion = typed;
    if (deed.person) {
      const person = await this._person(deed);
      if (!person) return null;
      if (deed.many) body.users = [person];
      else body.to_user = person;
    }
    if (deed.needs?.length) {
      const fields = await askFields(deed);
      if (!fields) return null;
      const chosen = Object.entries(fields).filter(([key]) => key.startsWith(CHOICE));
      for (const [key] of chosen) delete fields[key];
      if (chosen.length) body.approvers = Object.fromEntries(chosen.map(([key, person]) => [key.slice(CHOICE.length), [person]]));
      for (const key of Object.keys(fields).filter((one) => one.startsWith(OF_LINE))) {
        const [to, line, field] = key.slice(OF_LINE.length).split('.');
        body.line_fields = { ...body.line_fields, [to]: { ...body.line_fields?.[to], [line]: { ...body.line_fields?.[to]?.[line], [field]: fields[key] } } };
        delete fields[key];
      }
      if (Object.keys(fields).length) body.fields = fields;
    }
    const shown = deed.path ? await askPath(deed.path, body, deed.label) : undefined;
    if (shown === null) return null;
    if (shown) body.foreseen = shown;
    // Who has just answered its questions, or seen its path, has been asked already.
    if ((deed.needs?.length || shown) && !deed.ask) return body;
    if (deed.ask) {
      const opinion = await askWords(deed.label, deed.confirm ?? '', deed.asked ?? t('el.deed.opinion'), deed.danger);
      if (opinion === null) return null;
      if (opinion) body.opinion = opinion;
    } else if (deed.confirm && !(await confirmDialog(deed.confirm, { title: deed.label, yes: deed.label, danger: deed.danger }))) return null;
    return body;
  }

  /** @param {Deed} deed @returns {Promise<string>} */
  async _person(deed) {
    let chosen = '';
    const body = html`<div class="field"><label for="deed-person">${t('el.deed.person')}</label><zg-lookup input-id="deed-person" .src=${deed.person ?? ''} @zg-pick=${(/** @type {CustomEvent} */ event) => { chosen = event.detail?.id ?? ''; }}></zg-lookup></div>`;
    const answer = await askDialog({ label: deed.label, body, buttons: [{ answer: '', label: t('ui.cancel') }, { answer: 'yes', label: deed.label, look: 'primary' }] });
    return answer ? chosen : '';
  }

  /** @param {Deed} deed @param {Record<string, any>} body @param {string} key */
  async _send(deed, body, key) {
    const method = deed.method ?? 'POST';
    const answer = await send(deed.url, { method, body: method === 'DELETE' ? undefined : body, idempotencyKey: key });
    if (answer.ok) this._done(deed, answer.data);
    else if (answer.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
    else await this._refused(deed, body, /** @type {import('zg/net.js').ProblemDocument} */ (answer.problem));
  }

  /** @param {Deed} deed @param {any} data */
  _done(deed, data) {
    const made = data?.results?.[0] ?? data;
    const app = this.getAttribute('app-url');
    const { text, links } = told(deed, data, app);
    sayNext(text, links);
    if (deed.open && made?.entity && app) location.assign(`${app}/${made.entity}/${made.id}/made`);
    else if (deed.done) location.assign(deed.done);
    else location.reload();
  }

  /** @param {Deed} deed @param {Record<string, any>} body @param {import('zg/net.js').ProblemDocument} problem */
  async _refused(deed, body, problem) {
    this.say(problem);
    const breaks = (problem.errors ?? []).filter((one) => one.params?.overridable && one.params?.guard);
    if (!breaks.length || breaks.length !== problem.errors?.length || body.override || deed.method) return;
    const reason = await askWords(t('el.deed.override'), breaks.map((one) => one.message).join(' '), t('el.deed.reason'), true);
    if (!reason) return;
    const guards = [...new Set(breaks.map((one) => one.params?.guard))];
    await this._send(deed, { ...body, override: guards.map((guard) => ({ guard, reason })) }, newKey());
  }

  /** @param {{title: string, errors?: {message: string, path?: string, params?: Record<string, any>}[]}} problem */
  say(problem) {
    const place = this.querySelector('[data-said]');
    if (!(place instanceof HTMLElement)) return;
    render(html`<div class="banner mb" data-colour="red" role="alert">${icon('alert-circle')}<div><b>${problem.title}</b>${problem.errors?.length ? html`<ul>${problem.errors.map((one) => html`<li>${placed(one)}${about(one.params?.href)}</li>`)}</ul>` : nothing}</div></div>`, place);
    place.scrollIntoView({ block: 'center' });
  }

  /** @param {HTMLFormElement} form */
  async _comment(form) {
    const input = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
    const body = input.value.trim();
    if (!body) return;
    const answer = await send(form.dataset.comment ?? '', { body: { body }, idempotencyKey: newKey() });
    if (answer.ok) location.reload();
    else this.say(/** @type {import('zg/net.js').ProblemDocument} */ (answer.problem));
  }
}

/** What is said of a deed: that a draft was made, which is opened; or that it is done, and what came of it by itself, each with the way there.
 * @param {Deed} deed @param {any} data @param {string | null} app @returns {{text: string, links: {text: string, href: string}[]}} */
function told(deed, data, app) {
  /** @type {{entity: string, id: string, title: string, kind: string, state: string | null}[]} */
  const records = data?._effects?.records ?? [];
  const made = app ? records.filter((one) => one.kind === 'created' && one.state && one.title) : [];
  const links = made.slice(0, SHOWN).map((one) => ({ text: one.title, href: `${app}/${one.entity}/${one.id}` }));
  const done = deed.open ? t('el.deed.made', { label: deed.label }) : t('el.deed.done', { label: deed.label });
  const text = changed(data) || done;
  if (!links.length) return { text, links };
  const more = made.length > SHOWN ? t('el.deed.more', { n: made.length }) : t('el.deed.also');
  return { text: `${text}${more}`, links };
}

/** Whether another one shall be made beside the draft that is there; false where the person goes to that draft, or nowhere.
 * @param {string} label @param {{title: string, url: string}[]} drafts @returns {Promise<boolean>} */
async function askAnother(label, drafts) {
  const [newest, ...others] = drafts;
  const body = html`<p>${t('el.deed.draft_there', { title: newest.title })}</p>${others.length ? html`<ul>${others.slice(0, SHOWN).map((one) => html`<li><a href=${one.url}>${one.title}</a></li>`)}</ul>` : nothing}`;
  const answer = await askDialog({ label, body, buttons: [{ answer: '', label: t('ui.cancel') }, { answer: 'new', label: t('el.deed.make_another') }, { answer: 'open', label: t('el.deed.open_draft'), look: 'primary' }] });
  if (answer === 'open') location.assign(newest.url);
  return answer === 'new';
}

/** Asks for some words. @param {string} label @param {string} text @param {string} field @param {boolean} [danger] @returns {Promise<string | null>} null for "no" */
async function askWords(label, text, field, danger = false) {
  let said = '';
  const body = html`${text ? html`<p class="mb">${text}</p>` : nothing}<div class="field"><label for="deed-words">${field}</label><textarea class="textarea" id="deed-words" rows="3" @input=${(/** @type {any} */ event) => { said = event.target.value; }}></textarea></div>`;
  const answer = await askDialog({ label, body, buttons: [{ answer: '', label: t('ui.cancel') }, { answer: 'yes', label, look: danger ? 'danger' : 'primary' }] });
  return answer ? said.trim() : null;
}

/** Asks for the values that the next document cannot do without. @param {Deed} deed @returns {Promise<Record<string, any> | null>} */
async function askFields(deed) {
  /** @type {Record<string, any>} */
  const values = {};
  /** @type {(ZgUpload | ZgSignature)[]} */
  const sent = [];
  const body = html`<div class="stack">${deed.confirm ? html`<p>${deed.confirm}</p>` : nothing}${deed.needs?.map((field) => html`<div class="field ${field.required === false ? '' : 'required'}"><label for="need-${field.key}">${field.label}</label>${control(field, (value) => { values[field.key] = value; }, sent)}</div>`)}</div>`;
  const connected = (/** @type {HTMLElement} */ dialog) => dialog.addEventListener('click', (event) => holdBack(event, dialog, deed.needs ?? [], values), true);
  const answer = await askDialog({ label: deed.label, body, connected, buttons: [{ answer: '', label: t('ui.cancel') }, { answer: 'yes', label: deed.label, look: deed.danger ? 'danger' : 'primary' }] });
  if (!answer) return null;
  await Promise.all(sent.map((one) => one.settled()));
  return values;
}

/** A sheet to sign on, or where files are chosen. @param {any} field @param {(value: any) => void} set @param {(ZgUpload | ZgSignature)[]} sent those that must be waited for */
function filed(field, set, sent) {
  const element = field.type === 'signature' ? new ZgSignature() : new ZgUpload();
  Object.assign(element, { id: `need-${field.key}`, name: field.key, src: field.uploadUrl, entity: field.entity, accept: field.accept, max: field.maxSize, count: field.maxCount, kind: field.type, person: field.person ?? '', label: field.label });
  element.addEventListener('zg-files', (event) => set(/** @type {CustomEvent} */ (event).detail.map((/** @type {any} */ one) => one.id)));
  sent.push(element);
  return element;
}

/** Keeps the dialog open, at the first field that is missing. @param {Event} event @param {HTMLElement} dialog @param {import('zg/model/values.js').Field[]} needs @param {Record<string, any>} values */
function holdBack(event, dialog, needs, values) {
  if (!(/** @type {Element} */ (event.target).closest('[data-close="yes"]'))) return;
  const missing = needs.filter((field) => field.required !== false).filter((field) => values[field.key]?.length === 0 || values[field.key] === undefined || values[field.key] === null || values[field.key] === '');
  for (const field of needs) dialog.querySelector(`[id="need-${field.key}"]`)?.setAttribute('aria-invalid', String(missing.includes(field)));
  if (!missing.length) return;
  event.stopPropagation();
  /** @type {HTMLElement | null} */ (dialog.querySelector(`[id="need-${missing[0].key}"]`))?.focus();
}

/** @param {import('zg/model/values.js').Field} field @param {(value: any) => void} set @param {(ZgUpload | ZgSignature)[]} sent */
function control(field, set, sent) {
  if (['file', 'image', 'signature'].includes(field.type)) return filed(field, set, sent);
  const id = `need-${field.key}`;
  if (field.lookupUrl) return html`<zg-lookup input-id=${id} .src=${field.lookupUrl} required @zg-pick=${(/** @type {CustomEvent} */ event) => set(event.detail?.id ?? null)}></zg-lookup>`;
  if (field.options?.length) return html`<select class="select" id=${id} @change=${(/** @type {any} */ event) => set(event.target.value)}><option value=""></option>${field.options.map((one) => html`<option value=${one.key}>${one.label}</option>`)}</select>`;
  return html`<input class="input" id=${id} @change=${(/** @type {any} */ event) => set(typedIn(field, event.target))}>`;
}

/** What was typed, as the API takes it: a time is one on the clock that the page shows. The input shows how it was read. @param {import('zg/model/values.js').Field} field @param {HTMLInputElement} input */
function typedIn(field, input) {
  const { value, problem } = readTyped(field, input.value, browserToday());
  if (value && !problem) input.value = value;
  return toApi(field, value);
}
customElements.define('zg-deeds', ZgDeeds);
