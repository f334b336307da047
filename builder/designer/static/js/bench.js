// @ts-check
/** The workbench: every change is sent as it is made, the page is drawn again in place, and what a person is doing is not disturbed. */
import { confirmDialog } from 'zg/el/zg-dialog.js';
import { csrfToken, toast } from 'zg/dom.js';
import { t } from 'zg/model/i18n.js';
import { openFinder } from './finder.js';
import { sortables } from './sorting.js';

/** Requests go one after the other, so that each edit is made on the result of the one before. @type {Promise<unknown>} */
let queue = Promise.resolve();

const bench = () => /** @type {HTMLElement} */ (document.getElementById('bench'));

/** @param {() => Promise<unknown>} work */
function enqueue(work) {
  queue = queue.then(work, work);
  return queue;
}

/** Gets a page of ours and puts its bench in place of this one. @param {string} url @param {RequestInit} [options] @param {boolean} [push] */
async function swap(url, options = {}, push = false) {
  bench().setAttribute('aria-busy', 'true');
  let answer;
  try {
    answer = await fetch(url, { ...options, headers: { Accept: 'application/problem+json', 'X-CSRF-Token': csrfToken(), ...options.headers }, credentials: 'same-origin' });
  } catch {
    bench().removeAttribute('aria-busy');
    toast(t('el.network'), { kind: 'bad' });
    return;
  }
  const text = await answer.text();
  if (answer.status === 401) { location.reload(); return; }
  if (!answer.ok) {
    bench().removeAttribute('aria-busy');
    toast(reason(text, answer.status), { kind: 'bad' });
    return;
  }
  const page = new DOMParser().parseFromString(text, 'text/html');
  const fresh = page.getElementById('bench');
  if (!fresh) { location.assign(answer.url); return; }
  const place = new URL(answer.url);
  const same = place.pathname === location.pathname;
  if (push || place.search !== location.search || !same) history.pushState(null, '', place);
  document.title = page.title;
  replaceMenu(page);
  redraw(fresh, same);
}

/** The words of a problem document. @param {string} text @param {number} status */
function reason(text, status) {
  try {
    const problem = JSON.parse(text);
    const more = (problem.errors ?? []).map((/** @type {{message: string}} */ e) => e.message);
    return more.length ? more.slice(0, 4).join(' ') : problem.title;
  } catch {
    return t('el.failed', { reason: String(status) });
  }
}

/** @param {Document} page */
function replaceMenu(page) {
  const [old, fresh] = [document.getElementById('sidebar'), page.getElementById('sidebar')];
  if (old && fresh) old.replaceChildren(...fresh.childNodes);
}

/** @param {HTMLElement} fresh @param {boolean} same */
function redraw(fresh, same) {
  const old = bench();
  const scrolls = same ? ['.what', '.thing', '.how', '.wrong'].map((part) => /** @type {const} */ ([part, old.querySelector(part)?.scrollTop ?? 0])) : [];
  const open = new Set([...old.querySelectorAll('details[id][open]')].map((d) => d.id));
  const focus = focused(old);
  old.replaceWith(fresh);
  for (const [part, top] of scrolls) { const panel = fresh.querySelector(part); if (panel) panel.scrollTop = top; }
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  restore(focus);
  prepare();
}

/** What has the focus, and what was typed into it since. @param {HTMLElement} within */
function focused(within) {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement) || !within.contains(element) || !element.id) return null;
  const field = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element : null;
  const typed = field && field.type !== 'checkbox' && field.type !== 'radio' && field.value !== field.defaultValue ? field.value : null;
  return { id: element.id, typed, start: typed === null ? null : field?.selectionStart ?? null };
}

/** @param {ReturnType<typeof focused>} focus */
function restore(focus) {
  const element = focus && document.getElementById(focus.id);
  if (!element) return;
  element.focus({ preventScroll: true });
  if (focus.typed !== null && (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) {
    element.value = focus.typed;
    element.dataset.typed = '';
    if (focus.start !== null) element.setSelectionRange(focus.start, focus.start);
  }
}

/** Sends a form. @param {HTMLFormElement} form @param {HTMLElement | null} [submitter] */
export function submit(form, submitter) {
  const body = new URLSearchParams();
  const data = new FormData(form, submitter);
  for (const [name, value] of data) if (typeof value === 'string') body.append(name, value);
  // What only asks changes nothing: its answer is a page with an address.
  if (form.method === 'get') return enqueue(() => swap(`${form.action}?${body}`, {}, true));
  return enqueue(() => swap(form.action, { method: 'POST', body }));
}

/** Makes one edit without a form. @param {Record<string, string>} values */
export function edit(values) {
  const home = bench();
  const here = /** @type {HTMLFormElement | null} */ (home.querySelector('form.edit'));
  const base = here ? Object.fromEntries(['kind', 'key', 'back'].map((name) => [name, /** @type {HTMLInputElement | null} */ (here.querySelector(`[name="${name}"]`))?.value ?? ''])) : {};
  const body = new URLSearchParams({ csrf_token: csrfToken(), ...base, ...values });
  return enqueue(() => swap(home.dataset.editUrl ?? '', { method: 'POST', body }));
}

document.addEventListener('submit', async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const swapped = form.matches('[data-swap]');
  if (!swapped && !form.dataset.ask) return;
  event.preventDefault();
  const submitter = /** @type {SubmitEvent} */ (event).submitter;
  if (form.dataset.ask) {
    const deed = submitter?.getAttribute('aria-label') || submitter?.textContent?.trim() || '';
    if (!(await confirmDialog(form.dataset.ask, { danger: true, title: deed, yes: deed }))) return;
  }
  if (swapped) submit(form, submitter);
  else form.submit();
});

