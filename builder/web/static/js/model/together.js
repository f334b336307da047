// @ts-check
/** Rows that look at each other: a share of what all rows come to, which row one stands in. Pure; no DOM, no network. */

/** @typedef {import('./values.js').Field} Field */
/** @typedef {import('./lines.js').Row} Row */
/** @typedef {import('./lines.js').Lines} Lines */

const NUMBER = /** @type {Field} */ ({ key: 'line_no', type: 'integer', label: '' });

export class Together {
  /** @param {Field[]} columns @param {string} name the lines field, as formulas call it: `parent.<name>.amount` is the column of all rows */
  constructor(columns, name) {
    this.above = `parent.${name}.`;
    this.formulas = columns.filter((column) => column.formula);
    const read = JSON.stringify(this.formulas.map((column) => column.formula));
    this.columns = columns.filter((column) => read.includes(`"${this.above}${column.key}"`));
    this.isNeeded = this.columns.length > 0 || read.includes('"line_no"');
  }

  /** The rows, each computed with what all of them say, until nothing changes. @param {Lines} lines @param {Row[]} given @returns {Row[]} */
  settled(lines, given) {
    if (!this.isNeeded) return given;
    let rows = given;
    for (let round = 0; round <= this.formulas.length; round++) {
      const counted = rows.filter((row) => !lines.isBlank(row));
      const around = Object.fromEntries(this.columns.map((column) => [`${this.above}${column.key}`, counted.map((row) => lines.engine.read(column, row.values[column.key]))]));
      const next = rows.map((row) => lines.compute(row, { ...around, line_no: lines.engine.read(NUMBER, String(counted.indexOf(row) + 1)) }));
      const isSame = next.every((row, at) => this.formulas.every((column) => row.values[column.key] === rows[at].values[column.key]));
      rows = next;
      if (isSame) break;
    }
    return rows;
  }
}
