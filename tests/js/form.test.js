import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showControl } from '../../builder/web/static/js/el/form-controls.js';
import { Draft } from '../../builder/web/static/js/model/draft.js';
import { Form, merge, placeOf } from '../../builder/web/static/js/model/form.js';
import { setWords } from '../../builder/web/static/js/model/i18n.js';
import { setZone, toApi } from '../../builder/web/static/js/model/values.js';
import { engine } from './engines.js';

const fields = () => [
  { key: 'customer', type: 'reference', label: '客户', required: true },
  { key: 'kind', type: 'choice', label: '类别', options: [{ key: 'cash', label: '现结' }, { key: 'bank', label: '转账' }] },
  { key: 'account', type: 'text', label: '账号', visibleIf: (v) => v.kind === 'bank', requiredIf: (v) => v.kind === 'bank' },
  { key: 'freight', type: 'money', label: '运费', scale: 2 },
  { key: 'total', type: 'money', label: '合计', scale: 2, formula: (v) => (v['lines.amount'] ?? []).reduce((a, b) => a + b, 0) + (v.freight ?? 0) },
];
const form = (values) => new Form({ fields: fields(), values }, engine, '2026-11-25');
const filled = () => form({ customer: { id: 1, label: '甲' }, kind: 'cash', freight: '10.00' });

test('visibility and requirement follow what is chosen', () => {
  const one = filled();
  assert.equal(one.looks.account.visible, false);
  assert.deepEqual(one.problems(), []);
  one.set('kind', 'bank');
  assert.deepEqual(one.looks.account, { visible: true, shown: true, required: true, locked: false });
  assert.deepEqual(one.problems(), [{ key: 'account', reason: 'el.required' }]);
});

test('a part that is not shown keeps what is in it, and never hides what must be filled in', () => {
  const shownIf = (v) => v.kind === 'bank';
  const parts = [fields()[1], { key: 'branch', type: 'text', label: '支行', shownIf }, { key: 'name', type: 'text', label: '户名', required: true, shownIf }];
  const one = new Form({ fields: parts, values: { kind: 'bank', branch: '徐汇', name: '甲' } }, engine, '2026-11-25');
  one.set('kind', 'cash');
  assert.deepEqual(['branch', 'name'].map((key) => one.looks[key].shown), [false, true]);
  assert.deepEqual(one.toApi(true), { kind: 'cash' });
});

test('a yes or no that waits for what must be entered is neither', () => {
  const judged = { key: 'over', type: 'boolean', label: '超限', formula: (v) => (v.amount ?? 0) > 100, waitsFor: ['amount'] };
  const one = new Form({ fields: [{ key: 'amount', type: 'money', label: '金额', scale: 2, required: true }, judged] }, engine, '2026-11-25');
  assert.equal(one.values.over, '');
  one.set('amount', '50');
  assert.equal(one.values.over, false);
  one.set('amount', '150');
  assert.equal(one.values.over, true);
  one.set('amount', '');
  assert.equal(one.values.over, '');
});

test('a hidden field is sent empty, computed ones are not sent', () => {
  const one = filled();
  one.set('kind', 'bank');
  one.set('account', '622');
  one.set('kind', 'cash');
  assert.deepEqual(one.toApi(), { customer: 1, kind: 'cash', account: null, freight: '10.00' });
});

test('what is suggested follows the lines until somebody enters something else', () => {
  const suggest = (v) => (v['lines.amount'] ?? []).reduce((a, b) => a + b, 0);
  const one = new Form({ fields: [{ key: 'amount', type: 'money', label: '金额', scale: 2, required: true, suggest }] }, engine, '2026-11-25');
  assert.deepEqual(one.setLines('lines', { amount: [30, 40] }), ['amount']);
  assert.equal(one.values.amount, '70.00');
  assert.deepEqual([one.said().amount, one.toApi()], ['', {}]);
  one.set('amount', '50');
  assert.deepEqual(one.setLines('lines', { amount: [30] }), []);
  assert.deepEqual([one.values.amount, one.toApi()], ['50', { amount: '50' }]);
  const again = new Form({ fields: one.fields }, engine, '2026-11-25');
  again.restore(one.said());
  again.setLines('lines', { amount: [30] });
  assert.equal(again.values.amount, '50');
  again.set('amount', '');
  assert.equal(again.values.amount, '30.00');
});

