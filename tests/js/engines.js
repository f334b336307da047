/** An engine for tests whose trees are functions of the context: the models do not care what a tree is. */

/** @param {(values: any) => any} run @param {string} [text] what the tree looks like as JSON */
export const tree = (run, text = '{}') => Object.assign(run, { toJSON: () => text });

export const engine = {
  evaluate: (run, values) => run(values),
  read: (field, value) => (['integer', 'decimal', 'money', 'quantity', 'percent'].includes(field.type) ? (value === '' || value === null ? null : Number(value)) : value && typeof value === 'object' ? value.id : value === '' ? null : value),
  write: (field, result) => (result === null || result === undefined ? '' : typeof result === 'number' ? result.toFixed(field.scale ?? 2) : result),
};
