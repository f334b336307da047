// @ts-check
/** News without reloading: the numbers at the bell and in the menu, a quiet word about what came, and a line on a record's page once somebody
 * else has changed it. A page that nobody looks at asks nothing. */
import { html, render } from 'lit';
import { icon, toast } from '../dom.js';
import { t } from '../model/i18n.js';
import { send } from '../net.js';

/** @typedef {{title: string, link: {app: string, entity?: string, id?: string, ticket?: string} | null}} Notice */
/** @typedef {{app: string, entity: string, id: string, version: number, by: {id: string, name: string} | null}} Changed */
/** @typedef {{unread: number, decisions: number, since: string, items: Notice[], records?: Changed[]}} News */

const ADDRESS = '/api/v1/events';
/** A page that is only passed through, or still loads, opens no stream. */
const SETTLED = 2000;
const PAUSE = 30_000;
const FAILURES = 3;
const RECORD = /^\/a\/([^/]+)\/([^/]+)\/([0-9a-hjkmnp-tv-z]{13})(?:\/edit)?$/;

const start = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="live"]'))?.content ?? '';
let since = start;
/** @type {EventSource | null} */
let source = null;
let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** The element that knows at which version the page shows its record. */
const shown = () => document.querySelector('zg-deeds[version], zg-form[version]');

/** Where news are asked for: from what is known, and for the record that the page shows. */
function address() {
  const at = RECORD.exec(location.pathname);
  const version = shown()?.getAttribute('version');
  const watch = at && version ? `&watch=${at[1]}/${at[2]}/${at[3]}@${version}` : '';
  return `${ADDRESS}?since=${encodeURIComponent(since)}${watch}`;
}

/** One quiet line above the record; what somebody has typed stays until they choose to load it again. @param {Changed[]} records */
function changed(records) {
  const page = shown();
  const told = records.find((one) => location.pathname.includes(`/${one.entity}/${one.id}`) && one.version > Number(page?.getAttribute('version')));
  const head = page?.querySelector('.page-head');
  if (!told || !head) return;
  const line = document.querySelector('[data-changed]') ?? head.insertAdjacentElement('afterend', Object.assign(document.createElement('div'), { className: 'mb' }));
  if (!(line instanceof HTMLElement)) return;
  line.dataset.changed = '';
  const words = told.by ? t('ui.changed_by', { name: told.by.name }) : t('ui.changed_by_app');
  render(html`<div class="banner" data-colour="blue" role="status">${icon('info-circle')}<div>${words} <button type="button" class="link" @click=${() => location.reload()}>${t('ui.load_again')}</button></div></div>`, line);
}

/** @param {News} news */
function show(news) {
  since = news.since;
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-live]'))) {
    const count = place.dataset.live === 'decisions' ? news.decisions : news.unread;
    place.textContent = count < 100 ? String(count) : '99+';
    place.hidden = count === 0;
  }
  document.querySelector('.bell')?.setAttribute('aria-label', t('ui.notifications', { n: news.unread }));
  tell(news.items);
  changed(news.records ?? []);
}

/** The page of what a notice is about. @param {Notice['link']} link */
function place(link) {
  if (link?.ticket) return `/tickets/${link.ticket}`;
  return link?.id ? `/a/${link.app}/${link.entity}/${link.id}` : '';
}

/** @param {Notice[]} items */
function tell(items) {
  if (!items.length) return;
  const [first] = items;
  const one = (items.length === 1 && place(first.link)) || '/inbox';
  toast(items.length === 1 ? first.title : t('ui.news', { title: first.title }), { action: t('ui.news.open'), href: one });
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

/** @param {number} after @param {() => void} act */
function later(after, act) {
  clearTimeout(timer);
  timer = setTimeout(act, after);
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource(address());
  source.addEventListener('news', (event) => show(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  source.onopen = () => { failures = 0; };
  source.onerror = () => {
    failures += 1;
    // Streams end and come back by themselves; one that was refused, or a server that is away, is asked at leisure.
    if (source?.readyState !== EventSource.CLOSED && failures < FAILURES) return;
    close();
    later(PAUSE, () => { ask(); });
  };
}

/** Asks once without a stream: some networks let none through. Whoever is no longer signed in asks no more. */
async function ask() {
  if (document.hidden) return;
  const answer = await send(address());
  if (answer.status === 401) return;
  if (answer.ok) show(answer.data);
  failures = 0;
  open();
}

if (start) {
  if (document.readyState === 'complete') later(SETTLED, open);
  else addEventListener('load', () => later(SETTLED, open));
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', (event) => { if (event.persisted) open(); });
  addEventListener('online', open);
}
