import { describe, expect, test } from 'vitest';
import type {
  NewPendingLabel,
  Settlement,
  PendingLabel,
  PendingLabelRepository,
} from '../src/labels/pending-label.repository.js';

const NOTHING: Settlement = { done: [], later: [] };

export function aPendingLabel(offset: number, changes: Partial<NewPendingLabel> = {}): NewPendingLabel {
  return {
    topic: 'labels',
    partition: 0,
    offset: String(offset),
    label: { transaction_id: `t${offset}`, is_fraud: true, labelled_at: '2026-01-08T00:00:00Z', source: 'analyst' },
    bytes: Buffer.from([0, 255, offset % 256]),
    takenAtMs: 5,
    ...changes,
  };
}

/** Behaviour of every repository of pending labels. @param create returns an empty one */
export function describePendingLabels(name: string, create: () => Promise<PendingLabelRepository>): void {
  describe(name, () => {
    test('labels are returned unchanged, the longest due first', async () => {
      const store = await create();
      await store.add([aPendingLabel(2)], 20);
      await store.add([aPendingLabel(1)], 10);

      const due = await dueAt(store, 30);

      const { bytes: _bytes, ...rest } = aPendingLabel(1);
      expect(due[0]).toEqual({ ...rest, waitingSinceMs: 10 });
      expect(due.map(({ offset }) => offset)).toEqual(['1', '2']);
    });

    test('adding a label again has no effect', async () => {
      const store = await create();
      await store.add([aPendingLabel(1)], 10);
      await store.add([aPendingLabel(1, { takenAtMs: 99 }), aPendingLabel(2)], 20);

      const due = await dueAt(store, 30);

      expect(due.map(({ takenAtMs, waitingSinceMs }) => [takenAtMs, waitingSinceMs])).toEqual([
        [5, 10],
        [5, 20],
      ]);
      expect(await store.count()).toBe(2);
    });

    test('only due labels are returned, up to the limit', async () => {
      const store = await create();
      await store.add([aPendingLabel(1), aPendingLabel(2), aPendingLabel(3)], 10);

      expect(await store.settleDue(10, 9, async () => NOTHING)).toBe(0);
      expect(await store.settleDue(2, 10, async () => NOTHING)).toBe(2);
    });

    test('labels that are done are removed, and the others are due again at their time', async () => {
      const store = await create();
      await store.add([aPendingLabel(1), aPendingLabel(2), aPendingLabel(3)], 10);

      await store.settleDue(10, 10, async (due) => ({
        done: due.filter(({ offset }) => offset === '1'),
        later: due.filter(({ offset }) => offset === '2').map((position) => ({ position, lookupAtMs: 50 })),
      }));

      expect((await dueAt(store, 49)).map(({ offset }) => offset)).toEqual(['3']);
      expect((await dueAt(store, 50)).map(({ offset }) => offset).toSorted()).toEqual(['2', '3']);
      expect(await store.count()).toBe(2);
    });

    test('nothing changes if settling fails', async () => {
      const store = await create();
      await store.add([aPendingLabel(1)], 10);

      const failed = store.settleDue(10, 10, () => Promise.reject(new Error('no broker')));

      await expect(failed).rejects.toThrow('no broker');
      expect(await dueAt(store, 10)).toHaveLength(1);
    });
  });
  describePositions(name, create);
}

function describePositions(name: string, create: () => Promise<PendingLabelRepository>): void {
  describe(`${name}, settled by several or by position`, () => {
    test('while labels are settled, other workers do not get them', async () => {
      const store = await create();
      await store.add([aPendingLabel(1), aPendingLabel(2)], 10);
      let others: readonly PendingLabel[] = [];

      await store.settleDue(1, 10, async (due) => {
        others = await dueAt(store, 10);
        return { done: due, later: [] };
      });

      expect(others.map(({ offset }) => offset)).toEqual(['2']);
    });

    test('the bytes of labels are returned in the requested order', async () => {
      const store = await create();
      await store.add([aPendingLabel(1), aPendingLabel(2)], 10);

      const bytes = await store.bytesOf([aPendingLabel(2), aPendingLabel(9), aPendingLabel(1)]);

      expect(bytes.map((found) => found && [...found])).toEqual([[0, 255, 2], undefined, [0, 255, 1]]);
    });

    test('offsets beyond 32 bits and several partitions are distinguished', async () => {
      const store = await create();
      const offset = String(2 ** 40);
      await store.add([aPendingLabel(1, { offset }), aPendingLabel(1, { offset, partition: 7 })], 10);

      await store.settleDue(10, 10, async (due) => ({
        done: due.filter(({ partition }) => partition === 7),
        later: [],
      }));

      expect((await dueAt(store, 10)).map((label) => [label.partition, label.offset])).toEqual([[0, offset]]);
    });
  });
}

async function dueAt(store: PendingLabelRepository, nowMs: number): Promise<readonly PendingLabel[]> {
  let seen: readonly PendingLabel[] = [];
  await store.settleDue(1_000, nowMs, async (due) => {
    seen = due;
    return NOTHING;
  });
  return seen;
}
