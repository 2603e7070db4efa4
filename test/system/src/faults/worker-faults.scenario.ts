import { stageMetaKey } from '@fraudflow/features';
import { describe, expect, test } from 'vitest';
import { faultBench, type TrafficSize } from './fault-bench.js';
import { faultless } from './feature-tail.js';
import { keySlot } from './key-slot.js';
import { killOne, restartsOf } from './kill-one.js';
import { seeded } from './seeded.js';
import { PARTITIONS } from './partition-count.js';
import { ID_KEY_NAME } from './stage-places.js';
import { STAGE_PARTITIONS } from './state-snapshot.js';
import type { Worker } from './worker.js';

export interface WorkerFaultsSize extends TrafficSize {
  /** Workers killed with -9, one after the other. */
  readonly kills: number;
  /** Times a worker is frozen until the others have its partitions. */
  readonly freezes: number;
  /** Members that join and leave. */
  readonly storms: number;
  readonly limitMs: number;
}

const MANY_FREEZES = 10;

/** Where workers tell each other how far they have come: a hint that may get lost, so no commit touches it. */
const HEADS_KEY = 'ff:{heads:customer}';

/** Rows 1, 2 and 3 of the fault matrix: workers are killed, frozen, restarted, added and removed under load. */
export function describeWorkerFaults(size: WorkerFaultsSize): void {
  const bench = faultBench(size, size.limitMs);

  describe(`${size.customers} customers over ${size.days} days`, () => {
    test('undisturbed, every feature is exact and the keys of a stage partition share a slot of Redis Cluster', () => {
      const { findings, keys, states, evictions } = bench.undisturbed;
      expect(findings).toEqual(faultless(bench.rows.length));
      const slots = slotsByTag(keys);
      const metaKeys = STAGE_PARTITIONS.map(({ stage, partition }) => stageMetaKey(stage, partition));
      expect(keys).toEqual(expect.arrayContaining(metaKeys));
      expect([...slots].filter(([, of]) => of.size !== 1)).toEqual([]);
      // State lies under the tag of a stage partition, whose place a commit moves together with it; besides there is only the hint.
      const tags = new Set(metaKeys.map(tagOf));
      const outside = new Set([HEADS_KEY, ID_KEY_NAME]);
      expect(new Set(keys.filter((key) => !tags.has(tagOf(key))))).toEqual(outside);
      expect(new Set([...metaKeys, ...states.keys()])).toEqual(new Set(keys.filter((key) => !outside.has(key))));
      if (size.customers > 100 * PARTITIONS) expect(evictions).toBeGreaterThan(0);
    });

    test(
      'two workers killed at random moments lose nothing, double nothing and leave the same bytes',
      async () => {
        const run = await bench.begin();
        const { stack } = run;
        const workers = [await stack.startWorker('one'), await stack.startWorker('two')];
        const random = seeded(7);

        for (let kill = 0; kill < size.kills; kill++) {
          const sending = run.send(kill / size.kills, (kill + 1) / size.kills);
          await run.untilOut((kill + random()) / size.kills);
          await killOne(workers, random);
          await sending;
        }

        bench.expectUndisturbed(await run.finish());
        expect(await restartsOf(workers, size.kills)).toBe(size.kills);
      },
      size.limitMs,
    );

    test(
      'a worker frozen until others have its partitions writes nothing more when it wakes up',
      async () => {
        const run = await bench.begin();
        const { stack } = run;
        const workers = [await stack.startWorker('one'), await stack.startWorker('two')] as const;
        const random = seeded(5);

        for (let freeze = 0; freeze < size.freezes; freeze++) {
          const [from, to] = [freeze / size.freezes, (freeze + 0.7) / size.freezes];
          const zombie = workers[freeze % 2] as Worker;
          const sending = run.send(from, to);
          // In the middle of its work.
          await run.untilOut(from + (to - from) * random());
          zombie.freeze();
          // All of it came out while it slept: the other has its partitions now.
          await sending;
          await run.untilOut(to);
          zombie.thaw();
          await run.send(to, (freeze + 1) / size.freezes);
        }

        bench.expectUndisturbed(await run.finish());
        expect(workers.map(({ restarts }) => restarts)).toEqual([0, 0]);
        // One freeze may fall between two batches; of many some fall between a batch and its commit.
        if (size.freezes >= MANY_FREEZES) expect(refusedCommits(workers)).toBeGreaterThan(0);
      },
      size.limitMs,
    );

    test(
      'from one worker to three, all restarted in turn, members that come and go, and back to one: nothing lost, nothing double',
      async () => {
        const run = await bench.begin();
        const { stack } = run;
        const first = await stack.startWorker('one');
        const others: Worker[] = [];
        const roll = (index: number) => async (): Promise<void> => {
          await others[index]?.stop();
          others[index] = await stack.startWorker(`other-${index}`);
        };
        const changes: readonly (() => Promise<unknown>)[] = [
          async () => others.push(await stack.startWorker('other-0'), await stack.startWorker('other-1')),
          roll(0),
          roll(1),
          ...Array.from({ length: size.storms }, () => async () => (await stack.startWorker('guest')).stop()),
          () => Promise.all(others.map((worker) => worker.stop())),
        ];

        for (const [step, change] of changes.entries()) {
          await Promise.all([run.send(step / changes.length, (step + 1) / changes.length), change()]);
        }

        bench.expectUndisturbed(await run.finish());
        expect(first.restarts).toBe(0);
      },
      size.limitMs,
    );
  });
}

/** Commits of batches that a newer owner of their partition made impossible. */
function refusedCommits(workers: readonly Worker[]): number {
  return workers.reduce((sum, worker) => sum + worker.log().split('is lost (fenced)').length - 1, 0);
}

/** Slots of Redis Cluster by hash tag: what one commit touches must lie in one. */
function slotsByTag(keys: readonly string[]): ReadonlyMap<string, ReadonlySet<number>> {
  const slots = new Map<string, Set<number>>();
  for (const key of keys) slots.set(tagOf(key), (slots.get(tagOf(key)) ?? new Set()).add(keySlot(key)));
  return slots;
}

/** The first `{…}` of a key; the key itself if it has none. */
function tagOf(key: string): string {
  return /\{[^}]+\}/.exec(key)?.[0] ?? key;
}
