import { expect, test } from 'vitest';
import { entityStateKey, stageMetaKey } from './state-keys.js';

test('states and offset of a stage partition share one hash tag, whatever the id holds', () => {
  const tag = (key: string): string | undefined => /\{([^}]+)\}/.exec(key)?.[1];

  expect(entityStateKey('customer', 7, '42')).toBe('ff:{customer:7}:s:42');
  expect(stageMetaKey('customer', 7)).toBe('ff:{customer:7}:meta');
  expect(tag(entityStateKey('terminal', 3, '{evil}'))).toBe(tag(stageMetaKey('terminal', 3)));
});
