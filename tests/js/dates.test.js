import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, monthGrid, moveMonth, readDate, readDateTime, readTime } from '../../builder/web/static/js/model/dates.js';

const today = '2026-11-25';

test('shorthand for dates', () => {
  for (const [typed, iso] of [['2026-1-5', '2026-01-05'], ['2026/12/31', '2026-12-31'], ['20261201', '2026-12-01'], ['12-1', '2026-12-01'], ['1201', '2026-12-01'], ['3', '2026-11-03'], ['+3', '2026-11-28'], ['-25', '2026-10-31'], ['t', today], ['今天', today], ['2026年2月3日', '2026-02-03'], ['', '']]) assert.equal(readDate(typed, today), iso, typed);
});

test('dates that do not exist', () => {
  for (const typed of ['2026-02-30', '2026-13-01', '31', 'soon', '0', '2026-11']) assert.equal(readDate(typed, today), null, typed);
});

test('times and moments', () => {
  assert.equal(readTime('930'), '09:30');
  assert.equal(readTime('24:00'), null);
  assert.equal(readDateTime('t 9:05', today), '2026-11-25 09:05');
  assert.equal(readDateTime('12-1', today), '2026-12-01 00:00');
  assert.equal(readDateTime('t 99:00', today), null);
});

test('a month is six weeks from Monday on', () => {
  const weeks = monthGrid(2026, 11);
  assert.equal(weeks.length, 6);
  assert.equal(weeks[0][0].day, '2026-10-26');
  assert.equal(weeks[0][6].day, '2026-11-01');
  assert.deepEqual(moveMonth(2026, 12, 1), { year: 2027, month: 1 });
  assert.deepEqual(moveMonth(2026, 1, -1), { year: 2025, month: 12 });
  assert.equal(addDays('2026-02-28', 1), '2026-03-01');
});
