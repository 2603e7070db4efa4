import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unavailable } from '@fraudflow/core';
import type { StageStore, TopicDefinition } from '@fraudflow/contracts';
import {
  createCoPartitionedStage,
  createRepartitioningStage,
  output,
  type StageDefinition,
  type StageProcessor,
} from '@fraudflow/messaging';
import { counting, counts, packed } from './event-bus-counting-stage.js';
import { Bench, byKey, newName, ticks, waitFor, type EventBusUnderTest, type Tick } from './event-bus-fixture.js';

type CrashPoint = 'before the outputs' | 'between outputs and commit' | 'after the commit';
const CRASH_POINTS: readonly CrashPoint[] = ['before the outputs', 'between outputs and commit', 'after the commit'];

/** A store that fails at the third commit, either before it takes effect or before the response. */
function dying(store: StageStore, when: 'before' | 'after', died: () => void): StageStore {
  let commits = 0;
  return {
    claim: (id) => store.claim(id),
    read: (id, keys) => store.read(id, keys),
    scan: (id, cursor) => store.scan(id, cursor),
    beginRebuild: (id, epoch, rebuild) => store.beginRebuild(id, epoch, rebuild),
    endRebuild: (id, epoch) => store.endRebuild(id, epoch),
    forget: (id, epoch) => store.forget(id, epoch),
    check: (id, epoch) => store.check(id, epoch),
    commit: async (commit) => {
      if (++commits < 3) return store.commit(commit);
      if (when === 'after' && commits === 3) await store.commit(commit);
      died();
      throw unavailable('killed');
    },
  };
}