document.addEventListener('change', (event) => {
  const field = /** @type {HTMLElement} */ (event.target);
  delete field.dataset.typed;
  if (field.matches('[data-shows]')) { showFor(/** @type {HTMLSelectElement} */ (field)); return; }
  if (field.matches('[data-insert]')) { insertName(/** @type {HTMLSelectElement} */ (field)); return; }
  const form = field.closest('form[data-auto]');
  if (form instanceof HTMLFormElement) submit(form);
});

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  const drop = target.closest('[data-drop]');
  if (drop) {
    const form = /** @type {HTMLFormElement} */ (drop.closest('form'));
    drop.closest('.chip')?.remove();
    submit(form);
    return;
  }
  if (target.closest('[data-find-open]')) { openFinder(bench()); return; }
  const preview = target.closest('[data-preview]');
  if (preview instanceof HTMLElement) { showPreview(preview); return; }
  const link = target.closest('a[data-go]');
  if (link instanceof HTMLAnchorElement && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    enqueue(() => swap(link.href, {}, true));
  }
});

/** A value that was put back is sent when it is left: the browser sees no change in it. */
document.addEventListener('focusout', (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) || field.dataset.typed === undefined) return;
  delete field.dataset.typed;
  const form = field.closest('form[data-auto]');
  if (form instanceof HTMLFormElement && field.value !== field.defaultValue) submit(form);
});

addEventListener('popstate', () => { if (document.getElementById('bench')) enqueue(() => swap(location.href)); });

document.addEventListener('keydown', (event) => {
  const typing = /** @type {Element} */ (event.target).closest('input, textarea, select, [contenteditable]');
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !typing) {
    const button = document.getElementById(event.shiftKey ? 'redo' : 'undo');
    if (button instanceof HTMLButtonElement && !button.disabled) { event.preventDefault(); button.click(); }
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); openFinder(bench()); }
  const row = /** @type {Element} */ (event.target).closest('li[data-at]');
  if (event.altKey && row instanceof HTMLElement && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    event.preventDefault();
    edit({ op: 'step', at: row.dataset.at ?? '', by: event.key === 'ArrowUp' ? '-1' : '1' });
  }
});

/** A field of the form that only some types need. @param {HTMLSelectElement} select */
function showFor(select) {
  for (const part of select.form?.querySelectorAll('[data-for]') ?? []) {
    /** @type {HTMLElement} */ (part).hidden = !(/** @type {HTMLElement} */ (part).dataset.for ?? '').split(' ').includes(select.value);
  }
}

/** Puts a name into an expression where the cursor is; as a place (`{name}`) into words, of every language at once.
 * @param {HTMLSelectElement} select */
function insertName(select) {
  const ids = (select.dataset.insert ?? '').split(' ');
  const fields = ids.map((id) => document.getElementById(id)).filter((one) => one instanceof HTMLTextAreaElement || one instanceof HTMLInputElement);
  const [first] = fields;
  if (!first || !select.value) return;
  const place = 'place' in select.dataset;
  for (const field of fields) {
    // Words that nobody stands in are continued at their end.
    const end = field.selectionEnd || field.value.length;
    field.setRangeText(place ? `{${select.value}}` : select.value, field.selectionStart || end, end, 'end');
  }
  select.value = '';
  first.focus();
  if (place) first.dispatchEvent(new Event('change', { bubbles: true }));
  else first.dataset.typed = '';
}

/** @param {HTMLElement} button */
function showPreview(button) {
  document.querySelector('[data-paper]')?.classList.toggle('phone', button.dataset.preview === 'phone');
  for (const one of button.parentElement?.children ?? []) one.setAttribute('aria-pressed', String(one === button));
}

function prepare() {
  for (const select of document.querySelectorAll('select[data-shows]')) showFor(/** @type {HTMLSelectElement} */ (select));
  sortables(bench(), edit);
}

prepare();
