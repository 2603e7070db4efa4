import { expect, test } from 'vitest';
import { feastErrorDetail, feastNotFound } from './feast-error.js';
import { shortMessage, shortName } from './short-text.js';

test('texts that fit stay as they are', () => {
  expect(shortMessage('Feature é✓ does not exist\nin project')).toBe('Feature é✓ does not exist\nin project');
});

test('a megabyte in a name makes an error of a few hundred characters, which still is JSON', () => {
  for (const name of ['x', 'é', '"', '\u0001', '😀'].map((text) => text.repeat(1_000_000))) {
    const { message } = feastNotFound('Feature view', name, 'fraudflow');

    expect(message.length).toBeLessThan(1_024);
    expect(JSON.parse(message)).toMatchObject({ module: 'feast.errors', class: 'FeatureViewNotFoundException' });
    expect(feastErrorDetail('FeastError', name).length).toBeLessThan(1_100);
  }
});

test('control characters are shown as blanks', () => {
  expect(shortName('a\0b\r\u007fc')).toBe('a b  c');
});
