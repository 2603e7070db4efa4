import type { StageDefinition, StageProcessor } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { SharedCache } from './shared-cache.js';

const TOTAL = { entities: 1_200, bytes: 12_000 };

function aStage(cache: SharedCache): StageDefinition<unknown> {
  return cache.limit({ name: 'a', open: () => ({}) as StageProcessor<unknown> } as unknown as StageDefinition<unknown>);
}

test('a single partition gets the whole memory', () => {
  const cache = new SharedCache(TOTAL);

  aStage(cache).open(3);

  expect({ entities: cache.entities, bytes: cache.bytes }).toEqual(TOTAL);
});

test('partitions share in equal parts, and get more when others are revoked', () => {
  const cache = new SharedCache(TOTAL);
  const stage = aStage(cache);
  for (let partition = 0; partition < 12; partition++) stage.open(partition);
  const ofTwelve = cache.entities;

  for (let partition = 6; partition < 12; partition++) stage.closed?.(partition);

  expect([ofTwelve, cache.entities, cache.bytes]).toEqual([100, 200, 2_000]);
});

test('a partition that is opened twice counts once', () => {
  const cache = new SharedCache(TOTAL);
  const stage = aStage(cache);
  stage.open(1);
  stage.open(1);

  expect(cache.entities).toBe(1_200);
});

test('a partition keeps a minimum of entities for any number of partitions', () => {
  const cache = new SharedCache({ entities: 100, bytes: 1_000 });
  const stage = aStage(cache);
  for (let partition = 0; partition < 100; partition++) stage.open(partition);

  expect(cache.entities).toBe(25);
});
