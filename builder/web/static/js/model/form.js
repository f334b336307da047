// @ts-check
/** A record's header while it is entered: values, what is visible and required, formulas, problems, conflicts. Pure. */
import { readTyped, same, toApi } from './values.js';

/** @typedef {import('./values.js').Field} Field */
/** @typedef {import('./values.js').Item} Item */
/** @typedef {import('./lines.js').Engine} Engine */
/** @typedef {{visible: boolean, shown: boolean, required: boolean, locked: boolean}} Look */

export class Form {
  /** @param {{fields: Field[], values?: Record<string, any>, paths?: Record<string, any>}} definition @param {Engine} engine @param {string} today */
  constructor(definition, engine, today) {
    this.fields = definition.fields;
    this.engine = engine;
    this.today = today;
    /** @type {Record<string, any>} */
    this.values = {};
    /** @type {Record<string, any>} values of referenced records, by path */
    this.paths = { ...definition.paths };
    /** @type {Record<string, string>} what was typed where it could not be read */
    this.typed = {};
    /** @type {Record<string, string>} text keys of unreadable input */
    this.errors = {};
    /** @type {Record<string, any[]>} columns of line grids, by path */
    this.lists = {};
    /** @type {Set<string>} keys of what somebody entered, over what was suggested */
    this.entered = new Set();
    for (const field of this.fields) this.values[field.key] = definition.values?.[field.key] ?? (definition.values ? '' : (field.default ?? ''));
    this.base = { ...this.values };
    /** @type {Record<string, Look>} */
    this.looks = {};
    this._keepGiven();
    this.compute();
  }

  /** What the form opens with, and is not what the default makes of it, was said by somebody: by the document that this one comes of. */
  _keepGiven() {
    const context = this.context();
    for (const field of this.fields) {
      const given = this.values[field.key];
      if (!field.suggest || same(given, '')) continue;
      if (!same(given, this.engine.write(field, this.engine.evaluate(field.suggest, context)))) this.entered.add(field.key);
    }
  }

  /** @param {string} key */
  field(key) {
    return this.fields.find((field) => field.key === key);
  }

  /** Whether the field shows what its default makes of the lines and of what was entered, because nobody entered anything else. @param {Field} field */
  isSuggested(field) {
    return Boolean(field.suggest) && !this.entered.has(field.key);
  }

  /** Whether the field judges what must be entered and is not yet: there is neither a yes nor a no. @param {Field} field */
  isWaiting(field) {
    return (field.waitsFor ?? []).some((key) => this.field(key) && same(this.values[key], ''));
  }

  /** The values that somebody said. @returns {Record<string, any>} */
  said() {
    return { ...this.values, ...Object.fromEntries(this.fields.filter((field) => this.isSuggested(field)).map((field) => [field.key, ''])) };
  }

  /** The values that addresses are filled with: what only the lines suggest is left out, or they would propose themselves. @returns {Record<string, any>} */
  plain() {
    return { ...this.values, ...Object.fromEntries(this.fields.filter((field) => field.ofLines && this.isSuggested(field)).map((field) => [field.key, ''])) };
  }

  /** Takes values back as `said` gave them. @param {Record<string, any>} values */
  restore(values) {
    Object.assign(this.values, values);
    for (const field of this.fields) if (field.suggest && !same(values[field.key], '')) this.entered.add(field.key);
  }

  /** What expressions see. @returns {Record<string, any>} */
  context() {
    /** @type {Record<string, any>} */
    const context = {};
    for (const field of this.fields) context[field.key] = this.engine.read(field, this.values[field.key]);
    return Object.assign(context, this.paths, this.lists);
  }

  /** Evaluates formulas (again and again until nothing changes) and then what is visible, required and locked.
   * @returns {string[]} keys of computed fields whose value changed */
  compute() {
    const context = this.context();
    const formulas = this.fields.filter((field) => field.formula || this.isSuggested(field));
    const changed = new Set();
    for (let round = 0; round < formulas.length; round++) {
      let moved = false;
      for (const field of formulas) {
        const result = this.isWaiting(field) ? '' : this.engine.write(field, this.engine.evaluate(field.formula ?? field.suggest, context));
        if (result === this.values[field.key]) continue;
        this.values[field.key] = result;
        context[field.key] = this.engine.read(field, result);
        changed.add(field.key);
        moved = true;
      }
      if (!moved) break;
    }
    const holds = (/** @type {any} */ tree, /** @type {boolean} */ otherwise) => (tree ? this.engine.evaluate(tree, context) === true : otherwise);
    for (const field of this.fields) {
      const visible = holds(field.visibleIf, true);
      const required = Boolean(field.required) || holds(field.requiredIf, false);
      this.looks[field.key] = {
        visible,
        // What must be filled in is not hidden by how the form is laid out.
        shown: visible && (required || holds(field.shownIf, true)),
        required,
        locked: Boolean(field.readOnly) || Boolean(field.formula) || !holds(field.editableIf, true),
      };
    }
    return [...changed];
  }