/** Guarantees of stages that hold on every event bus, whenever a stage crashes. */
export function describeStages(current: () => EventBusUnderTest): void {
  describe('stages', () => {
    let bench: Bench;
    beforeEach(() => {
      bench = new Bench(current());
    });
    afterEach(() => bench.close());

    test.each(CRASH_POINTS)('a chain of two counts each record once although the first dies %s', async (point) => {
      const [input, middle] = [await bench.topic(), await bench.topic()];
      const { store } = current();
      const [first, second] = [newName('first'), newName('second')];
      let dead = false;
      let processed = 0;
      const failOnce = (): void => {
        if (point === 'before the outputs' && ++processed >= 3) {
          dead = true;
          throw unavailable('killed');
        }
      };
      const rekey = (tick: Tick): string => `t${tick.n % 5}`;
      const doomedStore =
        point === 'before the outputs'
          ? store
          : dying(store, point === 'after the commit' ? 'after' : 'before', () => (dead = true));
      await bench.send(input, ticks(1_000));
      const definition = { name: first, input };
      const doomed = await bench.keep(
        createRepartitioningStage(
          { ...definition, open: counting(middle, rekey, failOnce) },
          doomedStore,
          bench.dependencies(),
        ),
      );
      await waitFor('the crash', () => dead);
      await doomed.stop(5_000);

      await bench.keep(
        createRepartitioningStage({ ...definition, open: counting(middle, rekey) }, store, bench.dependencies()),
      );
      await bench.keep(
        createRepartitioningStage(
          { name: second, input: middle, open: counting(undefined, rekey) },
          store,
          bench.dependencies(),
        ),
      );

      const terminals = ['t0', 't1', 't2', 't3', 't4'];
      const total = async (): Promise<number> => (await counts(store, second, 3, terminals)).reduce((a, b) => a + b, 0);
      await waitFor('all to arrive', async () => (await total()) >= 1_000);
      expect(await counts(store, second, 3, terminals)).toEqual([200, 200, 200, 200, 200]);
      const customers = [...byKey(ticks(1_000)).keys()];
      expect(await counts(store, first, 3, customers)).toEqual(
        customers.map((key) => byKey(ticks(1_000)).get(key)?.length),
      );
    });

    test('writes nothing after another owner has claimed the partition', async () => {
      const input = await bench.topic({ partitions: 1 });
      const { store } = current();
      const name = newName('stage');
      await bench.keep(
        createRepartitioningStage(
          { name, input, open: counting(undefined, (tick) => tick.key) },
          store,
          bench.dependencies(),
        ),
      );
      await bench.send(input, ticks(10, 1));
      await waitFor('the first records', async () => (await counts(store, name, 1, ['k0']))[0] === 10);

      const { nextOffset } = await store.claim({ stage: name, partition: 0 });
      await bench.send(input, ticks(10, 1));
      const witness = { seen: 0 };
      await bench.keep(
        createRepartitioningStage(
          {
            name: newName('witness'),
            input,
            open: () => ({
              process: async (records) => ({
                outputs: [],
                writes: new Map(records.map(() => ((witness.seen += 1), ['w', packed(1)] as const))),
              }),
            }),
          },
          store,
          bench.dependencies(),
        ),
      );
      await waitFor('the witness', () => witness.seen === 20);

      expect(nextOffset).toBe(10);
      expect(await counts(store, name, 1, ['k0'])).toEqual([10]);
    });

    test.each(CRASH_POINTS)('a one-to-one stage writes every record once although it dies %s', async (point) => {
      const [input, mirrored] = [await bench.topic(), await bench.topic()];
      const { store } = current();
      let dead = false;
      let processed = 0;
      const failOnce = (): void => {
        if (point === 'before the outputs' && ++processed >= 3) {
          dead = true;
          throw unavailable('killed');
        }
      };
      const doomedStore =
        point === 'before the outputs'
          ? store
          : dying(store, point === 'after the commit' ? 'after' : 'before', () => (dead = true));
      const definition = { name: newName('mirror'), input, output: mirrored };
      const same = (tick: Tick): string => tick.key;
      await bench.send(input, ticks(1_000));
      const doomed = await bench.keep(
        createCoPartitionedStage(
          { ...definition, open: counting(mirrored, same, failOnce) },
          doomedStore,
          bench.dependencies(),
        ),
      );
      await waitFor('the crash', () => dead);
      await doomed.stop(5_000);

      await bench.keep(
        createCoPartitionedStage({ ...definition, open: counting(mirrored, same) }, store, bench.dependencies()),
      );

      await waitFor('all outputs', async () => (await bench.values(mirrored.name)).length >= 1_000);
      // Plain readers see the counts 1, 2, 3 … of each key without a repeat or a gap.
      for (const numbers of byKey(await bench.values(mirrored.name)).values()) {
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      }
      expect(await bench.values(mirrored.name)).toHaveLength(1_000);
    });

    test('a co-partitioned stage without state continues after the end of its output, whatever offset the group has committed', async () => {
      const [input, mirrored] = [await bench.topic(), await bench.topic()];
      const pass = (): StageProcessor<Tick> => ({
        process: async (records) => ({ outputs: records.map((record) => output(mirrored, record.value, record)) }),
      });
      const definition: StageDefinition<Tick> & { output: TopicDefinition<Tick> } = {
        name: newName('pass'),
        input,
        output: mirrored,
        open: pass,
      };
      await bench.send(input, ticks(400));
      const first = await bench.keep(createCoPartitionedStage(definition, undefined, bench.dependencies()));
      await waitFor('the first part', async () => (await bench.values(mirrored.name)).length >= 400);
      await first.stop();
      await bench.send(
        input,
        ticks(400).map((tick) => ({ ...tick, n: tick.n + 400 })),
      );

      await bench.keep(
        createCoPartitionedStage({ ...definition, groupId: newName('forgetful') }, undefined, bench.dependencies()),
      );

      await waitFor('the second part', async () => (await bench.values(mirrored.name)).length >= 800);
      expect(byKey(await bench.values(mirrored.name))).toEqual(
        byKey(ticks(400).concat(ticks(400).map((tick) => ({ ...tick, n: tick.n + 400 })))),
      );
    });

    test('two members share a stage and transfer partitions without lost or duplicate records', async () => {
      const [input, mirrored] = [await bench.topic(), await bench.topic()];
      const { store } = current();
      const definition = {
        name: newName('shared'),
        input,
        output: mirrored,
        open: counting(mirrored, (tick: Tick) => tick.key),
      };
      const first = await bench.keep(createCoPartitionedStage(definition, store, bench.dependencies()));
      const sending = (async () => {
        for (let from = 0; from < 1_500; from += 100) await bench.send(input, ticks(1_500).slice(from, from + 100));
      })();

      const second = await bench.keep(createCoPartitionedStage(definition, store, bench.dependencies()));
      await waitFor('both to hold partitions', () => first.assignment().length > 0 && second.assignment().length > 0);
      await first.stop();
      await sending;

      await waitFor('all outputs', async () => (await bench.values(mirrored.name)).length >= 1_500);
      for (const [key, numbers] of byKey(await bench.values(mirrored.name))) {
        expect(numbers, key).toEqual(numbers.map((_, index) => index + 1));
      }
    });
  });
}
