import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '@fraudflow/core';
import { createRepartitioningStage, type StageProcessor } from '@fraudflow/messaging';
import { counting, counts } from './event-bus-counting-stage.js';
import { Bench, byKey, newName, ticks, waitFor, type EventBusUnderTest, type Tick } from './event-bus-fixture.js';

/** Recovery of stages when the store loses or damages state. */
export function describeLostState(current: () => EventBusUnderTest): void {
  describe('lost state', () => {
    let bench: Bench;
    beforeEach(() => {
      bench = new Bench(current());
    });
    afterEach(() => bench.close());

    test('rebuilds lost state from the log, also on idle partitions, and repeats no output', async () => {
      const [input, middle] = [await bench.topic(), await bench.topic()];
      const { store, loseState } = current();
      const name = newName('stage');
      const rekey = (tick: Tick): string => tick.key;
      const customers = [...byKey(ticks(700)).keys()];
      const everything = customers.map((key) => byKey(ticks(700)).get(key)?.length);
      await bench.send(input, ticks(700));
      const definition = { name, input, open: counting(middle, rekey) };
      await bench.keep(createRepartitioningStage(definition, store, bench.dependencies()));
      await waitFor('all outputs', async () => (await bench.records(middle.name)).length === 700);
      await waitFor('the offset hints', async () => {
        const committed = await current().bus.admin.committed(name, input.name);
        return committed.reduce<number>((sum, offset) => sum + (offset ?? 0), 0) === 700;
      });

      await loseState();

      await waitFor('the state', async () =>
        (await counts(store, name, 3, customers)).every((count, index) => count === everything[index]),
      );
      expect(await bench.records(middle.name)).toHaveLength(700);
      expect(
        await Promise.all([0, 1, 2].map(async (partition) => (await store.claim({ stage: name, partition })).rebuild)),
      ).toEqual([undefined, undefined, undefined]);
    });

    test('rebuilds only the damaged states of an entity, from the records of that entity', async () => {
      const [input, middle] = [await bench.topic({ partitions: 1 }), await bench.topic()];
      const { store } = current();
      const name = newName('stage');
      const customers = [...byKey(ticks(350)).keys()];
      const damaged = customers[3] ?? '';
      const id = { stage: name, partition: 0 };
      const definition = { name, input, open: checking(counting(middle, (tick) => tick.key)) };
      await bench.send(input, ticks(350));
      const stage = await bench.keep(createRepartitioningStage(definition, store, bench.dependencies()));
      await waitFor('the state', async () => (await counts(store, name, 1, customers)).every((count) => count === 50));
      await stage.stop();
      const { epoch, nextOffset: at = 0 } = await store.claim(id);
      const spoilt = new Map([[damaged, DAMAGED]]);
      await store.commit({ id, epoch, expected: at, next: at, writes: spoilt, seen: new Map() });

      await bench.send(input, ticks(350));
      await bench.keep(createRepartitioningStage(definition, store, bench.dependencies()));

      await waitFor('the state', async () => (await counts(store, name, 1, customers)).every((count) => count === 100));
      expect((await bench.records(middle.name)).length).toBe(700);
    });

    test('rebuilds a damaged state without an effect on other entities', async () => {
      const input = await bench.topic({ partitions: 1 });
      const { store } = current();
      const name = newName('stage');
      let damaged = 1;
      const open = (): StageProcessor<Tick> => {
        const inner = counting(undefined, (tick) => tick.key)();
        return {
          process: async (records, context) => {
            if (records.some(({ value }) => value.n >= 300) && damaged-- > 0)
              throw new AppError('failed_precondition', 'checksum', { code: 'STATE_CORRUPT' });
            return inner.process(records, context);
          },
        };
      };
      await bench.send(input, ticks(350));
      await bench.keep(createRepartitioningStage({ name, input, open }, store, bench.dependencies()));

      const customers = [...byKey(ticks(350)).keys()];
      await waitFor('the state', async () => (await counts(store, name, 1, customers)).every((count) => count === 50));
      expect(damaged).toBeLessThan(0);
    });
  });
}

/** Bytes that are not a valid packed count. */
const DAMAGED = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** Detects damaged states, as the engines do by checksum. */
function checking(open: () => StageProcessor<Tick>): () => StageProcessor<Tick> {
  return () => {
    const inner = open();
    return {
      process: (records, context) =>
        inner.process(records, {
          ...context,
          read: async (keys) => {
            const states = await context.read(keys);
            const place = states.findIndex((state) => state !== undefined && DAMAGED.equals(state));
            if (place < 0) return states;
            const details = { entity: keys[place] };
            throw new AppError('failed_precondition', 'checksum', { code: 'STATE_CORRUPT', details });
          },
        }),
    };
  };
}
