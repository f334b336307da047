// @ts-check
/** News without reloading: the numbers at the bell and in the menu, and a quiet word about what came. A page that nobody looks at asks nothing. */
import { toast } from '../dom.js';
import { t } from '../model/i18n.js';
import { send } from '../net.js';

/** @typedef {{title: string, link: {app: string, entity: string, id?: string} | null}} Notice */
/** @typedef {{unread: number, decisions: number, since: string, items: Notice[]}} News */

const ADDRESS = '/api/v1/events';
/** A page that is only passed through, or still loads, opens no stream. */
const SETTLED = 2000;
const PAUSE = 30_000;
const FAILURES = 3;

const start = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="live"]'))?.content ?? '';
let since = start;
/** @type {EventSource | null} */
let source = null;
let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

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
}

/** @param {Notice[]} items */
function tell(items) {
  if (!items.length) return;
  const [first] = items;
  const one = items.length === 1 && first.link?.id ? `/a/${first.link.app}/${first.link.entity}/${first.link.id}` : '/inbox';
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
  source = new EventSource(`${ADDRESS}?since=${encodeURIComponent(since)}`);
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
  const answer = await send(`${ADDRESS}?since=${encodeURIComponent(since)}`);
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
