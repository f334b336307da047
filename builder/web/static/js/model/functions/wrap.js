// @ts-check
/** How functions are called: with the world first, whether they ask it or not. Pure. */
import { fail } from '../decimal.js';

/** @typedef {import('../expression.js').World} World */
/** @typedef {(world: World | null, ...values: any[]) => any} Call */

export const MAX_TEXT = 10_000;

/** A function of nothing is nothing. @param {Record<string, (...values: any[]) => any>} functions @returns {Record<string, Call>} */
export const strict = (functions) => made(functions, (run) => (_, ...values) => (values.includes(null) ? null : run(...values)));

/** These decide themselves what nothing means. @param {Record<string, (...values: any[]) => any>} functions @returns {Record<string, Call>} */
export const open = (functions) => made(functions, (run) => (_, ...values) => run(...values));

/** Strict ones that ask the world. @param {Record<string, Call>} functions @returns {Record<string, Call>} */
export const asking = (functions) => made(functions, (run) => (world, ...values) => (values.includes(null) ? null : run(world, ...values)));

/** @param {Record<string, any>} functions @param {(run: any) => Call} wrap */
const made = (functions, wrap) => Object.fromEntries(Object.entries(functions).map(([name, run]) => [name, wrap(run)]));

/** @param {World | null} world @returns {World} */
export const asked = (world) => world ?? fail('environment');

/** @param {any} value @returns {string} */
export const text = (value) => (typeof value === 'string' ? value : fail('texts'));

/** @param {string} made the text, refused where it is beyond the budget */
export const bounded = (made) => (made.length > MAX_TEXT && [...made].length > MAX_TEXT ? fail('text') : made);
