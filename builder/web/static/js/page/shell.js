// @ts-check
/** The frame of every page: drawer, menus, search key, tabs. Only wiring. */
import '../el/zg-theme.js';
import '../el/zg-toast.js';
import './live.js';

const root = document.documentElement;

// A browser that gives no hint of its own says by this whether changes come from a phone: a narrow screen that is touched.
const form = matchMedia('(pointer: coarse) and (max-width: 640px)').matches ? 'phone' : 'desk';
document.cookie = `zg_form=${form}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;

/** @param {boolean} open */
function setDrawer(open) {
  document.body.classList.toggle('drawer-open', open);
  const button = document.querySelector('[data-drawer]');
  button?.setAttribute('aria-expanded', String(open));
  if (open) /** @type {HTMLElement | null} */ (document.querySelector('#sidebar a'))?.focus();
  else if (document.activeElement?.closest('#sidebar')) /** @type {HTMLElement | null} */ (button)?.focus();
}

/** @param {Element} [but] */
function closeMenus(but) {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (menu !== but) menu.removeAttribute('open');
}

/** @param {HTMLElement} tab */
function selectTab(tab) {
  for (const other of tab.parentElement?.querySelectorAll('[role="tab"]') ?? []) {
    const chosen = other === tab;
    other.setAttribute('aria-selected', String(chosen));
    /** @type {HTMLElement} */ (other).tabIndex = chosen ? 0 : -1;
    const panel = document.getElementById(other.getAttribute('aria-controls') ?? '');
    if (panel) panel.hidden = !chosen;
  }
}

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  const menu = target.closest('details.menu');
  closeMenus(menu ?? undefined);
  if (menu && target.closest('a.menu-item, .menu-item:not([data-keep])')) menu.removeAttribute('open');
  if (target.closest('[data-drawer]')) setDrawer(!document.body.classList.contains('drawer-open'));
  else if (document.body.classList.contains('drawer-open') && !target.closest('#sidebar')) setDrawer(false);
  if (target.closest('[data-back]')) history.back();
  if (target.closest('[data-print]')) print();
  const tab = target.closest('[role="tab"][aria-controls]');
  if (tab instanceof HTMLElement) selectTab(tab);
});

// A second click while the server is still at the first would do the deed twice. What answers with a file leaves the page standing, so it is free again soon.
const AGAIN_MS = 4000;
/** @param {Element} sent @param {Element | null} by */
function free(sent, by) {
  sent.removeAttribute('data-sent');
  by?.removeAttribute('aria-busy');
}
document.addEventListener('submit', (event) => {
  const sent = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || sent.getAttribute('method') !== 'post') return;
  if (sent.hasAttribute('data-sent')) { event.preventDefault(); return; }
  const by = event.submitter;
  sent.setAttribute('data-sent', '');
  by?.setAttribute('aria-busy', 'true');
  setTimeout(() => free(sent, by), AGAIN_MS);
  addEventListener('pageshow', () => free(sent, by), { once: true });
});

document.addEventListener('keydown', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.isComposing) return;
  if (event.key === 'Escape') {
    const menu = target.closest('details.menu[open]');
    /** @type {HTMLElement | null} */ (menu?.querySelector('summary'))?.focus();
    closeMenus();
    setDrawer(false);
  }
  const typing = target.closest('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
    const search = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-search]'));
    if (search?.offsetParent) { event.preventDefault(); search.focus(); search.select(); }
  }
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step && target.matches('[role="tab"]')) {
    const tabs = /** @type {HTMLElement[]} */ ([...(target.parentElement?.querySelectorAll('[role="tab"]') ?? [])]);
    const next = tabs[(tabs.indexOf(target) + step + tabs.length) % tabs.length];
    next.focus();
    if (next.hasAttribute('aria-controls')) selectTab(next);
  }
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const pop = target.closest('details.menu[open]');
  if (move && pop) {
    const items = /** @type {HTMLElement[]} */ ([...pop.querySelectorAll('.menu-item')]);
    event.preventDefault();
    items[(items.indexOf(target) + move + items.length) % items.length]?.focus();
  }
});

// On a phone the tabs scroll, and the one that is open may lie out of sight.
document.querySelector('.tabs > [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

root.classList.add('ready');