  /** @param {string} key @param {any} typed @returns {string | undefined} a text key when it cannot be read */
  set(key, typed) {
    const field = this.field(key);
    if (!field) return undefined;
    const { value, problem } = readTyped(field, typed, this.today);
    this.values[key] = value;
    if (value === '' && !problem) this.entered.delete(key);
    else this.entered.add(key);
    delete this.typed[key];
    delete this.errors[key];
    if (problem) {
      this.typed[key] = String(typed);
      this.errors[key] = problem;
    }
    this.compute();
    return problem;
  }

  /** A lookup got a record; values that come along fill other fields, paths are there for expressions.
   * @param {string} key @param {Item | null} item @returns {string[]} keys of the other fields that were filled */
  pick(key, item) {
    const { values = {}, paths = {}, ...plain } = item ?? {};
    this.values[key] = item ? plain : '';
    for (const path of Object.keys(this.paths)) if (path.startsWith(`${key}.`)) delete this.paths[path];
    Object.assign(this.paths, paths);
    const filled = Object.keys(values).filter((other) => this.field(other));
    for (const other of filled) this.values[other] = values[other] ?? '';
    this.compute();
    return filled;
  }

  /** Cells of a lines field changed. @param {string} lines @param {Record<string, any[]>} columns */
  setLines(lines, columns) {
    for (const [key, list] of Object.entries(columns)) this.lists[`${lines}.${key}`] = list;
    return this.compute();
  }

  /** What keeps this from being sent. @returns {{key: string, reason: string}[]} */
  problems() {
    return this.fields.flatMap((field) => {
      const look = this.looks[field.key];
      if (!look.visible) return [];
      if (this.errors[field.key]) return [{ key: field.key, reason: this.errors[field.key] }];
      return look.required && !look.locked && same(this.values[field.key], '') ? [{ key: field.key, reason: 'el.required' }] : [];
    });
  }

  isDirty() {
    return this.fields.some((field) => !field.formula && !same(this.values[field.key], this.base[field.key]));
  }

  /** The body for the API. With `onlyChanged` (an update) untouched fields stay away; of a new record those that were empty and still are, so
   * that a default which needs what was entered can fill them; a hidden field is sent empty. @param {boolean} [onlyChanged] */
  toApi(onlyChanged = false) {
    /** @type {Record<string, any>} */
    const body = {};
    for (const field of this.fields) {
      if (field.formula || field.readOnly || this.isSuggested(field)) continue;
      const { visible } = this.looks[field.key];
      const value = visible ? this.values[field.key] : '';
      if (!onlyChanged && visible && same(value, '') && same(this.base[field.key], '')) continue;
      if (!onlyChanged || !same(value, this.base[field.key])) body[field.key] = toApi(field, value);
    }
    return body;
  }
}

/** Where a problem of the server belongs. `/lines/2/qty` (from 0) is a cell, `/price` a field, the rest the whole form.
 * @param {string} path @param {Set<string>} fields @param {Set<string>} lines
 * @returns {{kind: 'field', key: string} | {kind: 'cell', lines: string, row: number, key: string} | {kind: 'form'}} */
export function placeOf(path, fields, lines) {
  const parts = path.replace(/^[/#]+/, '').split('/');
  if (parts.length >= 2 && lines.has(parts[0]) && /^\d+$/.test(parts[1])) return { kind: 'cell', lines: parts[0], row: Number(parts[1]), key: parts[2] ?? '' };
  return fields.has(parts[0]) ? { kind: 'field', key: parts[0] } : { kind: 'form' };
}

/** Three ways to one record. What only one side changed is taken from that side; what both changed differently is for the person to choose.
 * @param {string[]} keys @param {Record<string, any>} base @param {Record<string, any>} mine @param {Record<string, any>} theirs
 * @returns {{merged: Record<string, any>, conflicts: string[], taken: string[]}} `taken` are keys that follow the other side */
export function merge(keys, base, mine, theirs) {
  /** @type {Record<string, any>} */
  const merged = {};
  const conflicts = [];
  const taken = [];
  for (const key of keys) {
    const iChanged = !same(mine[key], base[key]);
    const theyChanged = !same(theirs[key], base[key]);
    merged[key] = iChanged ? mine[key] : theirs[key];
    if (iChanged && theyChanged && !same(mine[key], theirs[key])) conflicts.push(key);
    else if (theyChanged && !iChanged) taken.push(key);
  }
  return { merged, conflicts, taken };
}
