import { expect, test } from 'vitest';
import { feastErrorDetail, feastNotFound } from './coded-error.js';
import { shortMessage, shortName } from '../../../values/short-text.js';

test('texts within the limit are unchanged', () => {
  expect(shortMessage('Feature é✓ does not exist\nin project')).toBe('Feature é✓ does not exist\nin project');
});

test('a name of a megabyte gives an error of a few hundred characters that is still valid JSON', () => {
  for (const name of ['x', 'é', '"', '\u0001', '😀'].map((text) => text.repeat(1_000_000))) {
    const { message } = feastNotFound('Feature view', name, 'fraudflow');

    expect(message.length).toBeLessThan(1_024);
    expect(JSON.parse(message)).toMatchObject({ module: 'feast.errors', class: 'FeatureViewNotFoundException' });
    expect(feastErrorDetail('FeastError', name).length).toBeLessThan(1_100);
  }
});

test('control characters are replaced by spaces', () => {
  expect(shortName('a\0b\r\u007fc')).toBe('a b  c');
});
