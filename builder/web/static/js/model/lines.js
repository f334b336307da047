// @ts-check
/** The lines of a document while they are entered: rows, computed cells, totals, scan, paste. Pure; no DOM, no network. */
import { isAway, shownAmong, withCell } from './columns.js';
import { fromUnits, readNumber, toUnits } from './number.js';
import { Together } from './together.js';
import { isNumeric, isReference, readTyped, same, toApi } from './values.js';

/** @typedef {import('./values.js').Field} Field */
/** @typedef {import('./values.js').Item} Item */
/** @typedef {{key: number, id: any, values: Record<string, any>, paths: Record<string, any>, typed: Record<string, string>, errors: Record<string, string>, along?: Record<string, any>}} Row */
/** Computes formulas; `js/model/engine.js` is the real one. `read` makes an expression's value, `write` makes a field's text again.
 * @typedef {{evaluate: (tree: any, values: Record<string, any>) => any, read: (field: Field, value: any) => any, write: (field: Field, result: any) => any}} Engine */
/** @typedef {{key: string, label: string, scale?: number, grand?: boolean, unit?: string, unitField?: string}} Total */

const TOTAL_SCALE = 12;
/** What is the same for header and lines. */
const SHARED = /^(setting|actor)\./;
let nextKey = 1;

export class Lines {
  /** @param {{key?: string, columns: Field[], totals?: Total[], rows?: any[]}} definition @param {Engine} engine @param {string} today */
  constructor(definition, engine, today) {
    this.columns = definition.columns;
    /** Columns that formulas need and nobody sees stand last. */
    this.shown = shownAmong(this.columns, engine, null);
    this.totalKeys = [...new Set((definition.totals ?? []).map((total) => total.key))];
    this.formulas = this.columns.filter((column) => column.formula);
    this.usesParent = JSON.stringify(this.formulas.map((column) => column.formula)).includes('"parent.');
    this.together = new Together(this.columns, definition.key ?? 'lines');
    this.engine = engine;
    this.today = today;
    /** @type {Record<string, any>} */
    this.parent = {};
    /** @type {Record<string, bigint>} */
    this.totals = {};
    /** @type {Row[]} */
    this.rows = [];
    this.load(definition.rows ?? []);
  }

  /** Takes rows as the page or a draft gives them. @param {any[]} given */
  load(given) {
    this.replaceAll(given.map((values) => this.compute(this.blank(values))));
  }

  /** A row with defaults, or with the values given. @param {Record<string, any>} [values] @returns {Row} */
  blank(values) {
    /** @type {Record<string, any>} */
    const own = {};
    for (const column of this.columns) own[column.key] = values ? (values[column.key] ?? '') : (column.default ?? '');
    return { key: nextKey++, id: values?.id ?? null, values: own, paths: values?.$paths ?? {}, typed: {}, errors: {} };
  }

  /** Whether nobody entered anything. @param {Row} row */
  isBlank(row) {
    return row.id === null && Object.keys(row.typed).length === 0 && this.columns.every((column) => column.readOnly || column.formula || column.type === 'boolean'
      || same(row.values[column.key], column.default ?? '') || same(row.values[column.key], ''));
  }

  /** @param {Row[]} given */
  replaceAll(given) {
    this.rows = this.together.settled(this, given);
    for (const key of this.totalKeys) this.totals[key] = this.rows.reduce((total, row) => total + units(row.values[key]), 0n);
  }

  /** Puts a changed row in place; totals move by the difference. @param {number} index @param {Row} row */
  replace(index, row) {
    const old = this.rows[index];
    const rows = this.rows.with ? this.rows.with(index, row) : this.rows.map((one, at) => (at === index ? row : one));
    if (this.together.isNeeded) return this.replaceAll(rows);
    this.rows = rows;
    for (const key of this.totalKeys) this.totals[key] += units(row.values[key]) - units(old.values[key]);
  }

  /** The row with its formulas evaluated. Formulas may use each other in any order: they are repeated until nothing changes.
   * @param {Row} row @param {Record<string, any>} [around] what all rows say, by path @returns {Row} */
  compute(row, around = {}) {
    if (!this.formulas.length) return row;
    const values = { ...row.values };
    const context = Object.assign(this.context({ ...row, values }), around);
    for (let round = 0; round < this.formulas.length; round++) {
      let changed = false;
      for (const column of this.formulas) {
        const result = this.engine.write(column, this.engine.evaluate(column.formula, context));
        if (result === values[column.key]) continue;
        values[column.key] = result;
        context[column.key] = this.engine.read(column, result);
        changed = true;
      }
      if (!changed) break;
    }
    return { ...row, values };
  }

  /** What the header says, as the rows see it. @returns {Record<string, any>} */
  around() {
    return Object.fromEntries(Object.entries(this.parent).map(([path, value]) => [SHARED.test(path) ? path : `parent.${path}`, value]));
  }

