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
  /** Number of workers killed with SIGKILL, one after the other. */
  readonly kills: number;
  /** How often a worker is frozen until its partitions are reassigned. */
  readonly freezes: number;
  /** Number of members that join and leave. */
  readonly storms: number;
  readonly limitMs: number;
}

const MANY_FREEZES = 10;

/** Redis key of the watermarks that workers exchange. A loss has no effect, so no commit writes it. */
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
      // State has the hash tag of its stage partition, because a commit updates state and position together. The only
      // other key is the hint.
      const tags = new Set(metaKeys.map(tagOf));
      const outside = new Set([HEADS_KEY, ID_KEY_NAME]);
      expect(new Set(keys.filter((key) => !tags.has(tagOf(key))))).toEqual(outside);
      expect(new Set([...metaKeys, ...states.keys()])).toEqual(new Set(keys.filter((key) => !outside.has(key))));
      if (size.customers > 100 * PARTITIONS) expect(evictions).toBeGreaterThan(0);
    });

    test(
      'two workers killed at random times cause no lost or duplicate records and leave the same bytes of state',
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
      'a worker that is frozen until its partitions are reassigned writes nothing after it continues',
      async () => {
        const run = await bench.begin();
        const { stack } = run;
        const workers = [await stack.startWorker('one'), await stack.startWorker('two')] as const;
        const random = seeded(5);

        for (let freeze = 0; freeze < size.freezes; freeze++) {
          const [from, to] = [freeze / size.freezes, (freeze + 0.7) / size.freezes];
          const zombie = workers[freeze % 2] as Worker;
          const sending = run.send(from, to);
          // Freezes the worker while it processes records.
          await run.untilOut(from + (to - from) * random());
          zombie.freeze();
          // All records were emitted while it was frozen, so the other worker owns its partitions now.
          await sending;
          await run.untilOut(to);
          zombie.thaw();
          await run.send(to, (freeze + 1) / size.freezes);
        }

        bench.expectUndisturbed(await run.finish());
        expect(workers.map(({ restarts }) => restarts)).toEqual([0, 0]);
        // One freeze may happen between two batches. Of many freezes, some happen between a batch and its commit.
        if (size.freezes >= MANY_FREEZES) expect(refusedCommits(workers)).toBeGreaterThan(0);
      },
      size.limitMs,
    );

    test(
      'scaling from one worker to three and back, with restarts in turn and short-lived members, causes no lost or duplicate records',
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

/** Number of commits that were refused because the partition has a newer owner. */
function refusedCommits(workers: readonly Worker[]): number {
  return workers.reduce((sum, worker) => sum + worker.log().split('is lost (fenced)').length - 1, 0);
}

/** Redis Cluster slots by hash tag. All keys of one commit must be in one slot. */
function slotsByTag(keys: readonly string[]): ReadonlyMap<string, ReadonlySet<number>> {
  const slots = new Map<string, Set<number>>();
  for (const key of keys) slots.set(tagOf(key), (slots.get(tagOf(key)) ?? new Set()).add(keySlot(key)));
  return slots;
}

/** The first `{…}` of a key; the key itself if it has none. */
function tagOf(key: string): string {
  return /\{[^}]+\}/.exec(key)?.[0] ?? key;
}
