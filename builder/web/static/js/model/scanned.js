// @ts-check
/** Scanning what is on the lines already: goods that are picked or received by a document that names them. Pure; no DOM, no network. */
import { addTo, fromUnits, readNumber, toUnits } from './number.js';
import { same } from './values.js';

/** @typedef {import('./lines.js').Lines} Lines */
/** @typedef {import('./lines.js').Row} Row */
/** `quantity` is what a scan fills, `upTo` how much there is to be; `listed`: a scan adds no line.
 * @typedef {{src: string, column: string, quantity?: string, listed?: boolean, upTo?: string}} Scan */

const SCALE = 12;

/** A thing that stands on the lines: all that there is to be of it, in the first line where nothing is entered, because one scan of a crate is not one
 * kilogram; a label that says how much adds that. What else it says (a batch) must be that of the line, where the line says it.
 * @param {Lines} lines @param {import('./values.js').Item} item @param {Scan} scan @param {Record<string, any>} [said] by column; the quantity among it is how many
 * @returns {{row: number, refused?: string}} the row, or why it is not taken: a key of what is said */
export function scanListed(lines, item, scan, said = {}) {
  const { [scan.quantity ?? '']: by, ...rest } = said;
  const into = scan.quantity ?? '';
  const told = Object.entries(rest).filter(([key]) => lines.column(key));
  const of = lines.rows.map((row, at) => ({ row, at })).filter(({ row }) => row.values[scan.column]?.id === item.id);
  if (!of.length) return { row: -1, refused: 'el.lines.not_listed' };
  const fit = of.filter(({ row }) => told.every(([key, value]) => same(row.values[key], value) || same(row.values[key], '')));
  if (!fit.length) return { row: of[0].at, refused: 'el.lines.not_this_one' };
  if (!scan.upTo) return { row: fit[0].at };
  const open = fit.find(({ row }) => (by ? lacks(row, scan, by) : same(row.values[into], '')));
  if (!open) return { row: fit[fit.length - 1].at, refused: 'el.lines.full' };
  lines.set(open.at, into, by ? addTo(open.row.values[into], by) : addTo(open.row.values[scan.upTo], '0'));
  for (const [key, value] of told) {
    if (value && typeof value === 'object') lines.pick(open.at, key, value);
    else lines.set(open.at, key, value);
  }
  return { row: open.at };
}

/** Whether the line takes so many more. @param {Row} row @param {Scan} scan @param {string} by */
function lacks(row, scan, by) {
  const there = readNumber(addTo(row.values[scan.quantity ?? ''], by));
  const all = readNumber(row.values[scan.upTo ?? '']);
  return Boolean(there && all && toUnits(there, SCALE) <= toUnits(all, SCALE));
}