  /** What an expression of this row sees. @param {Row} row @returns {Record<string, any>} */
  context(row) {
    const context = this.around();
    for (const column of this.columns) context[column.key] = this.engine.read(column, row.values[column.key]);
    return Object.assign(context, row.paths);
  }

  /** The header changed: rows that look at it are computed again. @param {Record<string, any>} values as expressions see them @returns {boolean} whether rows were computed */
  setParent(values) {
    this.parent = values;
    if (this.columns.some((column) => column.byHeader)) this.shown = shownAmong(this.columns, this.engine, this.around());
    if (this.usesParent) this.replaceAll(this.rows.map((row) => this.compute(row)));
    return this.usesParent;
  }

  /** Somebody typed into a cell. @param {number} index @param {string} key @param {any} typed */
  set(index, key, typed) {
    const column = /** @type {Field} */ (this.column(key));
    const row = this.rows[index];
    const { value, problem } = readTyped(column, typed, this.today);
    this.replace(index, this.compute(withCell(row, key, value, problem, problem ? String(typed) : null)));
  }

  /** A lookup cell got a record (or none); values that come with it fill the other cells. @param {number} index @param {string} key @param {Item | null} item */
  pick(index, key, item) {
    this.replace(index, this.compute(this.withItem(this.rows[index], key, item)));
  }

  /** @param {Row} row @param {string} key @param {Item | null} item @returns {Row} */
  withItem(row, key, item) {
    const { values: given = {}, paths = {}, ...plain } = item ?? {};
    let next = withCell(row, key, item ? plain : '', undefined, null);
    for (const [other, value] of Object.entries(given)) if (this.column(other)) next = withCell(next, other, value ?? '', undefined, null);
    return { ...next, paths: { ...next.paths, ...paths }, along: { ...row.along, ...given } };
  }

  /** The columns whose value came along with a chosen record and depends on this one: a price on the quantity, and on the unit that was taken away. @param {number} index @param {string} key @returns {Field[]} */
  followers(index, key) {
    const row = this.rows[index];
    return this.columns.filter((column) => column.follows && [...column.follows.on, ...column.follows.fields].includes(key) && row?.along && same(row.values[column.key], row.along[column.key] ?? ''));
  }

  /** What comes along now that the row says more. What somebody typed over in the meantime stays. @param {number} index @param {Field[]} columns @param {Record<string, any>} given */
  follow(index, columns, given) {
    let row = this.rows[index];
    for (const { key } of columns.filter((column) => column.key in given && same(row.values[column.key], row.along?.[column.key] ?? ''))) row = withCell(row, key, given[key] ?? '', undefined, null);
    this.replace(index, this.compute({ ...row, along: { ...row.along, ...given } }));
  }

  /** @param {string} key */
  column(key) {
    return this.columns.find((column) => column.key === key);
  }

  /** @param {number} [at] @returns {number} where the new row is */
  add(at = this.rows.length) {
    this.replaceAll([...this.rows.slice(0, at), this.compute(this.blank()), ...this.rows.slice(at)]);
    return at;
  }

  /** @param {number} index */
  remove(index) {
    this.replaceAll(this.rows.filter((_, at) => at !== index));
  }

  /** A copy below. @param {number} index */
  duplicate(index) {
    const copy = { ...this.rows[index], key: nextKey++, id: null };
    this.replaceAll([...this.rows.slice(0, index + 1), copy, ...this.rows.slice(index + 1)]);
  }

  /** A scan: the same thing again adds to the quantity, something new takes the first blank row or a new one. What else its label said (a batch, a
   * day) must be the same for it to be the same thing; a row in which it is not entered yet takes it.
   * @param {Item} item @param {{column: string, quantity?: string}} scan @param {Record<string, any>} [said] by column; the quantity among it is how many
   * @param {Record<string, any>} [parts] of which of its parts it is one, by column, which is always the same: a bottle adds to no case @returns {number} the row */
  scan(item, scan, said = {}, parts = {}) {
    const { [scan.quantity ?? '']: by = '1', ...rest } = said;
    const told = Object.entries(rest).filter(([key]) => this.column(key));
    const own = Object.entries(parts).filter(([key]) => this.column(key));
    const fits = (/** @type {Row} */ row, /** @type {boolean} */ mayLack) => row.values[scan.column]?.id === item.id
      && own.every(([key, value]) => same(row.values[key], value))
      && told.every(([key, value]) => same(row.values[key], value) || (mayLack && same(row.values[key], '')));
    let at = this.rows.findIndex((row) => fits(row, false));
    if (at < 0) at = this.rows.findIndex((row) => fits(row, true));
    if (at >= 0) {
      if (scan.quantity) this.set(at, scan.quantity, plus(this.rows[at].values[scan.quantity], by));
    } else {
      at = this.rows.findIndex((row) => this.isBlank(row));
      if (at < 0) at = this.add();
      this.pick(at, scan.column, item);
      for (const [key, value] of own) if (value) this.pick(at, key, value);
      if (scan.quantity) this.set(at, scan.quantity, by);
    }
    for (const [key, value] of told) {
      if (value && typeof value === 'object') this.pick(at, key, value);
      else this.set(at, key, value);
    }
    return at;
  }

