// @ts-check
/** The interpreter of expression trees in the browser. `builder/expressions/to_json.py` makes the trees; a node is `null`, `true`, `false` or a list:
 *
 * - `["number", "12.50"]`, `["text", "A"]`, `["path", "customer.level"]`, `["list", item, …]`
 * - `["+", a, b]`, `["-", a, b]`, `["*", a, b]`, `["/", a, b]`, `["negate", a]`
 * - `["not", a]`, `["and", a, b, …]`, `["or", a, b, …]`, `["if", condition, then, otherwise]`
 * - `["compare", a, "<", b, "<=", c, …]` with `== != < <= > >= in` and `not in`
 * - `["call", "ROUND", argument, …]` with the functions of `KNOWN`
 *
 * It answers what the server answers, or fails with an `ExpressionError`. Pure. */
import { ARITHMETIC, decimal, fail, minus, number } from './decimal.js';
import { CALLS } from './functions/index.js';
import { COMPARE, fromWire, truth } from './kinds.js';

export { ExpressionError } from './decimal.js';

/** What an expression asks of the world. `zone` is an IANA name (UTC without one).
 * @typedef {{today: import('./kinds.js').Day, now: import('./kinds.js').Instant, user: string | null, zone?: string}} World */
/** @typedef {{values: Record<string, any>, world: World | null}} Context */

/** The functions that a tree may call here. */
export const KNOWN = Object.keys(CALLS).sort();

/** @param {any} tree @param {Record<string, any>} values by path, as values of expressions or as the server writes them @param {World | null} [world] @returns {any} */
export const evaluate = (tree, values, world = null) => run(tree, { values, world });

/** @param {any} node @param {Context} context @returns {any} */
function run(node, context) {
  if (node === null || typeof node === 'boolean') return node;
  const make = NODES[node[0]] ?? fail('node');
  return make(node, context);
}

/** @type {Record<string, (node: any[], context: Context) => any>} */
const NODES = {
  number: (node) => decimal(node[1]),
  text: (node) => node[1],
  path: (node, context) => (Object.hasOwn(context.values, node[1]) ? fromWire(context.values[node[1]]) : fail('missing')),
  list: (node, context) => node.slice(1).map((item) => run(item, context)),
  negate(node, context) {
    const value = run(node[1], context);
    return value === null ? null : minus(number(value));
  },
  not: (node, context) => !truth(run(node[1], context)),
  and: (node, context) => node.slice(1).every((part) => truth(run(part, context))),
  or: (node, context) => node.slice(1).some((part) => truth(run(part, context))),
  if: (node, context) => run(truth(run(node[1], context)) ? node[2] : node[3], context),
  compare: compareAll,
  call(node, context) {
    const call = Object.hasOwn(CALLS, node[1]) ? CALLS[node[1]] : fail('function');
    return call(context.world, ...node.slice(2).map((argument) => run(argument, context)));
  },
};
for (const [sign, apply] of Object.entries(ARITHMETIC)) {
  NODES[sign] = (node, context) => {
    const left = run(node[1], context);
    return apply(left, run(node[2], context));
  };
}

/** Neighbours are compared from the left until a pair does not hold. @param {any[]} node @param {Context} context */
function compareAll(node, context) {
  let left = run(node[1], context);
  for (let at = 2; at < node.length; at += 2) {
    const right = run(node[at + 1], context);
    if (!(COMPARE[node[at]] ?? fail('node'))(left, right)) return false;
    left = right;
  }
  return true;
}
