// @ts-check
/** The interpreter of expression trees in the browser. `builder/expressions/to_json.py` makes the trees; a node is `null`, `true`, `false` or a list:
 *
 * - `["number", "12.50"]`, `["text", "A"]`, `["path", "customer.level"]`, `["list", item, …]`
 * - `["+", a, b]`, `["-", a, b]`, `["*", a, b]`, `["/", a, b]`, `["negate", a]`
 * - `["not", a]`, `["and", a, b, …]`, `["or", a, b, …]`, `["if", condition, then, otherwise]`
 * - `["compare", a, "<", b, "<=", c, …]` with `== != < <= > >= in` and `not in`
 * - `["call", "ROUND", argument, …]` with the functions of `KNOWN`
 *
 * A tree becomes closures once; it answers what the server answers, or fails with an `ExpressionError`. Pure. */
import { ARITHMETIC, decimal, fail, minus, number } from './decimal.js';
import { CALLS } from './functions/index.js';
import { COMPARE, fromWire, truth } from './kinds.js';

export { ExpressionError } from './decimal.js';

/** What an expression asks of the world. `zone` is an IANA name (UTC without one).
 * @typedef {{today: import('./kinds.js').Day, now: import('./kinds.js').Instant, user: string | null, zone?: string}} World */
/** @typedef {{values: Record<string, any>, world: World | null}} Context */
/** @typedef {(context: Context) => any} Run */

/** The functions that a tree may call here. */
export const KNOWN = Object.keys(CALLS).sort();

/** @type {WeakMap<any[], Run>} */
const kept = new WeakMap();

/** @param {any} tree @param {Record<string, any>} values by path, as values of expressions or as the server writes them @param {World | null} [world] @returns {any} */
export function evaluate(tree, values, world = null) {
  if (tree === null || typeof tree === 'boolean') return tree;
  let run = kept.get(tree);
  if (!run) kept.set(tree, (run = make(tree)));
  return run({ values, world });
}

/** @param {any} node @returns {Run} */
function make(node) {
  if (node === null || typeof node === 'boolean') return () => node;
  return Array.isArray(node) && Object.hasOwn(NODES, node[0]) ? NODES[node[0]](node) : fail('node');
}

/** @param {any[]} node @returns {Run[]} everything behind the first */
const parts = (node) => node.slice(1).map(make);

/** @type {Record<string, (node: any[]) => Run>} */
const NODES = {
  number(node) {
    const value = decimal(node[1]);
    return () => value;
  },
  text: (node) => () => node[1],
  path: (node) => (context) => (Object.hasOwn(context.values, node[1]) ? fromWire(context.values[node[1]]) : fail('missing')),
  list(node) {
    const items = parts(node);
    return (context) => items.map((item) => item(context));
  },
  negate(node) {
    const operand = make(node[1]);
    return (context) => {
      const value = operand(context);
      return value === null ? null : minus(number(value));
    };
  },
  not(node) {
    const operand = make(node[1]);
    return (context) => !truth(operand(context));
  },
  and(node) {
    const conditions = parts(node);
    return (context) => conditions.every((condition) => truth(condition(context)));
  },
  or(node) {
    const conditions = parts(node);
    return (context) => conditions.some((condition) => truth(condition(context)));
  },
  if(node) {
    const [condition, then, otherwise] = parts(node);
    return (context) => (truth(condition(context)) ? then(context) : otherwise(context));
  },
  compare: compareAll,
  call(node) {
    const call = Object.hasOwn(CALLS, node[1]) ? CALLS[node[1]] : fail('function');
    const values = node.slice(2).map(make);
    return (context) => call(context.world, ...values.map((value) => value(context)));
  },
};
for (const [sign, apply] of Object.entries(ARITHMETIC)) {
  NODES[sign] = (node) => {
    const [left, right] = parts(node);
    return (context) => {
      const first = left(context);
      return apply(first, right(context));
    };
  };
}

/** Neighbours are compared from the left until a pair does not hold. @param {any[]} node @returns {Run} */
function compareAll(node) {
  const first = make(node[1]);
  /** @type {[(a: any, b: any) => boolean, Run][]} */
  const pairs = [];
  for (let at = 2; at < node.length; at += 2) pairs.push([COMPARE[node[at]] ?? fail('node'), make(node[at + 1])]);
  return (context) => {
    let left = first(context);
    for (const [holds, other] of pairs) {
      const right = other(context);
      if (!holds(left, right)) return false;
      left = right;
    }
    return true;
  };
}
