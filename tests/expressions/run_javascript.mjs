/** Evaluates many trees in one process: reads `{values, world, trees}` from stdin, writes a list of `{value}` or `{failed}`. */
import { readFileSync } from 'node:fs';
import { evaluate, ExpressionError, KNOWN } from '../../builder/web/static/js/model/expression.js';
import { fromWire, toWire } from '../../builder/web/static/js/model/kinds.js';

const { values, world, trees } = JSON.parse(readFileSync(0, 'utf8'));
const seen = { ...world, today: fromWire(world.today), now: fromWire(world.now) };
const results = trees.map((tree) => {
  try {
    return { value: toWire(evaluate(tree, values, seen)) };
  } catch (error) {
    return { failed: error instanceof ExpressionError ? error.reason : `not meant: ${error.stack}` };
  }
});
process.stdout.write(JSON.stringify({ known: KNOWN, results }));