test('what is suggested follows what is entered beside it, unless the form opens with something else', () => {
  const fields = [
    { key: 'made', type: 'integer', label: '生产' },
    { key: 'expires', type: 'integer', label: '到期', suggest: (v) => (v.made ? v.made + 7 : null) },
  ];
  const one = new Form({ fields }, engine, '2026-11-25');
  one.set('made', '3');
  assert.equal(one.values.expires, '10.00');
  one.set('expires', '9');
  one.set('made', '4');
  assert.equal(one.values.expires, '9');
  const brought = new Form({ fields, values: { made: '3', expires: '5' } }, engine, '2026-11-25');
  brought.set('made', '4');
  assert.equal(brought.values.expires, '5');
  const same = new Form({ fields, values: { made: '3', expires: '10.00' } }, engine, '2026-11-25');
  same.set('made', '4');
  assert.equal(same.values.expires, '11.00');
});

test('addresses are filled with what follows what was entered, and not with what the lines suggest', () => {
  const fields = [
    { key: 'from', type: 'integer', label: '从' },
    { key: 'to', type: 'integer', label: '到', suggest: (v) => (v.from ? v.from + 30 : null) },
    { key: 'amount', type: 'money', label: '金额', scale: 2, ofLines: true, suggest: (v) => (v['lines.amount'] ?? []).reduce((a, b) => a + b, 0) },
  ];
  const one = new Form({ fields }, engine, '2026-11-25');
  one.set('from', '1');
  one.setLines('lines', { amount: [30] });
  assert.deepEqual([one.plain().to, one.plain().amount], ['31.00', '']);
  one.set('amount', '20');
  assert.equal(one.plain().amount, '20');
});

test('an update sends only what changed', () => {
  const one = filled();
  assert.equal(one.isDirty(), false);
  one.set('freight', '10');
  assert.deepEqual(one.toApi(true), {}, '10 is 10.00');
  one.set('freight', '12.5');
  assert.deepEqual(one.toApi(true), { freight: '12.5' });
});

test('formulas of the header see the lines', () => {
  const one = filled();
  assert.equal(one.values.total, '10.00');
  assert.deepEqual(one.setLines('lines', { amount: [5, 7.5] }), ['total']);
  assert.equal(one.values.total, '22.50');
});

test('a picked record brings values and paths, and takes the old paths away', () => {
  const one = filled();
  one.paths['customer.level'] = 'A';
  assert.deepEqual(one.pick('customer', { id: 2, label: '乙', values: { kind: 'bank', ghost: 1 }, paths: { 'customer.limit': '9' } }), ['kind']);
  assert.equal(one.values.kind, 'bank');
  assert.equal(one.context()['customer.level'], undefined);
  assert.equal(one.context()['customer.limit'], '9');
});

test('problems find their place', () => {
  const keys = new Set(['price']);
  const lines = new Set(['lines']);
  assert.deepEqual(placeOf('/lines/2/qty', keys, lines), { kind: 'cell', lines: 'lines', row: 2, key: 'qty' });
  assert.deepEqual(placeOf('/price', keys, lines), { kind: 'field', key: 'price' });
  assert.deepEqual(placeOf('', keys, lines), { kind: 'form' });
  assert.deepEqual(placeOf('/lines', keys, lines), { kind: 'form' });
});

