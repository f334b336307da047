import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal } from '../../builder/web/static/js/model/decimal.js';
import { engineFor } from '../../builder/web/static/js/model/engine.js';
import { evaluate, KNOWN } from '../../builder/web/static/js/model/expression.js';
import { Form } from '../../builder/web/static/js/model/form.js';
import { fromWire, readDay, readInstant, toWire } from '../../builder/web/static/js/model/kinds.js';
import { Lines } from '../../builder/web/static/js/model/lines.js';

const n = (text) => ['number', text];
const t = (text) => ['text', text];
const p = (path) => ['path', path];
const call = (name, ...values) => ['call', name, ...values];
const shanghai = { today: readDay('2026-03-15'), now: readInstant('2026-03-14T17:30:00Z'), user: 'u1', zone: 'Asia/Shanghai' };
const result = (tree, values = {}, world = shanghai) => {
  const value = evaluate(tree, values, world);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? String(value) : value;
};

test('operators follow the language', () => {
  assert.equal(result(['+', n('0.1'), ['*', n('2'), p('price')]], { price: decimal('1.50') }), '3.1');
  assert.equal(result(['compare', n('0'), '<', n('5'), '<=', n('5')]), true);
  assert.equal(result(['compare', t('a'), 'in', ['list', t('a'), t('b')]]), true);
  assert.equal(result(['compare', null, '<', n('1')]), false);
  assert.equal(result(['compare', true, '==', n('1')]), false);
  assert.equal(result(['negate', null]), null);
});

test('only what is chosen is worked out', () => {
  const broken = ['/', n('1'), n('0')];
  assert.equal(result(['if', false, broken, n('2')]), '2');
  assert.equal(result(['and', false, ['compare', broken, '==', n('1')]]), false);
  assert.equal(result(['or', true, broken]), true);
});

test('what fails says why', () => {
  assert.throws(() => result(p('nowhere')), { reason: 'missing' });
  assert.throws(() => result(call('BALANCE', t('a'), t('b'))), { reason: 'function' });
  assert.throws(() => result(call('constructor')), { reason: 'function' });
  assert.throws(() => result(['constructor']), { reason: 'node' });
  assert.throws(() => result(['compare', t('a'), '<', n('1')]), { reason: 'order' });
  assert.throws(() => result(['not', n('1')]), { reason: 'truth' });
});

test('texts are counted and ordered by characters', () => {
  assert.equal(result(call('LEN', t('牛奶🥛'))), '3');
  assert.equal(result(call('LEFT', t('🥛牛奶'), n('2'))), '🥛牛');
  assert.equal(result(['compare', t('\ufffd'), '<', t('🥛')]), true);
});

test('an instant becomes a day in the zone of the page', () => {
  assert.equal(result(call('DATEOF', call('NOW'))), '2026-03-15');
  assert.equal(result(call('DATEOF', call('NOW')), {}, { ...shanghai, zone: 'UTC' }), '2026-03-14');
  assert.equal(result(call('DATEADD', call('NOW'), n('1'), t('months'))), '2026-04-14T17:30:00Z');
});

test('a clock that is moved keeps the time that people see', () => {
  const berlin = { ...shanghai, zone: 'Europe/Berlin', now: readInstant('2026-03-28T08:00:00Z') };
  assert.equal(result(call('DATEADD', call('NOW'), n('1')), {}, berlin), '2026-03-29T07:00:00Z');
  assert.equal(result(call('DATEDIFF', call('NOW'), call('DATEADD', call('NOW'), n('1')), t('hours')), {}, berlin), '23');
});

test('amounts in capitals', () => {
  assert.equal(result(call('RMB', n('16409.02'))), '壹万陆仟肆佰零玖元零贰分');
  assert.equal(result(call('RMB', n('1234500000000'))), '壹万贰仟叁佰肆拾伍亿元整');
});

test('values travel tagged', () => {
  for (const sent of [{ n: '12.5' }, { d: '2026-03-05' }, { i: '2026-03-05T08:00:00.000001Z' }, { c: '08:30:00' }, 'text', true, null, [{ n: '1' }, null]]) assert.deepEqual(toWire(fromWire(sent)), sent);
});

test('the functions are told', () => {
  assert.ok(KNOWN.includes('SUM'));
  assert.ok(!KNOWN.includes('BALANCE'));
});

const money = (key, more = {}) => ({ key, type: 'money', label: key, scale: 2, ...more });

