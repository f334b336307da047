import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ARITHMETIC, compare, decimal, ExpressionError, fit, integer, quantise, remainder, whole } from '../../builder/web/static/js/model/decimal.js';

const on = (sign, a, b) => String(ARITHMETIC[sign](decimal(a), decimal(b)));

test('sums and products are exact', () => {
  assert.equal(on('+', '0.1', '0.2'), '0.3');
  assert.equal(on('-', '1', '0.9'), '0.1');
  assert.equal(on('*', '1.005', '100'), '100.5');
  assert.equal(on('*', '99999999999999', '99999999999999'), '9999999999999800000000000001');
});

test('a quotient has twelve digits after the point, rounded half up', () => {
  assert.equal(on('/', '1', '3'), '0.333333333333');
  assert.equal(on('/', '-2', '3'), '-0.666666666667');
  assert.equal(on('/', '1', '8'), '0.125');
});

test('what needs more than 28 digits is rounded to twelve after the point, or refused', () => {
  assert.equal(String(fit(decimal('1.00000000000000000000000000005'))), '1');
  assert.throws(() => on('*', '99999999999999.9', '99999999999999.9999'), ExpressionError);
  assert.throws(() => fit(decimal('1'.padEnd(29, '0'))), ExpressionError);
});

test('nothing stays nothing, and zero divides nothing', () => {
  assert.equal(ARITHMETIC['+'](null, decimal('1')), null);
  assert.equal(ARITHMETIC['/'](null, decimal('0')), null);
  assert.throws(() => on('/', '1', '0'), { reason: 'division' });
  assert.throws(() => ARITHMETIC['+']('1', decimal('1')), { reason: 'number' });
});

test('rounding is half away from zero, to tens and hundreds too', () => {
  for (const [given, scale, expected] of [['2.345', 2, '2.35'], ['-2.5', 0, '-3'], ['1250', -2, '1300'], ['49', -2, '0'], ['2', 3, '2']]) assert.equal(String(quantise(decimal(given), scale)), expected);
});

test('numbers compare by value and show no idle zeros', () => {
  assert.equal(compare(decimal('1.0'), integer(1)), 0);
  assert.equal(compare(decimal('-0.1'), decimal('0')), -1);
  assert.deepEqual(['-0', '12.50', '0.000', '-0.030'].map((text) => String(decimal(text))), ['0', '12.5', '0', '-0.03']);
});

test('a remainder has the sign of the divisor', () => {
  assert.equal(String(remainder(decimal('-14'), decimal('4'))), '2');
  assert.equal(String(remainder(decimal('5.5'), decimal('-2'))), '-0.5');
});

test('a whole number within limits', () => {
  assert.equal(whole(decimal('3.00'), 0, 5), 3);
  for (const given of ['3.5', '6', '-1']) assert.throws(() => whole(decimal(given), 0, 5), { reason: 'whole' });
});
