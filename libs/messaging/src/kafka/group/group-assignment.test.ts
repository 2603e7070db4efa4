import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partitionName } from '../../port/record.js';
import { type GroupMember, shareOut } from './group-assignment.js';

const TOPICS = { a: 7, b: 4 } as const;
const partitionsOf = (topic: string): number[] =>
  Array.from({ length: TOPICS[topic as keyof typeof TOPICS] ?? 0 }, (_, partition) => partition);

function aMember(id: string, held: GroupMember['held'] = []): GroupMember {
  return { id, topics: ['a', 'b'], held };
}

test('assigns every partition to exactly one member, evenly, for any earlier assignment', () => {
  const target = fc.record({ topic: fc.constantFrom('a', 'b', 'gone'), partition: fc.nat(8) });
  const members = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1 }), held: fc.array(target) }), {
    minLength: 1,
    maxLength: 6,
    selector: ({ id }) => id,
  });
  fc.assert(
    fc.property(members, (list) => {
      const shares = [
        ...shareOut(
          list.map(({ id, held }) => aMember(id, held)),
          partitionsOf,
        ).values(),
      ];

      const names = shares.flat().map(partitionName);
      const sizes = shares.map((share) => share.length);
      expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
      expect(names).toHaveLength(11);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
    { seed: 7 },
  );
});

test('members keep their partitions when another leaves or joins', () => {
  const first = shareOut([aMember('x'), aMember('y'), aMember('z')], partitionsOf);

  const two = shareOut([aMember('x', first.get('x')), aMember('y', first.get('y'))], partitionsOf);
  const three = shareOut([aMember('x', two.get('x')), aMember('y', two.get('y')), aMember('w')], partitionsOf);

  for (const id of ['x', 'y']) {
    expect(two.get(id)?.map(partitionName)).toEqual(expect.arrayContaining((first.get(id) ?? []).map(partitionName)));
    expect(two.get(id)?.map(partitionName)).toEqual(expect.arrayContaining((three.get(id) ?? []).map(partitionName)));
  }
});

test('a topic is assigned only to members that subscribe to it', () => {
  const shares = shareOut([{ id: 'x', topics: ['a'], held: [] }, aMember('y')], partitionsOf);

  expect(shares.get('x')?.every(({ topic }) => topic === 'a')).toBe(true);
  expect([...shares.values()].flat()).toHaveLength(11);
});
