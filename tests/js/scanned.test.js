import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../builder/web/static/js/model/lines.js';
import { scanListed } from '../../builder/web/static/js/model/scanned.js';
import { engine } from './engines.js';

const cola = { id: 1, label: '可乐' };
const rice = { id: 2, label: '大米' };
const columns = ['quantity', 'picked'].map((key) => ({ key, type: 'quantity', label: key, scale: 4 }));
const batch = { key: 'batch', type: 'text', label: '批次' };
const list = (rows) => new Lines({ columns: [{ key: 'item', type: 'reference', label: '商品' }, batch, ...columns], rows }, engine, '2026-11-29');
const two = () => list([{ id: 1, item: cola, batch: 'A1', quantity: '2.0000', picked: '' }, { id: 2, item: cola, batch: '', quantity: '1.0000', picked: '' }]);
const counted = { src: '', column: 'item', quantity: 'picked', listed: true, upTo: 'quantity' };

test('a scan ticks off the first line where nothing is entered, and is refused when there is enough', () => {
  const lines = two();
  assert.deepEqual([1, 2].map(() => scanListed(lines, cola, counted).row), [0, 1]);
  assert.deepEqual(lines.rows.map((row) => row.values.picked), ['2', '1']);
  assert.deepEqual(scanListed(lines, cola, counted), { row: 1, refused: 'el.lines.full' });
  assert.deepEqual(lines.rows.map((row) => row.values.picked), ['2', '1']);
});

test('a label that says how much adds that, as long as there is to be more', () => {
  const lines = two();
  assert.deepEqual([1, 2, 3, 4].map(() => scanListed(lines, cola, counted, { picked: '1' })), [{ row: 0 }, { row: 0 }, { row: 1 }, { row: 1, refused: 'el.lines.full' }]);
  assert.deepEqual(lines.rows.map((row) => row.values.picked), ['2', '1']);
});

test('what is on no line, and another batch than the line says, are refused', () => {
  const lines = list([{ id: 1, item: cola, batch: 'A1', quantity: '2.0000', picked: '' }]);
  assert.deepEqual(scanListed(lines, rice, counted), { row: -1, refused: 'el.lines.not_listed' });
  assert.deepEqual(scanListed(lines, cola, counted, { batch: 'B7' }), { row: 0, refused: 'el.lines.not_this_one' });
  assert.deepEqual(scanListed(lines, cola, counted, { batch: 'A1', picked: '2' }), { row: 0 });
  assert.deepEqual(lines.rows.map((row) => row.values.picked), ['2']);
  assert.equal(lines.rows.length, 1);
});

test('without how much there is to be a scan only finds the line', () => {
  const lines = two();
  assert.deepEqual(scanListed(lines, cola, { ...counted, upTo: undefined }), { row: 0 });
  assert.deepEqual(lines.rows.map((row) => row.values.picked), ['', '']);
});
