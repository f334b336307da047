// @ts-check
/** Finding records for scanned and pasted texts. */
import { fillUrl, isReference } from '../model/values.js';
import { send } from '../net.js';

/** @typedef {import('../model/values.js').Item} Item */

const CHUNK = 200;
const REST = 300;

/** What a label names and nobody has entered yet, and what it takes to enter it. @typedef {{field: string, label: string, title: string, src: string, body: Record<string, any>}} Missing */

/** What a scanned code means: a record, what else its label says by column, of which of its parts it is one (a case by its own code; none: ''),
 * and what is not entered yet. @param {string} src @param {string} code
 * @returns {Promise<{item: Item | null, values: Record<string, any>, parts: Record<string, any>, unknown: Missing[]}>} */
export async function readCode(src, code) {
  const { data } = await send(`${src}${src.includes('?') ? '&' : '?'}q=${encodeURIComponent(code)}`);
  return { item: data?.item ?? null, values: data?.values ?? {}, parts: data?.parts ?? {}, unknown: data?.unknown ?? [] };
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
    const found = await findAll(fillUrl(column.lookupUrl ?? '', {}, parentValues), mine.map((one) => one.text));
    lines.resolve(mine.map((one) => ({ row: one.row, key: one.key, item: found.get(one.text) ?? null })));
    missing += mine.filter((one) => !found.get(one.text)).length;
  }
  return missing;
}

/** A number was typed, or a record taken away, that other cells of its row follow: once it rests, they are asked for again, with what the row says now.
 * @param {import('../model/lines.js').Lines} lines @param {number} index @param {string} key @param {Record<string, any>} parentValues
 * @returns {Promise<boolean>} whether something came */
async function askAgain(lines, index, key, parentValues) {
  const { key: line, values } = lines.rows[index];
  if (!lines.followers(index, key).length) return false;
  /** Where the row is by now; -1 when it is gone or says something else. */
  const now = () => lines.rows.findIndex((row) => row.key === line && row.values[key] === values[key]);
  await new Promise((done) => { setTimeout(done, REST); });
  const columns = now() < 0 ? [] : lines.followers(now(), key);
  const row = lines.rows[now()];
  const source = lines.column(columns[0]?.follows?.fields.find((one) => row.values[one]?.id) ?? '');
  const id = row && source ? row.values[source.key]?.id : null;
  if (!id || !source?.lookupUrl) return false;
  const url = fillUrl(source.lookupUrl, row.values, parentValues);
  const { ok, data } = await send(`${url}${url.includes('?') ? '&' : '?'}id=${encodeURIComponent(id)}`);
  if (!ok || !data?.items?.length || now() < 0) return false;
  lines.follow(now(), columns, data.items[0].values ?? {});
  return true;
}

/** What follows comes from the server. A cell that was entered meanwhile and not typed into shows it, ready to be typed over.
 * @param {import('./zg-lines.js').ZgLines} grid @param {number} index @param {string} key */
export async function followAgain(grid, index, key) {
  if (!(await askAgain(grid.lines, index, key, grid.parentValues))) return;
  grid.changed();
  await grid.updateComplete;
  const input = document.activeElement;
  if (grid._editing && !grid._editing.typed && input instanceof HTMLInputElement && grid.contains(input)) input.select();
}
