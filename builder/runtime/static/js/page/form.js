// @ts-check
/** The form page: the first field is ready to type into. Only wiring. */

const form = document.querySelector('zg-form form');
customElements.whenDefined('zg-form').then(() => setTimeout(() => {
  if (document.activeElement !== document.body || matchMedia('(hover: none)').matches) return;
  /** @type {HTMLElement | null | undefined} */ ([...(form?.querySelectorAll('.field.required input:not([readonly])') ?? [])].find((one) => !/** @type {HTMLInputElement} */ (one).value) ?? form?.querySelector('.field input:not([readonly], [type=hidden])'))?.focus();
}, 60));
