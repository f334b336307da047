// @ts-check
import { html, nothing, render } from 'lit';
import { about, icon, takeData, toast } from '../dom.js';
import { browserToday } from '../model/dates.js';
import { Draft } from '../model/draft.js';
import { engineFor } from '../model/engine.js';
import { Form, placeOf } from '../model/form.js';
import { t } from '../model/i18n.js';
import { fillUrl, setZone, showValue } from '../model/values.js';
import { newKey, send } from '../net.js';
import { solveConflict } from './form-conflict.js';
import { hideEmptyCards, readControl, showControl } from './form-controls.js';
import { words } from './lines-cells.js';
import { ZgLines } from './zg-lines.js';
import './zg-date.js';
import './zg-lookup.js';
import { ZgSignature } from './zg-signature.js';
import { ZgUpload } from './zg-upload.js';

/**
 * The JSON child of `<zg-form>`: `values` by field key as the API writes them (references `{id, label}`), absent for a new record. `paths` are values of
 * referenced records for expressions (`{"customer.level": "A"}`); so are `context` (`id`, `state`, `actor.id`, `setting.x` …).
 * @typedef {{fields: import('../model/values.js').Field[], values?: Record<string, any>, paths?: Record<string, any>, context?: Record<string, any>, today?: string, zone?: string}} FormData_
 */

/**
 * `<zg-form action method version draft-key done>` around a server-drawn `<form>` whose fields are made by `_fields.html` (`[data-field]`) and whose line
 * grids are `<zg-lines name>`. It evaluates visibility, requirements and formulas while somebody types, keeps a draft in this browser, and saves by fetch.
 *
 * Attributes: `action` (address), `method` (POST or PATCH; PATCH sends only what changed, lines always whole), `version` (sent as If-Match), `draft-key`
 * (unique per person, entity and record), `current-url` (answers the record as it is now, for conflicts), `done` (where to go after saving; `{id}` and other keys of the answer are filled in; without it the page stays).
 * A submit button may carry `data-action` (another address), `data-method`, `data-nest` (what holds the record in the body) and `data-extra` (JSON for the body).
 * Answers: problem+json places its `errors` by path (`/price`, `/lines/2/qty`); 409 VERSION_CONFLICT carries `current: {version, …fields}` and opens mine/theirs.
 * Events: `zg-change` after every change, `zg-saved` with the answer (cancel it to stay), `zg-problems` with the problem.
 */
export class ZgForm extends HTMLElement {
  /** @type {((submitter: HTMLElement | null, body: Record<string, any>) => Promise<Record<string, any> | null>) | null} */
  ask = null;

