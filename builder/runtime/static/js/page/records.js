// @ts-check
/** Lists and questions: rows open on a click, lists load again after bulk deeds, a chosen record sends its form, a chart begins with today. Only wiring. */

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  const row = target.closest('tr[data-id]');
  if (!row || target.closest('a, button, input, label, .pick') || getSelection()?.toString()) return;
  /** @type {HTMLElement | null} */ (row.querySelector('td a'))?.click();
});

document.addEventListener('zg-done', () => {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('[data-list-form]'));
  form?.requestSubmit();
});

// A chart that is wider than its frame, as on a phone, is scrolled so that today stands beside the names.
for (const frame of document.querySelectorAll('.gantt-scroll')) {
  const today = frame.querySelector('.lane-back .now')?.getBoundingClientRect();
  const name = frame.querySelector('th')?.getBoundingClientRect();
  if (today && name) frame.scrollLeft += today.left - name.right - today.width;
}
