import { expect, test } from 'vitest';
import { useIdKey } from '../plan/id-hash.js';
import { entityStateKey, isCompleteMark, stageMetaKey } from './state-keys.js';
import { stateLayout } from './state-layout.js';

test('states and offset of a stage partition share one hash tag, for any id', () => {
  const tag = (key: string): string | undefined => /\{([^}]+)\}/.exec(key)?.[1];

  expect(entityStateKey('customer', 7, '42')).toBe('ff:{customer:7}:s:42');
  expect(stageMetaKey('customer', 7)).toBe('ff:{customer:7}:meta');
  expect(tag(entityStateKey('terminal', 3, '{evil}'))).toBe(tag(stageMetaKey('terminal', 3)));
});

test('a partition is complete for readers of its layout with its id key', () => {
  const mark = Buffer.from(stateLayout());
  const ofOlderVersion = Buffer.from(stateLayout().replace(/^\d+/, '2'));

  expect([mark, Buffer.from('1'), ofOlderVersion, null, undefined].map(isCompleteMark)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  useIdKey(Buffer.alloc(16, 7));
  expect(isCompleteMark(mark)).toBe(false);
  useIdKey(new Uint8Array(16));
  expect(isCompleteMark(mark)).toBe(true);
});
