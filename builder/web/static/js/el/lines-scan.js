// @ts-check
/** Scanning into zg-lines: a code by a scanner or the camera becomes a line, or adds to one. */
import { toast } from '../dom.js';
import { t } from '../model/i18n.js';
import { addTo } from '../model/number.js';
import { scanListed } from '../model/scanned.js';
import { fillUrl } from '../model/values.js';
import { send } from '../net.js';
import { readCode } from './lines-lookup.js';

/** @typedef {import('./zg-lines.js').ZgLines} ZgLines */

/** @param {ZgLines} grid @param {string} code @returns {Promise<boolean>} whether it means something here */
export async function takeCode(grid, code) {
  const scan = grid.data?.scan;
  if (!scan) return false;
  const { item, values, parts, unknown } = await readCode(fillUrl(scan.src, {}, grid.parentValues), code);
  // A case in a grid without units would be counted as one piece.
  if (!item || Object.entries(parts).some(([key, part]) => part && !grid.lines.column(key))) {
    grid.say(t('el.lines.not_found', { code }), true);
  } else if (scan.listed) {
    return listed(grid, item, scan, values, code);
  } else {
    const row = grid.lines.scan(item, scan, values, parts);
    grid.changed();
    grid.active = { row, col: scan.column };
    grid.say(t('el.lines.scanned', { label: item.label, qty: values[scan.quantity ?? ''] ?? 1 }));
    for (const one of unknown) offer(grid, grid.lines.rows[row].key, one);
    await grid.window.reveal(row);
  }
  grid.dispatchEvent(new CustomEvent('zg-scan', { detail: { code, item }, bubbles: true }));
  return Boolean(item);
}

/** A scan of what is on the lines: counted there, or the cell is opened; a wrong thing, and more than there is to be, are refused aloud.
 * @param {ZgLines} grid @param {import('../model/values.js').Item} item @param {import('../model/scanned.js').Scan} scan @param {Record<string, any>} values @param {string} code
 * @returns {Promise<boolean>} whether it was taken */
async function listed(grid, item, scan, values, code) {
  const { row, refused } = scanListed(grid.lines, item, scan, values);
  const told = (/** @type {string | undefined} */ key) => addTo(grid.lines.rows[row]?.values[key ?? ''], '0');
  const said = { label: item.label, n: row + 1, done: told(scan.quantity), all: told(scan.upTo) };
  grid.say(t(refused ?? (scan.upTo ? 'el.lines.counted' : 'el.lines.at_line'), said), Boolean(refused));
  if (row >= 0) {
    grid.changed();
    grid.active = { row, col: scan.quantity ?? scan.column };
    await grid.window.reveal(row);
  }
  grid.dispatchEvent(new CustomEvent('zg-scan', { detail: { code, item }, bubbles: true }));
  return !refused;
}

/** Offers to enter what a label names and nobody has entered yet. @param {ZgLines} grid @param {number} key of the row @param {import('./lines-lookup.js').Missing} missing */
function offer(grid, key, missing) {
  // It stays until somebody answers: without the batch the line cannot be saved.
  toast(t('el.lines.unknown', { label: missing.label }), { kind: 'warn', action: t('el.lines.enter_it'), onAction: () => enter(grid, key, missing) });
}

/** @param {ZgLines} grid @param {number} key @param {import('./lines-lookup.js').Missing} missing */
async function enter(grid, key, missing) {
  const { ok, data } = await send(missing.src, { body: missing.body });
  const row = grid.lines.rows.findIndex((one) => one.key === key);
  if (!ok || row < 0) {
    grid.say(data?.detail ?? t('el.lines.not_found', { code: missing.label }), true);
    return;
  }
  grid.lines.pick(row, missing.field, { id: data.id, label: missing.body[missing.title] ?? missing.label });
  grid.changed();
}

/** Reads codes with the camera until it is closed. @param {ZgLines} grid */
export async function openCamera(grid) {
  const { ZgScan } = await import('./zg-scan.js');
  ZgScan.open((code) => takeCode(grid, code));
}