test('a form computes, shows and requires while it is filled', () => {
  const form = new Form({
    fields: [
      money('price'), { key: 'kind', type: 'choice', label: 'kind', options: [{ key: 'a', label: 'A' }] },
      money('total', { formula: call('ROUND', ['*', p('price'), p('customer.rate')], n('2')) }),
      { key: 'due', type: 'date', label: 'due', formula: call('DATEADD', call('TODAY'), n('30')) },
      { key: 'note', type: 'text', label: 'note', visibleIf: ['compare', p('kind'), '==', t('a')], requiredIf: ['compare', p('total'), '>', n('10')] },
      { key: 'sum', type: 'integer', label: 'sum', formula: call('SUM', p('lines.amount')) },
    ],
    paths: { 'customer.rate': { n: '1.5' }, 'lines.amount': [] },
  }, engineFor({ today: '2026-03-15', zone: 'Asia/Shanghai' }), '2026-03-15');
  form.set('price', '12.34');
  form.set('kind', 'a');
  form.setLines('lines', { amount: [decimal('1.5'), null, decimal('2')] });
  assert.deepEqual([form.values.total, form.values.due, form.values.sum], ['18.51', '2026-04-14', '4']);
  assert.deepEqual([form.looks.note.visible, form.looks.note.required], [true, true]);
});

test('a formula that fails shows nothing and breaks nothing', () => {
  const form = new Form({ fields: [money('a'), money('b', { formula: ['/', n('1'), p('a')] })] }, engineFor(), '2026-03-15');
  form.set('a', '0');
  assert.equal(form.values.b, '');
  form.set('a', '4');
  assert.equal(form.values.b, '0.25');
});

test('lines compute with their header', () => {
  const lines = new Lines({ columns: [{ key: 'qty', type: 'quantity', label: 'q', scale: 4 }, money('amount', { formula: ['*', p('qty'), p('parent.rate')] })], rows: [{ qty: '3' }] }, engineFor(), '2026-03-15');
  lines.setParent({ rate: decimal('0.335') });
  assert.equal(lines.rows[0].values.amount, '1.01');
  assert.equal(String(lines.columnValues('amount')[0]), '1.01');
});

test('a line takes its share of what all lines come to, and the last one what is left to the cent', () => {
  const share = ['call', 'INDEX', ['call', 'ALLOCATE', p('parent.off'), p('parent.lines.amount'), n('2'), ['text', 'last_line']], p('line_no')];
  const columns = [{ key: 'qty', type: 'quantity', label: 'q', scale: 0 }, money('due', { formula: ['-', p('amount'), p('off')] }), money('off', { formula: share }), money('price'), money('amount', { formula: ['*', p('qty'), p('price')] })];
  const lines = new Lines({ columns, totals: [{ key: 'due', label: 'due' }], rows: [1, 2, 3].map(() => ({ qty: '1', price: '33.33' })) }, engineFor(), '2026-03-15');
  lines.setParent({ off: decimal('10') });
  const shown = () => lines.rows.map((row) => `${row.values.off} ${row.values.due}`);
  assert.deepEqual(shown(), ['3.33 30.00', '3.33 30.00', '3.34 29.99']);
  assert.equal(Number(lines.total('due')), 89.99);
  lines.set(0, 'qty', '2');
  assert.deepEqual(shown(), ['5.00 61.66', '2.50 30.83', '2.50 30.83']);
  lines.add();
  assert.deepEqual(shown().slice(0, 3), ['5.00 61.66', '2.50 30.83', '2.50 30.83'], 'a blank row has no share');
  lines.remove(0);
  assert.deepEqual(shown().slice(0, 2), ['5.00 28.33', '5.00 28.33']);
});

test('instants are read and written on the clock of the page', () => {
  const engine = engineFor({ today: '2026-03-15', zone: 'Asia/Shanghai' });
  const field = { key: 'at', type: 'datetime', label: 'at' };
  assert.equal(String(engine.read(field, '2026-03-15 08:30')), '2026-03-15T00:30:00Z');
  assert.equal(String(engine.read(field, '2026-03-15T00:30:00Z')), '2026-03-15T00:30:00Z');
  assert.equal(engine.write(field, readInstant('2026-03-15T00:30:00Z')), '2026-03-15 08:30');
  assert.equal(engine.read({ key: 'r', type: 'reference', label: 'r' }, { id: 'x1', label: 'X' }), 'x1');
});
