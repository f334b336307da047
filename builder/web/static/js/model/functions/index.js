// @ts-check
/** The functions that expressions may call in the browser; all but BALANCE, which asks the ledgers. Pure. */
import { CHOICES } from './choices.js';
import { DATES } from './dates.js';
import { LISTS } from './lists.js';
import { NUMBERS } from './numbers.js';
import { NUMERALS } from './numerals.js';
import { TEXTS } from './texts.js';
import { UNITS } from './units.js';

/** @type {Record<string, import('./wrap.js').Call>} */
export const CALLS = { ...CHOICES, ...DATES, ...LISTS, ...NUMBERS, ...NUMERALS, ...TEXTS, ...UNITS };