test('merging: one-sided changes are taken, two-sided ones are for the person', () => {
  const base = { a: '1', b: '1', c: '1', d: { id: 1, label: 'x' } };
  const result = merge(['a', 'b', 'c', 'd'], base, { a: '2', b: '1', c: '3', d: { id: 1, label: 'renamed' } }, { a: '1.0', b: '5', c: '4', d: { id: 1, label: 'x' } });
  assert.deepEqual(result.conflicts, ['c']);
  assert.deepEqual(result.taken, ['b']);
  assert.equal(result.merged.a, '2');
  assert.equal(result.merged.b, '5');
});

function store() {
  const kept = new Map();
  return { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k), kept };
}

test('a draft is written once for many changes and read back', () => {
  const storage = store();
  const later = [];
  const draft = new Draft(storage, 'app.order.1', () => 1000, (run) => later.push(run));
  draft.write(() => ({ version: '3', values: { a: 1 }, lines: {} }));
  draft.write(() => ({ version: '3', values: { a: 2 }, lines: {} }));
  assert.equal(later.length, 1);
  assert.equal(storage.kept.size, 0);
  later[0]();
  assert.deepEqual(draft.read(), { at: 1000, version: '3', values: { a: 2 }, lines: {} });
  draft.drop();
  assert.equal(draft.read(), null);
});

test('old, broken and unkeepable drafts do no harm', () => {
  const storage = store();
  storage.setItem('zg-draft:x', '{broken');
  assert.equal(new Draft(storage, 'x').read(), null);
  storage.setItem('zg-draft:x', JSON.stringify({ at: 0, values: {} }));
  assert.equal(new Draft(storage, 'x').read(), null);
  const full = { ...store(), setItem: () => { throw new Error('full'); } };
  const draft = new Draft(full, 'x', Date.now, (run) => run());
  assert.doesNotThrow(() => draft.write(() => ({ version: '1', values: {}, lines: {} })));
});

test('a figure that is worked out says yes or no, and a choice its label, never a key', () => {
  setWords({ 'el.yes': '是', 'el.no': '否' });
  const output = { value: '' };
  const box = /** @type {any} */ ({ querySelector: (/** @type {string} */ what) => (what === 'output' ? output : null) });
  const shown = (/** @type {any} */ field, /** @type {any} */ value, text = String(value)) => {
    showControl(box, field, value, text);
    return output.value;
  };
  assert.equal(shown({ key: 'warm', type: 'boolean', label: '超温' }, false), '否');
  assert.equal(shown({ key: 'warm', type: 'boolean', label: '超温' }, true), '是');
  assert.equal(shown(fields()[1], 'bank'), '转账');
  assert.equal(shown({ key: 'total', type: 'money', label: '合计' }, 12, '12.00'), '12.00');
});

test('what was empty and still is stays away from a new record, for its default; what was cleared is sent', () => {
  const day = { key: 'made', type: 'date', label: '生产日期' };
  const until = { key: 'until', type: 'date', label: '到期日' };
  const note = { key: 'note', type: 'text', label: '备注' };
  const one = new Form(/** @type {any} */ ({ fields: [day, until, note], values: { note: '送货上门' } }), engine, '2026-11-25');
  one.set('made', '2026-11-28');
  one.set('note', '');
  assert.deepEqual(one.toApi(), { made: '2026-11-28', note: null });
});

test('a time that somebody types is of the clock on the wall, and is sent as an instant', () => {
  const at = { key: 'at', type: 'datetime', label: '获知时间' };
  setZone('Asia/Shanghai');
  assert.equal(toApi(at, '2026-11-29 01:05'), '2026-11-28T17:05:00Z');
  assert.equal(toApi(at, '2026-11-29 01:05:30'), '2026-11-28T17:05:30Z');
  setZone('Europe/Berlin');
  assert.equal(toApi(at, '2026-07-01 12:00'), '2026-07-01T10:00:00Z');
  assert.equal(toApi(at, '2026-12-01 12:00'), '2026-12-01T11:00:00Z');
  setZone('');
  assert.equal(toApi(at, '2026-11-29 01:05'), '2026-11-29T01:05:00Z');
  assert.equal(toApi(at, 'soon'), 'soon');
  assert.equal(toApi(at, ''), null);
});
