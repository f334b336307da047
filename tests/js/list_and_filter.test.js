import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyValue, fromFilter, newCondition, opsFor, toFilter } from '../../builder/web/static/js/model/filter.js';
import { knows, setWords, t } from '../../builder/web/static/js/model/i18n.js';
import { arrange, byMessage, choiceOf, coverage, moved, range, setAll, toggle } from '../../builder/web/static/js/model/list.js';
import { fillUrl } from '../../builder/web/static/js/model/values.js';

test('the selection outlives the page', () => {
  const page = ['1', '2', '3', '4'];
  let selected = toggle(new Set(['99']), '2');
  selected = range(selected, page, '2', '4', true);
  assert.deepEqual([...selected].sort(), ['2', '3', '4', '99']);
  assert.equal(coverage(selected, page), 'some');
  selected = setAll(selected, page, false);
  assert.deepEqual([...selected], ['99']);
  assert.deepEqual([...range(selected, page, 'gone', '3', true)].sort(), ['3', '99']);
});

test('chosen columns keep their order, new ones stay where the definition has them, fixed ones stay visible', () => {
  const columns = [{ key: 'no', label: 'No', fixed: true }, { key: 'a', label: 'A' }, { key: 'b', label: 'B' }, { key: 'c', label: 'C' }];
  const arranged = arrange(columns, { order: ['b', 'no', 'a'], hidden: ['no', 'a'] });
  assert.deepEqual(arranged.map((one) => one.key), ['b', 'no', 'a', 'c']);
  assert.deepEqual(arranged.filter((one) => one.shown).map((one) => one.key), ['b', 'no', 'c']);
  assert.deepEqual(choiceOf(arranged), { order: ['b', 'no', 'a', 'c'], hidden: ['a'] });
  assert.deepEqual(moved([1, 2, 3], 2, -1), [1, 3, 2]);
  assert.deepEqual(moved([1, 2], 0, -1), [1, 2]);
});

const fields = [{ key: 'name', type: 'text', label: 'n' }, { key: 'sum', type: 'money', label: 's' }, { key: 'state', type: 'choice', label: 'z', options: [] }, { key: 'day', type: 'date', label: 'd' }];

test('rows become the filter language and come back', () => {
  const filter = { and: [{ field: 'sum', op: 'between', value: ['1', '5'] }, { field: 'state', op: 'in', value: ['a'] }, { field: 'day', op: 'within', value: 'this_month' }] };
  assert.deepEqual(toFilter(fromFilter(filter, fields)), filter);
});

test('what is refused in the same words is said once, with the first of them', () => {
  const failed = [1, 2, 3, 4, 5, 6, 7].map((id) => ({ id, message: id === 2 ? 'short of stock' : 'not approved' }));
  const groups = byMessage(failed);
  assert.deepEqual(groups.map(({ message, first, more }) => [message, first.map((one) => one.id), more]), [['not approved', [1, 3, 4, 5, 6], 1], ['short of stock', [2], 0]]);
  assert.deepEqual(byMessage([{ id: 1 }]), [{ message: '', first: [{ id: 1 }], more: 0 }]);
});

test('unfinished conditions ask nothing; none at all is no filter', () => {
  assert.equal(toFilter({ join: 'and', conditions: [newCondition(fields[0]), { field: 'sum', op: 'between', value: ['1', ''] }, { field: 'state', op: 'in', value: [] }] }), null);
  assert.deepEqual(toFilter({ join: 'or', conditions: [{ field: 'name', op: 'is_empty', value: '' }, { field: 'item', op: '=', value: { id: 7, label: 'x' } }] }), { or: [{ field: 'name', op: 'is_empty' }, { field: 'item', op: '=', value: 7 }] });
});

test('a filter that the builder cannot show is left alone', () => {
  assert.equal(fromFilter({ and: [{ or: [] }] }, fields), null);
  assert.equal(fromFilter({ and: [{ field: 'ghost', op: '=', value: 1 }] }, fields), null);
  assert.deepEqual(fromFilter({ field: 'name', op: '=', value: 'x' }, fields), { join: 'and', conditions: [{ field: 'name', op: '=', value: 'x' }] });
});

test('every field type has comparisons and a value to start with', () => {
  for (const type of ['text', 'money', 'boolean', 'date', 'choice', 'reference']) for (const op of opsFor({ key: 'x', type, label: 'x' })) assert.notEqual(emptyValue({ key: 'x', type, label: 'x' }, op), undefined);
});

test('words with slots and with one', () => {
  setWords({ 'a.b': '{n} lines, {x}', 'a.b.one': '1 line' });
  assert.equal(t('a.b', { n: 2, x: 'y' }), '2 lines, y');
  assert.equal(t('a.b', { n: 1 }), '1 line');
  assert.equal(t('missing'), 'missing');
  assert.equal(knows('missing'), false);
});

test('an address takes values of the line, and of its document where it says so, even of the same name', () => {
  const line = { item: { id: 'i7', label: 'Rice' }, supplier: '' };
  const above = { supplier: { id: 's2', label: 'Mill' } };
  assert.equal(fillUrl('/look?item={item}&supplier={supplier}&parent.supplier={parent.supplier}', line, above), '/look?item=i7&supplier=&parent.supplier=s2');
  assert.equal(fillUrl('/look?of={item}&x={none}', line), '/look?of=i7&x=');
});
