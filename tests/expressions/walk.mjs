// Walks the trees of a task from standard input and writes the answers: {value} or {reason}.
import { readFileSync } from 'node:fs';

const model = new URL('../../builder/web/static/js/model/', import.meta.url);
const { evaluate } = await import(new URL('expression.js', model));
const { fromWire, toWire } = await import(new URL('kinds.js', model));

const task = JSON.parse(readFileSync(0, 'utf8'));
const world = Object.fromEntries(Object.entries(task.world).map(([name, value]) => [name, fromWire(value)]));
const answers = task.cases.map(({ tree, values }) => {
  try {
    return { value: toWire(evaluate(tree, values, world)) };
  } catch (error) {
    return { reason: error.reason ?? String(error.stack) };
  }
});
process.stdout.write(JSON.stringify(answers));
