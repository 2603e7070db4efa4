import { expect, test } from 'vitest';
import { renderTable } from './table.js';

test('columns are as wide as their widest cell, without trailing spaces', () => {
  const table = renderTable([
    ['part', 'pid'],
    ['feature-store', '7'],
  ]);

  expect(table).toBe('part           pid\nfeature-store  7');
});

test('no rows give no text', () => {
  expect(renderTable([])).toBe('');
});
