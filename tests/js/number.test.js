import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTo, group, readNumber, roundTo, showNumber, sum } from '../../builder/web/static/js/model/number.js';

test('what people type becomes a plain decimal', () => {
  for (const [typed, plain] of [['1,234.50', '1234.50'], [' ￥1，234 ', '1234'], ['１２．５', '12.5'], ['(1,000)', '-1000'], ['.5', '0.5'], ['-0', '0'], ['007', '7'], ['', ''], ['+3', '3']]) assert.equal(readNumber(typed), plain, typed);
});

test('what is no number is refused, not guessed', () => {
  for (const typed of ['abc', '1.2.3', '1e5', '--1', '.', 'NaN', '0x10', '12个']) assert.equal(readNumber(typed), null, typed);
});

test('rounding is half away from zero, whatever the size', () => {
  assert.equal(roundTo('1.005', 2), '1.01');
  assert.equal(roundTo('-1.005', 2), '-1.01');
  assert.equal(roundTo('99999999999999999999.995', 2), '100000000000000000000.00');
  assert.equal(roundTo('2', 0), '2');
});

test('sums carry no float noise', () => {
  assert.equal(sum(['0.1', '0.2']), '0.3');
  assert.equal(sum(Array(2000).fill('1234567.01')), '2469134020');
  assert.equal(sum([null, '', 'x', undefined]), '0');
});

test('shown grouped and padded', () => {
  assert.equal(group('-1234567.5'), '-1,234,567.5');
  assert.equal(showNumber('1234.5', 2), '1,234.50');
  assert.equal(showNumber('', 2), '');
  assert.equal(showNumber(null), '');
  assert.equal(addTo('1.5'), '2.5');
});
