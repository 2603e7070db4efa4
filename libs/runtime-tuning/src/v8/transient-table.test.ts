import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TransientTable } from './transient-table.js';

test('it has the same entries as a Map after random insertions and deletions', () => {
  const id = fc.integer({ min: 0, max: 400 });
  const steps = fc.array(fc.tuple(fc.boolean(), id, fc.nat()), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (taken) => {
      const table = new TransientTable<number>();
      const map = new Map<number, number>();
      for (const [isSet, key, value] of taken) {
        if (isSet) {
          table.set(key, value);
          map.set(key, value);
        } else expect(table.delete(key)).toBe(map.delete(key));
        expect(table.get(key)).toBe(map.get(key));
        expect(table.has(key)).toBe(map.has(key));
        expect(table.size).toBe(map.size);
      }
      const left: [number, number][] = [];
      table.forEach((value, key) => left.push([key, value]));
      expect(left.toSorted(([a], [b]) => a - b)).toEqual([...map].toSorted(([a], [b]) => a - b));
      expect(new Set(table.values())).toEqual(new Set(map.values()));
      table.clear();
      expect([table.size, ...table.values()]).toEqual([0]);
    }),
    { seed: 13, numRuns: 300 },
  );
});

test('entries may be deleted while they are visited', () => {
  const table = new TransientTable<string>();
  for (const id of [1, 3, 5, 129]) table.set(id, `stream ${id}`);

  const seen: number[] = [];
  table.forEach((_, id) => {
    seen.push(id);
    table.delete(id);
  });

  expect(seen).toHaveLength(4);
  expect(table.size).toBe(0);
});
