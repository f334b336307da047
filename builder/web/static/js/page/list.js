// @ts-check
/** Pages with lists: htmx swaps rows, pages and sorts; zg-list keeps what was selected. Only wiring. */
import htmx from 'htmx.org';

/** @type {any} */ (globalThis).htmx = htmx;
