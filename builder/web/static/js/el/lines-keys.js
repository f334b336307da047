// @ts-check
/** Spreadsheet keys over cells marked data-row and data-col. Composition (IME) is left alone. */

/**
 * @typedef {{rows: () => number, go: (row: number, col: string, select: boolean) => void, columns: () => string[], addBelow: (row: number) => void,
 *   remove: (row: number) => void, duplicate: (row: number) => void, copyDown: (row: number, col: string) => void}} Moves
 */

/** @param {KeyboardEvent} event @param {Moves} moves */
export function lineKeys(event, moves) {
  const cell = /** @type {HTMLInputElement} */ (event.target);
  const { row: rowText, col } = cell.dataset;
  if (event.isComposing || rowText === undefined || col === undefined || cell.getAttribute('aria-expanded') === 'true') return;
  const row = Number(rowText);
  if (event.ctrlKey || event.metaKey) {
    const command = { Enter: () => moves.addBelow(row + 1), Delete: () => moves.remove(row), Backspace: () => moves.remove(row), d: () => moves.copyDown(row, col), j: () => moves.duplicate(row) }[event.key];
    if (!command) return;
    event.preventDefault();
    command();
    return;
  }
  if (event.altKey || (event.key === 'Enter' && cell instanceof HTMLButtonElement)) return;
  const columns = moves.columns();
  const at = columns.indexOf(col);
  const isText = cell instanceof HTMLInputElement && cell.type !== 'checkbox';
  const atStart = !isText || (cell.selectionStart === 0 && (cell.selectionEnd === 0 || cell.selectionEnd === cell.value.length));
  const atEnd = !isText || (cell.selectionEnd === cell.value.length && (cell.selectionStart === 0 || cell.selectionStart === cell.value.length));
  /** @type {(() => void) | undefined} */
  let move;
  if (event.key === 'Enter' && event.shiftKey) move = row > 0 ? () => moves.go(row - 1, col, true) : undefined;
  else if (event.key === 'Enter') move = () => (row + 1 < moves.rows() ? moves.go(row + 1, col, true) : moves.addBelow(row + 1));
  else if (event.key === 'ArrowDown' && !(cell instanceof HTMLSelectElement)) move = row + 1 < moves.rows() ? () => moves.go(row + 1, col, true) : undefined;
  else if (event.key === 'ArrowUp' && !(cell instanceof HTMLSelectElement)) move = row > 0 ? () => moves.go(row - 1, col, true) : undefined;
  else if (event.key === 'ArrowLeft' && atStart) move = at > 0 ? () => moves.go(row, columns[at - 1], true) : undefined;
  else if (event.key === 'ArrowRight' && atEnd) move = at + 1 < columns.length ? () => moves.go(row, columns[at + 1], true) : undefined;
  else if (event.key === 'Tab' && !event.shiftKey && at === columns.length - 1 && row + 1 === moves.rows() && cell.value !== '') move = () => moves.addBelow(row + 1);
  else if (event.key === 'PageDown') move = () => moves.go(Math.min(row + 15, moves.rows() - 1), col, true);
  else if (event.key === 'PageUp') move = () => moves.go(Math.max(row - 15, 0), col, true);
  if (!move) return;
  event.preventDefault();
  move();
}
