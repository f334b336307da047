import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../builder/web/static/js/model/lines.js';
import { engine, tree } from './engines.js';

const bolt = { id: 1, code: 'D-1', label: '螺栓', values: { price: '0.85' }, paths: { 'item.level': 'A' } };
const plate = { id: 2, code: 'D-2', label: '钢板', values: { price: '438.00' } };
const columns = () => [
  { key: 'item', type: 'reference', label: '物料', required: true },
  { key: 'qty', type: 'decimal', label: '数量', scale: 2, required: true, default: '1' },
  { key: 'price', type: 'money', label: '单价', scale: 2 },
  { key: 'gross', type: 'money', label: '含税', scale: 2, formula: tree((v) => (v.amount === null ? null : v.amount * 1.13)) },
  { key: 'amount', type: 'money', label: '金额', scale: 2, formula: tree((v) => (v.qty === null || v.price === null ? null : v.qty * v.price)) },
  { key: 'kind', type: 'choice', label: '类别', options: [{ key: 'a', label: '甲' }] },
];
const grid = (rows = []) => new Lines({ columns: columns(), totals: [{ key: 'amount', label: '金额' }, { key: 'qty', label: '数量' }], rows }, engine, '2026-11-25');
const two = () => grid([{ id: 9, item: { id: 1, label: '螺栓' }, qty: '10', price: '0.85' }, { id: 8, item: { id: 2, label: '钢板' }, qty: '2', price: '438.00' }]);

test('computed cells and totals follow a keystroke', () => {
  const lines = two();
  assert.equal(lines.rows[0].values.amount, '8.50');
  assert.equal(lines.total('amount'), '884.500000000000');
  lines.set(0, 'qty', '1,000');
  assert.equal(lines.rows[0].values.amount, '850.00');
  assert.equal(lines.total('amount'), '1726.000000000000');
});

test('a formula may use one that stands to its right', () => {
  assert.equal(two().rows[1].values.gross, '989.88');
});

test('unreadable input is kept as typed, counts as nothing and keeps the form from being sent', () => {
  const lines = two();
  lines.set(0, 'qty', '十');
  assert.equal(lines.rows[0].typed.qty, '十');
  assert.equal(lines.rows[0].values.amount, '');
  assert.equal(lines.total('qty'), '2.000000000000');
  assert.deepEqual(lines.problems(), [{ row: 0, key: 'qty', reason: 'el.not_a_number' }]);
  lines.set(0, 'qty', '3.14159');
  assert.equal(lines.problems()[0].reason, 'el.too_many_decimals');
  lines.set(0, 'qty', '3.1400');
  assert.equal(lines.rows[0].values.qty, '3.14');
  assert.deepEqual(lines.problems(), []);
});

test('a picked record fills the cells that come with it and the paths of expressions', () => {
  const lines = grid();
  lines.add();
  lines.pick(0, 'item', bolt);
  assert.equal(lines.rows[0].values.price, '0.85');
  assert.equal(lines.rows[0].values.amount, '0.85');
  assert.equal(lines.context(lines.rows[0])['item.level'], 'A');
  assert.deepEqual(lines.toApi(), [{ item: 1, qty: '1', price: '0.85', kind: null }]);
});

test('a price goes back to the others that fill it when one of them is taken away', () => {
  const made = columns();
  made[2].follows = { fields: ['item', 'kind'], on: [] };
  const lines = new Lines({ columns: made, totals: [], rows: [] }, engine, '2026-11-25');
  lines.add();
  lines.pick(0, 'item', bolt);
  assert.deepEqual(lines.followers(0, 'qty'), []);
  assert.deepEqual(lines.followers(0, 'kind').map((column) => column.key), ['price']);
  lines.set(0, 'price', '0.75');
  assert.deepEqual(lines.followers(0, 'kind'), []);
});

test('scanning: a case is a line of its own, and a piece adds to no case', () => {
  const lines = grid();
  const scan = { column: 'item', quantity: 'qty' };
  const box = { kind: { id: 7, label: '箱' } };
  assert.equal(lines.scan(bolt, scan, {}, { kind: '' }), 0);
  assert.equal(lines.scan(bolt, scan, {}, box), 1);
  assert.equal(lines.scan(bolt, scan, {}, box), 1);
  assert.equal(lines.scan(bolt, scan, {}, { kind: '' }), 0);
  assert.deepEqual(lines.rows.map((row) => [row.values.qty, row.values.kind?.label ?? row.values.kind]), [['2', ''], ['2', '箱']]);
});