  /** A block copied from a spreadsheet, from a cell on. Locked columns take their place in the block and are left alone.
   * @param {number} index @param {string} key @param {string} text
   * @returns {{rows: number, unknown: {row: number, key: string, text: string}[]}} `unknown` are texts of references still to be looked up */
  paste(index, key, text) {
    const block = text.replace(/\r/g, '').replace(/\n$/, '').split('\n').map((line) => line.split('\t'));
    const columns = this.shown.slice(this.shown.findIndex((column) => column.key === key));
    const rows = [...this.rows];
    /** @type {{row: number, key: string, text: string}[]} */
    const unknown = [];
    block.forEach((cells, down) => {
      let row = rows[index + down] ?? this.blank();
      cells.forEach((cell, across) => {
        const column = columns[across];
        if (!column || column.readOnly || column.formula) return;
        const typed = cell.trim();
        if (isReference(column)) {
          if (typed) unknown.push({ row: index + down, key: column.key, text: typed });
          row = withCell(row, column.key, '', typed ? 'el.choose_from_list' : undefined, typed || null);
        } else {
          const { value, problem } = readTyped(column, typed, this.today);
          row = withCell(row, column.key, value, problem, problem ? typed : null);
        }
      });
      rows[index + down] = this.compute(row);
    });
    this.replaceAll(rows);
    return { rows: block.length, unknown };
  }

  /** The records that pasted texts turned out to be; what was found replaces the text, pasted cells win over values that come along.
   * @param {{row: number, key: string, item: Item | null}[]} found */
  resolve(found) {
    const rows = [...this.rows];
    for (const { row: at, key, item } of found) {
      if (!item || !rows[at]) continue;
      const before = rows[at];
      const filled = this.withItem(before, key, item);
      for (const column of this.columns) if (column.key !== key && !same(before.values[column.key], '') && !same(before.values[column.key], column.default ?? '')) filled.values[column.key] = before.values[column.key];
      rows[at] = this.compute(filled);
    }
    this.replaceAll(rows);
  }

  /** Problems of the server, by row and column; the rest is cleared. @param {{row: number, key: string, message: string}[]} problems */
  setErrors(problems) {
    this.rows = this.rows.map((row, at) => {
      /** @type {Record<string, string>} */
      const errors = {};
      for (const problem of problems) if (problem.row === at) errors[problem.key] = problem.message;
      return Object.keys(errors).length || Object.keys(row.errors).length ? { ...row, errors } : row;
    });
  }

  /** Cells that cannot be sent: unreadable ones, and required ones of rows that are not blank. @returns {{row: number, key: string, reason: string}[]} */
  problems() {
    return this.rows.flatMap((row, at) => (this.isBlank(row) ? [] : this.columns.flatMap((column) => {
      if (row.typed[column.key] !== undefined) return [{ row: at, key: column.key, reason: row.errors[column.key] ?? 'el.choose_from_list' }];
      const missing = column.required && !isAway(column, this.shown) && !column.readOnly && !column.formula && same(row.values[column.key], '');
      return missing ? [{ row: at, key: column.key, reason: 'el.required' }] : [];
    })));
  }

  /** Rows as the API takes them; blank ones and computed cells are left out. */
  toApi() {
    return this.rows.filter((row) => !this.isBlank(row)).map((row) => {
      /** @type {Record<string, any>} */
      const body = row.id === null ? {} : { id: row.id };
      for (const column of this.columns) if (!column.formula && !column.readOnly) body[column.key] = isAway(column, this.shown) ? null : toApi(column, row.values[column.key]);
      return body;
    });
  }

  /** Rows as `load` takes them again: for drafts. */
  snapshot() {
    return this.rows.filter((row) => !this.isBlank(row)).map((row) => ({ id: row.id, ...row.values, $paths: row.paths }));
  }

  /** One column as a list, for formulas of the header (`lines.amount`). @param {string} key @returns {any[]} */
  columnValues(key) {
    const column = this.column(key);
    return column ? this.rows.filter((row) => !this.isBlank(row)).map((row) => this.engine.read(column, row.values[key])) : [];
  }

  /** A total as plain text. @param {string} key */
  total(key) {
    return fromUnits(this.totals[key] ?? 0n, TOTAL_SCALE);
  }
}

/** @param {unknown} value */
const units = (value) => {
  const plain = readNumber(value);
  return plain ? toUnits(plain, TOTAL_SCALE) : 0n;
};

/** @param {unknown} value @param {string} by */
const plus = (value, by) => fromUnits(units(value) + units(by), TOTAL_SCALE).replace(/\.?0+$/, '');

export { isNumeric, isReference };
