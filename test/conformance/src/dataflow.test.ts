import { ALL_TOPICS } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { KNOWN_TOPICS, renderDataflow, STREAM_GRAPHS } from './stream-graphs.js';

test('no service reads or writes a topic that is not defined', () => {
  const used = STREAM_GRAPHS.flatMap(({ consumes, tables = [], produces }) => [
    ...consumes.map(({ topic }) => topic),
    ...tables,
    ...produces,
  ]);

  expect(used.filter((topic) => !KNOWN_TOPICS.has(topic))).toEqual([]);
});

test('every topic is written by its owner, and internal topics by no other service', () => {
  const wrong = ALL_TOPICS.filter(({ name, owner }) => {
    const writers = STREAM_GRAPHS.filter(({ produces }) => produces.includes(name)).map(({ service }) => service);
    return owner !== 'external' && !(writers.length === 1 && writers[0] === owner);
  });

  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test('a consumer group belongs to one service', () => {
  const owners = new Map<string, Set<string>>();
  for (const { service, consumes } of STREAM_GRAPHS) {
    for (const { group } of consumes) owners.set(group, (owners.get(group) ?? new Set()).add(service));
  }

  expect([...owners].filter(([, services]) => services.size > 1)).toEqual([]);
});

test('docs/dataflow.md equals the declarations of the services', async () => {
  await expect(renderDataflow()).toMatchFileSnapshot('../../../docs/dataflow.md');
});
