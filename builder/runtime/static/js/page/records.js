// @ts-check
/** Lists and questions: rows open on a click, lists load again after bulk deeds, a chosen record sends its form. Only wiring. */

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  const row = target.closest('tr[data-id]');
  if (!row || target.closest('a, button, input, label, .pick') || getSelection()?.toString()) return;
  /** @type {HTMLElement | null} */ (row.querySelector('td a'))?.click();
});

document.addEventListener('zg-done', () => {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('[data-list-form]'));
  form?.dispatchEvent(new Event('change', { bubbles: true }));
});
