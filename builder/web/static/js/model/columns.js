// @ts-check
/** Which columns of the lines stand on the page: what the header says may bring one and take another away. Pure. */

/** @typedef {import('./values.js').Field} Field */
/** @typedef {import('./lines.js').Row} Row */

/** The columns that people see. One with a condition `byHeader` is there while that holds; before the header has spoken, unless it is `away`.
 * @param {Field[]} columns @param {import('./lines.js').Engine} engine @param {Record<string, any> | null} around what the header says, by path */
export function shownAmong(columns, engine, around) {
  return columns.filter((column) => !column.hidden && (!column.byHeader || (around ? Boolean(engine.evaluate(column.byHeader, around)) : !column.away)));
}

/** Whether the document has no such column as it stands: nothing of it is asked for or sent. @param {Field} column @param {Field[]} shown */
export const isAway = (column, shown) => Boolean(column.byHeader) && !shown.includes(column);

/** The row with another value in a cell. @param {Row} row @param {string} key @param {any} value @param {string | undefined} problem @param {string | null} typed @returns {Row} */
export function withCell(row, key, value, problem, typed) {
  const next = { ...row, values: { ...row.values, [key]: value }, typed: { ...row.typed }, errors: { ...row.errors } };
  delete next.typed[key];
  delete next.errors[key];
  if (problem) next.errors[key] = problem;
  if (typed !== null) next.typed[key] = typed;
  return next;
}
