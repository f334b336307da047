// @ts-check
/** Dragging: lists whose entries can be put in another order or another list, and a palette to drag new ones from. */
import Sortable from 'sortablejs';

/** @typedef {(values: Record<string, string>) => unknown} Edit */

/** Drawn by ourselves instead of by the browser: buttons and links can be dragged everywhere, and a click stays a click. */
const FEEL = { animation: 120, ghostClass: 'sortable-ghost', forceFallback: true, fallbackTolerance: 5, fallbackOnBody: true };

/** Makes every list of the bench sortable. What was dropped is sent; the page that comes back shows where it is. @param {HTMLElement} bench @param {Edit} edit */
export function sortables(bench, edit) {
  for (const list of bench.querySelectorAll('[data-sort]')) makeSortable(/** @type {HTMLElement} */ (list), bench, edit);
  for (const palette of bench.querySelectorAll('[data-palette]')) {
    Sortable.create(/** @type {HTMLElement} */ (palette), { group: { name: 'form', pull: 'clone', put: false }, sort: false, draggable: 'form', ...FEEL });
  }
}

/** @param {HTMLElement} list @param {HTMLElement} bench @param {Edit} edit */
function makeSortable(list, bench, edit) {
  const isForm = bench.querySelector('[data-form-bench]') !== null;
  Sortable.create(list, {
    group: isForm ? 'form' : undefined,
    draggable: 'li[data-at], .tile-form',
    handle: isForm ? undefined : list.querySelector('.grip') ? '.grip' : undefined,
    ...FEEL,
    onAdd: (event) => added(event, list, edit),
    onUpdate: (event) => moved(event, list, edit),
  });
}

/** @param {import('sortablejs').SortableEvent} event @param {HTMLElement} list @param {Edit} edit */
function added(event, list, edit) {
  const button = /** @type {HTMLElement | null} */ (event.item.querySelector('[data-what]'));
  if (event.item.matches('.tile-form') && button) {
    const index = indexOf(event.item);
    event.item.remove();
    edit({ op: 'form.insert', at: list.dataset.to ?? '', index, what: button.dataset.what ?? 'field', field: button.dataset.field ?? '' });
    return;
  }
  moved(event, list, edit);
}

/** @param {import('sortablejs').SortableEvent} event @param {HTMLElement} list @param {Edit} edit */
function moved(event, list, edit) {
  edit({ op: 'move', at: event.item.dataset.at ?? '', to: list.dataset.to ?? '', index: indexOf(event.item) });
}

/** How many entries stand before it in its list. @param {HTMLElement} item */
function indexOf(item) {
  let count = 0;
  for (let before = item.previousElementSibling; before; before = before.previousElementSibling) if (before.matches('li[data-at]')) count += 1;
  return String(count);
}
