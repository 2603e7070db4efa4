import { expect, test } from 'vitest';
import { ServingVersions } from './serving-versions.js';

function observe(serving: ServingVersions, version: string, rows: number): void {
  for (let i = 0; i < rows; i++) serving.observe('m', version);
}

test('the first version is the serving version until another version has the majority of rows', () => {
  const serving = new ServingVersions();
  expect(serving.of('m')).toBeUndefined();

  observe(serving, '1', 1);
  observe(serving, '2', 49);
  expect(serving.of('m')).toBe('1');

  observe(serving, '2', 1);
  expect(serving.of('m')).toBe('2');
});

test('a canary with a tenth of the rows never becomes the serving version', () => {
  const serving = new ServingVersions();
  for (let i = 0; i < 2_000; i++) serving.observe('m', i % 10 === 5 ? '2' : '1');

  expect(serving.of('m')).toBe('1');
});

test('models are independent, and JSON preserves an incomplete change of version', () => {
  const serving = new ServingVersions();
  observe(serving, '1', 5);
  observe(serving, '2', 30);
  serving.observe('other', '9');
  const restored = new ServingVersions();
  restored.restore(JSON.parse(JSON.stringify(serving.toJson())));

  observe(restored, '2', 20);

  expect([restored.of('m'), restored.of('other')]).toEqual(['2', '9']);
});
