import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../builder/web/static/js/model/lines.js';
import { engine, tree } from './engines.js';

const is = (/** @type {string} */ kind) => tree((/** @type {any} */ values) => values['parent.kind'] === kind);
const invoice = () => new Lines({
  columns: [
    { key: 'order', type: 'reference', label: '销售订单', required: true, byHeader: is('sales'), away: false },
    { key: 'purchase', type: 'reference', label: '采购订单', required: true, byHeader: is('purchase'), away: true },
    { key: 'amount', type: 'money', label: '金额', scale: 2 },
    { key: 'unit', type: 'text', label: '', hidden: true },
  ],
}, engine, '2026-11-25');
const keys = (/** @type {Lines} */ lines) => lines.shown.map((column) => column.key);

test('a column comes and goes with what the header says', () => {
  const lines = invoice();
  assert.deepEqual(keys(lines), ['order', 'amount']);
  lines.setParent({ kind: 'purchase' });
  assert.deepEqual(keys(lines), ['purchase', 'amount']);
  lines.setParent({ kind: 'sales' });
  assert.deepEqual(keys(lines), ['order', 'amount']);
});

test('nothing is asked for or sent of a column that went', () => {
  const lines = invoice();
  lines.add();
  lines.pick(0, 'order', { id: 7, label: 'XSDD-1' });
  lines.setParent({ kind: 'purchase' });
  lines.set(0, 'amount', '12');
  assert.deepEqual(lines.problems(), [{ row: 0, key: 'purchase', reason: 'el.required' }]);
  lines.pick(0, 'purchase', { id: 9, label: 'CGDD-1' });
  assert.deepEqual(lines.toApi().map((row) => [row.order, row.purchase, row.amount]), [[null, 9, '12']]);
});