test('scanning: a new thing takes the blank line, the same thing again adds one', () => {
  const lines = grid();
  lines.add();
  const scan = { column: 'item', quantity: 'qty' };
  assert.equal(lines.scan(bolt, scan), 0);
  assert.equal(lines.scan(plate, scan), 1);
  assert.equal(lines.scan(bolt, scan), 0);
  assert.equal(lines.rows.length, 2);
  assert.equal(lines.rows[0].values.qty, '2');
});

test('a pasted block grows the grid, leaves computed columns alone and reports what must be looked up', () => {
  const lines = grid();
  lines.add();
  const { rows, unknown } = lines.paste(0, 'item', 'D-1\t3\t1,200.5\t\t\t甲\r\nD-9\tx\t2\r\n');
  assert.equal(rows, 2);
  assert.deepEqual(unknown.map((one) => one.text), ['D-1', 'D-9']);
  lines.resolve([{ row: 0, key: 'item', item: bolt }, { row: 1, key: 'item', item: null }]);
  assert.equal(lines.rows[0].values.item.label, '螺栓');
  assert.equal(lines.rows[0].values.price, '1200.5', 'the pasted price wins over the one of the record');
  assert.equal(lines.rows[0].values.amount, '3601.50');
  assert.equal(lines.rows[0].values.kind, 'a');
  assert.deepEqual(lines.problems().map((one) => `${one.row} ${one.key}`), ['1 item', '1 qty']);
});

test('blank lines are not sent and not complained about', () => {
  const lines = two();
  lines.add();
  assert.equal(lines.toApi().length, 2);
  assert.deepEqual(lines.problems(), []);
  lines.set(2, 'price', '5');
  assert.deepEqual(lines.problems(), [{ row: 2, key: 'item', reason: 'el.required' }]);
});

test('stored lines keep their id, a duplicate gets a new one', () => {
  const lines = two();
  lines.duplicate(0);
  assert.deepEqual(lines.toApi().map((line) => line.id), [9, undefined, 8]);
});

test('removing can be taken back', () => {
  const lines = two();
  const before = lines.rows;
  lines.remove(0);
  assert.equal(lines.total('qty'), '2.000000000000');
  lines.replaceAll(before);
  assert.equal(lines.total('qty'), '12.000000000000');
});

test('the header changes lines that look at it, and only those', () => {
  const plain = two();
  assert.equal(plain.setParent({ rate: 1 }), false);
  const lines = new Lines({ columns: [{ key: 'qty', type: 'decimal', label: 'q' }, { key: 'x', type: 'decimal', label: 'x', scale: 1, formula: tree((v) => v.qty * v['parent.rate'], 'parent.rate') }], rows: [{ qty: '2' }] }, engine, '2026-11-25');
  assert.equal(lines.setParent({ rate: 1.5 }), true);
  assert.equal(lines.rows[0].values.x, '3.0');
});

test('a snapshot loads back to the same lines', () => {
  const lines = two();
  const again = grid();
  again.load(JSON.parse(JSON.stringify(lines.snapshot())));
  assert.deepEqual(again.toApi(), lines.toApi());
});

test('problems of the server are marked and cleared', () => {
  const lines = two();
  lines.setErrors([{ row: 1, key: 'qty', message: '太多' }]);
  assert.equal(lines.rows[1].errors.qty, '太多');
  lines.set(1, 'qty', '1');
  assert.equal(lines.rows[1].errors.qty, undefined);
});

test('after a keystroke in 2,000 lines only one line is computed', () => {
  let calls = 0;
  const counted = { ...engine, evaluate: (run, values) => { calls += 1; return run(values); } };
  const rows = Array.from({ length: 2000 }, (_, id) => ({ id, item: { id, label: String(id) }, qty: '1', price: '1' }));
  const lines = new Lines({ columns: columns(), totals: [{ key: 'amount', label: 'a' }], rows }, counted, '2026-11-25');
  calls = 0;
  lines.set(1500, 'qty', '7');
  assert.ok(calls <= 4, `${calls} evaluations`);
  assert.equal(lines.total('amount'), '2006.000000000000');
});

test('a price that came along follows the quantity until somebody types another one', () => {
  const made = columns();
  made[2].follows = { fields: ['item'], on: ['qty'] };
  const lines = new Lines({ columns: made, totals: [], rows: [] }, engine, '2026-11-25');
  lines.add();
  assert.deepEqual(lines.followers(0, 'qty'), []);
  lines.pick(0, 'item', bolt);
  lines.set(0, 'qty', '100');
  const [price] = lines.followers(0, 'qty');
  assert.equal(price.key, 'price');
  lines.follow(0, [price], { price: '0.70' });
  assert.equal(lines.rows[0].values.amount, '70.00');
  lines.set(0, 'price', '0.75');
  lines.follow(0, [price], { price: '0.60' });
  assert.equal(lines.rows[0].values.price, '0.75');
  assert.deepEqual(lines.followers(0, 'qty'), []);
});