  connectedCallback() {
    if (this.model) return;
    const data = takeData(this, /** @type {FormData_} */ ({ fields: [] }));
    setZone(data.zone ?? '');
    this.form = /** @type {HTMLFormElement} */ (this.querySelector('form'));
    this.model = new Form({ ...data, paths: { ...data.context, ...data.paths } }, engineFor(data), data.today ?? browserToday());
    this.draft = new Draft(localStorage, this.getAttribute('draft-key') ?? '');
    this.key = newKey();
    this.saving = this.touched = false;
    this.form.noValidate = true;
    this.banner = document.createElement('div');
    this.banner.className = 'form-banner';
    this.form.prepend(this.banner);
    this.addEventListener('input', (event) => this._typed(event, false));
    this.addEventListener('change', (event) => this._typed(event, true));
    this.addEventListener('zg-pick', (event) => this._picked(/** @type {CustomEvent} */ (event)));
    this.addEventListener('zg-files', (event) => this._filed(/** @type {CustomEvent} */ (event)));
    this.addEventListener('zg-lines-change', (event) => this._linesChanged(/** @type {ZgLines} */ (event.target)));
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.save(event.submitter); });
    this._leaving = (/** @type {BeforeUnloadEvent} */ event) => { if (this.touched) event.preventDefault(); };
    addEventListener('beforeunload', this._leaving);
    this.addEventListener('keydown', (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 's') { event.preventDefault(); this.save(null); }
    });
    Promise.all(this.grids.map((grid) => grid.updateComplete)).then(() => this._start());
  }

  disconnectedCallback() {
    if (this._leaving) removeEventListener('beforeunload', this._leaving);
  }

  get header() {
    return /** @type {Form} */ (this.model);
  }

  get grids() {
    return /** @type {ZgLines[]} */ ([...this.querySelectorAll('zg-lines')].filter((one) => one instanceof ZgLines));
  }

  _start() {
    for (const grid of this.grids) this.header.setLines(grid.name, grid.columnLists());
    this._refresh(new Set(this.header.fields.filter((field) => field.formula).map((field) => field.key)));
    const kept = this.draft?.read();
    if (kept) this._offerDraft(kept);
  }

  /** @param {string} key */
  _box(key) {
    return /** @type {HTMLElement | null} */ (this.querySelector(`[data-field="${CSS.escape(key)}"]`));
  }

  // Changes -----------------------------------------------------------------------------------------------

  /** @param {Event} event @param {boolean} done */
  _typed(event, done) {
    const target = /** @type {HTMLElement} */ (event.target);
    const key = /** @type {HTMLElement | null} */ (target.closest('[data-field]'))?.dataset.field;
    const field = key === undefined ? undefined : this.header.field(key);
    if (!field || target.closest('zg-lookup, zg-lines, zg-upload, zg-signature') || /** @type {InputEvent} */ (event).isComposing) return;
    const problem = this.header.set(field.key, readControl(this._box(field.key), field));
    if (done || !problem) this._error(field.key, problem ? words(problem, field) : '');
    this._changed(done ? new Set([field.key]) : new Set());
  }

  /** @param {CustomEvent} event */
  _picked(event) {
    const key = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest('[data-field]'))?.dataset.field;
    if (!key) return;
    this._error(key, '');
    this._changed(new Set(this.header.pick(key, event.detail)));
  }

  /** Files came or went. @param {CustomEvent} event */
  _filed(event) {
    const key = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest('[data-field]'))?.dataset.field;
    if (!key) return;
    this._error(key, '');
    this.header.pick(key, null);
    this.header.values[key] = event.detail;
    this.header.compute();
    this._changed(new Set());
  }

  get uploads() {
    return /** @type {(ZgUpload | ZgSignature)[]} */ ([...this.querySelectorAll('zg-upload, zg-signature')].filter((one) => one instanceof ZgUpload || one instanceof ZgSignature));
  }

  /** @param {ZgLines} grid */
  _linesChanged(grid) {
    this._changed(new Set(this.header.setLines(grid.name, grid.columnLists())), false);
  }

  /** @param {Set<string>} redraw keys whose inputs show something else now @param {boolean} [tellLines] */
  _changed(redraw, tellLines = true) {
    this.touched = true;
    this.key = newKey();
    this._refresh(redraw, tellLines);
    this.draft?.write(() => ({ version: this.getAttribute('version') ?? '', values: this.header.said(), paths: this.header.paths, lines: Object.fromEntries(this.grids.map((grid) => [grid.name, grid.lines.snapshot()])) }));
    this.dispatchEvent(new CustomEvent('zg-change', { bubbles: true }));
  }

  /** @param {Set<string>} redraw @param {boolean} [tellLines] */
  _refresh(redraw, tellLines = true) {
    for (const field of this.header.fields) {
      const box = this._box(field.key);
      if (!box) continue;
      const look = this.header.looks[field.key];
      box.hidden = !look.shown;
      box.classList.toggle('required', look.required && !look.locked);
      const follows = field.formula || (this.header.isSuggested(field) && !box.contains(document.activeElement));
      if (follows || redraw.has(field.key)) showControl(box, field, this.header.values[field.key], showValue(field, this.header.values[field.key]));
      if (!field.formula && !field.readOnly) for (const control of box.querySelectorAll('input, textarea')) /** @type {HTMLInputElement} */ (control).readOnly = look.locked;
      const upload = /** @type {any} */ (box.querySelector('zg-upload, zg-signature'));
      if (upload) upload.readonly = look.locked;
      const lookup = box.querySelector('zg-lookup');
      if (lookup && field.lookupUrl?.includes('{')) /** @type {any} */ (lookup).src = fillUrl(field.lookupUrl, this.header.values);
    }
    hideEmptyCards(this);
    if (!tellLines) return;
    const seen = this.header.context();
    for (const grid of this.grids) grid.setParent(seen, { id: seen.id, ...this.header.plain() });
  }

  // Problems ----------------------------------------------------------------------------------------------

  /** @param {string} key @param {string} message */
  _error(key, message) {
    const box = this._box(key);
    const line = box?.querySelector('.error');
    if (!box || !(line instanceof HTMLElement)) return;
    line.hidden = !message;
    if (line.textContent !== message) line.textContent = message;
    box.classList.toggle('invalid', Boolean(message));
    const lookup = box.querySelector('zg-lookup');
    if (lookup) /** @type {any} */ (lookup).invalid = Boolean(message);
    else for (const control of box.querySelectorAll('input, select, textarea')) control.toggleAttribute('aria-invalid', false), message && control.setAttribute('aria-invalid', 'true');
  }

  /** Shows everything that is wrong: at its field, in its cell, the rest above; the record that it is about can be opened. @param {{path: string, message: string, params?: Record<string, any>}[]} problems @param {string} title */
  showProblems(problems, title) {
    for (const field of this.header.fields) this._error(field.key, '');
    const keys = new Set(this.header.fields.map((field) => field.key));
    const names = new Set(this.grids.map((grid) => grid.name));
    /** @type {Record<string, {row: number, key: string, message: string}[]>} */
    const cells = {};
    /** @type {{message: string, go: (() => void) | null, href?: string}[]} */
    const listed = [];
    for (const { path, message, params } of problems) {
      const place = placeOf(path, keys, names);
      if (place.kind === 'field') {
        this._error(place.key, message);
        listed.push({ message: t('el.form.at', { where: this.header.field(place.key)?.label ?? '', what: message }), go: () => /** @type {HTMLElement | null} */ (this._box(place.key)?.querySelector('input, select, textarea, button'))?.focus(), href: params?.href });
      } else if (place.kind === 'cell') {
        const grid = this.grids.find((one) => one.name === place.lines);
        const column = grid?.lines.column(place.key);
        (cells[place.lines] ??= []).push({ row: place.row, key: place.key || (grid?.lines.columns[0]?.key ?? ''), message });
        const where = column ? t('el.lines.cell', { label: column.label, n: place.row + 1 }) : t('el.lines.row', { n: place.row + 1 });
        listed.push({ message: t('el.form.at', { where, what: message }), go: () => grid?.go(place.row, place.key), href: params?.href });
      } else listed.push({ message, go: null, href: params?.href });
    }
    for (const grid of this.grids) grid.setErrors(cells[grid.name] ?? []);
    render(html`<div class="banner" data-colour="red" role="alert">${icon('alert-circle')}<div><b>${title}</b><ul>${listed.slice(0, 12).map(({ message, go, href }) => html`<li>${go ? html`<button type="button" class="link" @click=${go}>${message}</button>` : message}${about(href)}</li>`)}</ul></div></div>`, /** @type {HTMLElement} */ (this.banner));
    this.banner?.scrollIntoView({ block: 'nearest' });
  }

  /** @returns {{path: string, message: string}[]} what is missing or unreadable before anything is sent */
  _ownProblems() {
    const own = this.header.problems().map(({ key, reason }) => ({ path: `/${key}`, message: words(reason, /** @type {any} */ (this.header.field(key))) }));
    const cells = this.grids.flatMap((grid) => grid.lines.problems().map(({ row, key, reason }) => ({ path: `/${grid.name}/${row}/${key}`, message: words(reason, /** @type {any} */ (grid.lines.column(key))) })));
    return [...own, ...cells];
  }

  // Saving ------------------------------------------------------------------------------------------------

  /** @param {HTMLElement | null} submitter */
  async save(submitter) {
    if (this.saving) return;
    this.saving = true;
    await Promise.all(this.uploads.map((one) => one.settled()));
    this.saving = false;
    const problems = this._ownProblems();
    if (problems.length) {
      this.showProblems(problems, t('el.form.fix', { n: problems.length }));
      return;
    }
    this.saving = true;
    submitter?.setAttribute('aria-busy', 'true');
    // What the page asks first comes along; null: the person thought better of it.
    const { nest, extra, action = this.getAttribute('action') ?? '', method = this.getAttribute('method') ?? 'POST' } = submitter?.dataset ?? {};
    const held = nest ? { [nest]: this._body() } : this._body();
    const more = this.ask ? await this.ask(submitter, held) : {};
    const body = { ...held, ...more, ...JSON.parse(extra ?? '{}') };
    const answer = more && await send(action, { method, body, version: this.getAttribute('version'), idempotencyKey: this.key });
    this.saving = false;
    submitter?.removeAttribute('aria-busy');
    if (answer?.ok) this._saved(answer.data, answer.etag);
    else if (answer) await this._refused(answer, submitter);
  }

  /** What the form holds; of a record that is there, what changed. @returns {Record<string, any>} */
  _body() {
    return { ...this.header.toApi(this.getAttribute('method') === 'PATCH'), ...Object.fromEntries(this.grids.filter((grid) => !grid.readonly).map((grid) => [grid.name, grid.value])) };
  }

  /** @param {any} data @param {string} etag */
  _saved(data, etag) {
    this.touched = false;
    this.draft?.drop();
    this.key = newKey();
    render(nothing, /** @type {HTMLElement} */ (this.banner));
    for (const grid of this.grids) grid.setErrors([]);
    const version = etag || data?.version;
    if (version) this.setAttribute('version', String(version));
    this.header.base = { ...this.header.values };
    if (!this.dispatchEvent(new CustomEvent('zg-saved', { detail: data, bubbles: true, cancelable: true }))) return;
    const done = this.getAttribute('done');
    if (done) location.assign(fillUrl(done, data ?? {}));
    else toast(t('el.form.saved'), { kind: 'ok' });
  }

  /** @param {import('../net.js').Answer} answer @param {HTMLElement | null} submitter */
  async _refused(answer, submitter) {
    const problem = /** @type {import('../net.js').ProblemDocument} */ (answer.problem);
    this.draft?.flush();
    this.dispatchEvent(new CustomEvent('zg-problems', { detail: problem, bubbles: true }));
    if (answer.offline) toast(t('el.form.offline'), { kind: 'bad' });
    else if (answer.status === 401) toast(t('el.form.signed_out'), { kind: 'bad', action: t('el.form.sign_in'), href: '/sign-in' });
    else if (problem.code === 'VERSION_CONFLICT') {
      const theirs = await this._theirs(problem);
      if (!theirs) this.showProblems(problem.errors ?? [], problem.title);
      else if (await solveConflict(this, theirs)) await this.save(submitter);
    } else this.showProblems(problem.errors ?? [], problem.title);
  }

  /** The record as somebody else left it: in the problem, or at the address `current-url`. @param {import('../net.js').ProblemDocument} problem @returns {Promise<any>} */
  async _theirs(problem) {
    const told = problem.current ?? problem.params?.current;
    if (told && typeof told === 'object') return told;
    return this.hasAttribute('current-url') ? (await send(this.getAttribute('current-url') ?? '')).data : null;
  }

  // Draft -------------------------------------------------------------------------------------------------

  /** @param {import('../model/draft.js').Kept} kept */
  _offerDraft(kept) {
    const banner = /** @type {HTMLElement} */ (this.banner);
    const drop = () => { this.draft?.drop(); render(nothing, banner); };
    render(html`<div class="banner" data-colour="blue" role="status">${icon('history')}<div>${t('el.form.draft_found', { when: new Date(kept.at).toLocaleString(document.documentElement.lang) })}
      <div class="actions"><button type="button" class="btn sm primary" @click=${() => { render(nothing, banner); this.restore(kept); }}>${t('el.form.draft_use')}</button><button type="button" class="btn sm" @click=${drop}>${t('el.form.draft_drop')}</button></div></div></div>`, banner);
  }

  /** Puts values and lines into the form as if they had been typed. @param {{values: Record<string, any>, paths?: Record<string, any>, lines?: Record<string, any[]>}} given */
  restore(given) {
    this.header.restore(given.values);
    Object.assign(this.header.paths, given.paths);
    for (const grid of this.grids) if (given.lines?.[grid.name]) grid.load(given.lines[grid.name]);
    this.header.compute();
    this._changed(new Set(this.header.fields.map((field) => field.key)));
  }
}
customElements.define('zg-form', ZgForm);
