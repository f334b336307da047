// @ts-check
/** Finding records for scanned and pasted texts. */
import { fillUrl, isReference } from '../model/values.js';
import { send } from '../net.js';

/** @typedef {import('../model/values.js').Item} Item */

const CHUNK = 200;

/** @param {Item[]} items @param {string} text @returns {Item | null} the one that is meant, or null where it is not sure */
function meant(items, text) {
  const wanted = text.toLowerCase();
  return items.find((item) => item.code?.toLowerCase() === wanted || item.label.toLowerCase() === wanted) ?? (items.length === 1 ? items[0] : null);
}

/** One record by code or barcode. @param {string} src @param {string} text @returns {Promise<Item | null>} */
export async function find(src, text) {
  const { data } = await send(`${src}${src.includes('?') ? '&' : '?'}q=${encodeURIComponent(text)}`);
  return meant(data?.items ?? [], text);
}

/** Many at once: `POST src {resolve: [texts]}` answers `{items: [Item | null]}` in the same order.
 * @param {string} src @param {string[]} texts @returns {Promise<Map<string, Item>>} */
export async function findAll(src, texts) {
  const wanted = [...new Set(texts)];
  /** @type {Map<string, Item>} */
  const found = new Map();
  for (let at = 0; at < wanted.length; at += CHUNK) {
    const part = wanted.slice(at, at + CHUNK);
    const { data } = await send(src, { body: { resolve: part } });
    part.forEach((text, index) => { if (data?.items?.[index]) found.set(text, data.items[index]); });
  }
  return found;
}

/** A pasted text that stands for a record. @typedef {{row: number, key: string, text: string}} Unknown */

/** Asks what pasted texts mean, once a column, and puts the answers into the lines. @param {import('../model/lines.js').Lines} lines @param {Unknown[]} unknown
 * @param {Record<string, any>} parentValues @returns {Promise<number>} how many were not found */
export async function resolveAll(lines, unknown, parentValues) {
  let missing = 0;
  for (const column of lines.columns.filter((one) => isReference(one))) {
    const mine = unknown.filter((one) => one.key === column.key);
    if (!mine.length) continue;
    const found = await findAll(fillUrl(column.lookupUrl ?? '', parentValues), mine.map((one) => one.text));
    lines.resolve(mine.map((one) => ({ row: one.row, key: one.key, item: found.get(one.text) ?? null })));
    missing += mine.filter((one) => !found.get(one.text)).length;
  }
  return missing;
}
