// @ts-check
/** What a list remembers: the selection, which columns are shown in which order. Pure and immutable. */

/** @typedef {{key: string, label: string, fixed?: boolean}} Column */
/** @typedef {{order: string[], hidden: string[]}} Choice */

/** Adds or removes one. @param {ReadonlySet<string>} selected @param {string} id @returns {Set<string>} */
export function toggle(selected, id) {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Everything between two rows of the page gets the state of the row that was clicked last (shift-click).
 * @param {ReadonlySet<string>} selected @param {string[]} page ids in order @param {string} from @param {string} to @param {boolean} on @returns {Set<string>} */
export function range(selected, page, from, to, on) {
  const [a, b] = [page.indexOf(from), page.indexOf(to)];
  const next = new Set(selected);
  if (a < 0 || b < 0) return on ? next.add(to) : next;
  for (const id of page.slice(Math.min(a, b), Math.max(a, b) + 1)) if (on) next.add(id); else next.delete(id);
  return next;
}

/** @param {ReadonlySet<string>} selected @param {string[]} page @param {boolean} on @returns {Set<string>} */
export function setAll(selected, page, on) {
  const next = new Set(selected);
  for (const id of page) if (on) next.add(id); else next.delete(id);
  return next;
}

/** How much of the page is selected. @param {ReadonlySet<string>} selected @param {string[]} page @returns {'none' | 'some' | 'all'} */
export function coverage(selected, page) {
  const count = page.filter((id) => selected.has(id)).length;
  return count === 0 ? 'none' : count === page.length ? 'all' : 'some';
}

/** Columns in the chosen order; ones the choice does not know (new in a version) stay where the definition has them. @param {Column[]} columns @param {Choice | null} choice */
export function arrange(columns, choice) {
  if (!choice) return columns.map((column) => ({ ...column, shown: true }));
  const rank = new Map(choice.order.map((key, at) => [key, at]));
  const sorted = columns.map((column, at) => ({ column, at: rank.get(column.key) ?? at - 0.5 })).sort((a, b) => a.at - b.at);
  return sorted.map(({ column }) => ({ ...column, shown: column.fixed || !choice.hidden.includes(column.key) }));
}

/** @param {{key: string, shown: boolean}[]} arranged @returns {Choice} */
export const choiceOf = (arranged) => ({ order: arranged.map((one) => one.key), hidden: arranged.filter((one) => !one.shown).map((one) => one.key) });

/** Moves one column by one place. @template T @param {T[]} list @param {number} at @param {number} by @returns {T[]} */
export function moved(list, at, by) {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const next = [...list];
  next.splice(to, 0, ...next.splice(at, 1));
  return next;
}

/** What was refused in the same words stands once, the most frequent first. @template {{message?: string}} T @param {T[]} failed
 * @returns {{message: string, first: T[], more: number}[]} `first` are as many as are named, `more` is how many are not */
export function byMessage(failed, named = 5) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const one of failed) groups.set(one.message ?? '', [...(groups.get(one.message ?? '') ?? []), one]);
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length);
  return sorted.map(([message, all]) => ({ message, first: all.slice(0, named), more: Math.max(0, all.length - named) }));
}
