import { describe, expect, test } from 'vitest';
import type {
  NewWaitingLabel,
  Settlement,
  WaitingLabel,
  WaitingLabelRepository,
} from '../src/labels/waiting-label.repository.js';

const NOTHING: Settlement = { done: [], later: [] };

export function aWaitingLabel(offset: number, changes: Partial<NewWaitingLabel> = {}): NewWaitingLabel {
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

/** What every store of waiting labels does. @param create makes an empty one */
export function describeWaitingLabels(name: string, create: () => Promise<WaitingLabelRepository>): void {
  describe(name, () => {
    test('labels come back as they were put in, those that are due longest first', async () => {
      const store = await create();
      await store.add([aWaitingLabel(2)], 20);
      await store.add([aWaitingLabel(1)], 10);

      const due = await dueAt(store, 30);

      const { bytes: _bytes, ...rest } = aWaitingLabel(1);
      expect(due[0]).toEqual({ ...rest, waitingSinceMs: 10 });
      expect(due.map(({ offset }) => offset)).toEqual(['1', '2']);
    });

    test('a label that comes again changes nothing', async () => {
      const store = await create();
      await store.add([aWaitingLabel(1)], 10);
      await store.add([aWaitingLabel(1, { takenAtMs: 99 }), aWaitingLabel(2)], 20);

      const due = await dueAt(store, 30);

      expect(due.map(({ takenAtMs, waitingSinceMs }) => [takenAtMs, waitingSinceMs])).toEqual([
        [5, 10],
        [5, 20],
      ]);
      expect(await store.count()).toBe(2);
    });

    test('only what is due is handed out, at most so many', async () => {
      const store = await create();
      await store.add([aWaitingLabel(1), aWaitingLabel(2), aWaitingLabel(3)], 10);

      expect(await store.settleDue(10, 9, async () => NOTHING)).toBe(0);
      expect(await store.settleDue(2, 10, async () => NOTHING)).toBe(2);
    });

    test('what is done is gone, and what is for later comes back at its time', async () => {
      const store = await create();
      await store.add([aWaitingLabel(1), aWaitingLabel(2), aWaitingLabel(3)], 10);

      await store.settleDue(10, 10, async (due) => ({
        done: due.filter(({ offset }) => offset === '1'),
        later: due.filter(({ offset }) => offset === '2').map((place) => ({ place, lookAtMs: 50 })),
      }));

      expect((await dueAt(store, 49)).map(({ offset }) => offset)).toEqual(['3']);
      expect((await dueAt(store, 50)).map(({ offset }) => offset).toSorted()).toEqual(['2', '3']);
      expect(await store.count()).toBe(2);
    });

    test('nothing changes if settling fails', async () => {
      const store = await create();
      await store.add([aWaitingLabel(1)], 10);

      const failed = store.settleDue(10, 10, () => Promise.reject(new Error('no broker')));

      await expect(failed).rejects.toThrow('no broker');
      expect(await dueAt(store, 10)).toHaveLength(1);
    });
  });
  describePlaces(name, create);
}

function describePlaces(name: string, create: () => Promise<WaitingLabelRepository>): void {
  describe(`${name}, settled by several or by place`, () => {
    test('while labels are settled, no other worker gets them', async () => {
      const store = await create();
      await store.add([aWaitingLabel(1), aWaitingLabel(2)], 10);
      let others: readonly WaitingLabel[] = [];

      await store.settleDue(1, 10, async (due) => {
        others = await dueAt(store, 10);
        return { done: due, later: [] };
      });

      expect(others.map(({ offset }) => offset)).toEqual(['2']);
    });

    test('bytes are read for the labels asked for, in that order', async () => {
      const store = await create();
      await store.add([aWaitingLabel(1), aWaitingLabel(2)], 10);

      const bytes = await store.bytesOf([aWaitingLabel(2), aWaitingLabel(9), aWaitingLabel(1)]);

      expect(bytes.map((found) => found && [...found])).toEqual([[0, 255, 2], undefined, [0, 255, 1]]);
    });

    test('offsets beyond 32 bits and several partitions are told apart', async () => {
      const store = await create();
      const offset = String(2 ** 40);
      await store.add([aWaitingLabel(1, { offset }), aWaitingLabel(1, { offset, partition: 7 })], 10);

      await store.settleDue(10, 10, async (due) => ({
        done: due.filter(({ partition }) => partition === 7),
        later: [],
      }));

      expect((await dueAt(store, 10)).map((label) => [label.partition, label.offset])).toEqual([[0, offset]]);
    });
  });
}

async function dueAt(store: WaitingLabelRepository, nowMs: number): Promise<readonly WaitingLabel[]> {
  let seen: readonly WaitingLabel[] = [];
  await store.settleDue(1_000, nowMs, async (due) => {
    seen = due;
    return NOTHING;
  });
  return seen;
}
