import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitted, hasEnding, refusal, sizeText } from '../../builder/web/static/js/model/files.js';

const LIMITS = { accept: '.png,.jpg', max: 1_000_000, count: 2 };

test('sizes are said as people say them', () => {
  assert.deepEqual([999, 1500, 999_400, 9_500_000, 10_000_000].map(sizeText), ['999 B', '2 KB', '999 KB', '9.5 MB', '10 MB']);
});

test('a name is known by its ending, whatever its case', () => {
  assert.equal(hasEnding('A.PNG', '.png'), true);
  assert.equal(hasEnding('a.png.exe', '.png'), false);
  assert.equal(hasEnding('anything', ''), true);
});

test('what cannot be added is refused with the reason', () => {
  assert.equal(refusal({ name: 'a.png', size: 10 }, LIMITS, 0), null);
  assert.equal(refusal({ name: 'a.png', size: 10 }, LIMITS, 2)?.key, 'el.upload.full');
  assert.equal(refusal({ name: 'a.pdf', size: 10 }, LIMITS, 0)?.key, 'el.upload.kind');
  assert.deepEqual(refusal({ name: 'a.png', size: 2_000_000 }, LIMITS, 0), { key: 'el.upload.too_large', values: { name: 'a.png', max: '1 MB' } });
});

test('a photograph is made smaller and keeps its shape', () => {
  assert.deepEqual(fitted(4000, 3000, 2000), { width: 2000, height: 1500 });
  assert.deepEqual(fitted(100, 50, 2000), { width: 100, height: 50 });
});
