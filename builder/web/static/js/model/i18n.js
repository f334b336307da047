// @ts-check
/** Words of the page in its language, put there by the server as JSON. Pure but for the one place that reads them. */

/** @typedef {Record<string, string>} Words */

/** @type {Words} */
let words = {};

/** Replaces the words; pages do it once, tests as they like. @param {Words} next */
export function setWords(next) {
  words = next;
}

/** The words of `key` with `{name}` slots filled; with n = 1 the key `<key>.one` wins where it exists.
 * @param {string} key @param {Record<string, string | number>} [values] @returns {string} */
export function t(key, values = {}) {
  const text = (values.n === 1 ? words[`${key}.one`] : undefined) ?? words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** Whether there are words for `key`. @param {string} key */
export const knows = (key) => key in words;

const source = globalThis.document?.getElementById('i18n');
if (source) setWords(JSON.parse(source.textContent || '{}'));
