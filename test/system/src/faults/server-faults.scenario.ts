import { describe, expect, test } from 'vitest';
import { expectationsOf } from './stream.js';
import { faultBench, type TrafficSize } from './fault-bench.js';
import { readOnline, type Reading } from './online-reader.js';
import { seeded } from './seeded.js';
import {
  damageStates,
  during,
  killPostgresWith,
  killServer,
  loseRedis,
  withOfflineStoreLocked,
} from './server-faults.js';
import { untilCaughtUp } from './stage-places.js';
import { readHistory } from './training-set.js';
import { waitFor } from '../wait-for.js';

export interface ServerFaultsSize extends TrafficSize {
  /** Time for which the broker cannot be reached; longer than the session timeout. */
  readonly silenceMs: number;
  /** Time for which the offline store is locked. */
  readonly lockMs: number;
  /** Number of connections to Redis that are reset within a request. */
  readonly cuts: number;
  readonly limitMs: number;
}

const READ_ROWS = 20;
const DAMAGED_STATES = 3;

/**
 * Rows 5 to 8 of the fault matrix: Kafka, Redis and Postgres are unavailable, empty after a restart, slow or locked.
 */
export function describeServerFaults(size: ServerFaultsSize): void {
  const bench = faultBench(size, size.limitMs);

  describe(`${size.customers} customers over ${size.days} days`, () => {
    test(
      'a broker that cannot be reached and then refuses connections ends no worker and loses no data',
      async () => {
        const run = await bench.begin();
        const { kafka } = run.stack.networks;
        const workers = [
          await run.stack.startWorker('one', { network: 'proxied' }),
          await run.stack.startWorker('two', { network: 'proxied' }),
        ];

        const sending = run.send();
        await run.untilOut(0.3);
        await during(
          size.silenceMs,
          () => kafka.fallSilent(),
          () => kafka.heal(),
        );
        await run.untilOut(0.7);
        await during(
          size.silenceMs / 5,
          () => kafka.refuse(),
          () => kafka.heal(),
        );
        await sending;

        bench.expectUndisturbed(await run.finish());
        expect(workers.map(({ restarts }) => restarts)).toEqual([0, 0]);
        // Both workers met the fault: a request without a response, or partitions that the group reassigned.
        expect(
          workers.every((worker) => worker.logged('fetch_failed') + worker.logged('consumer_restarting') > 0),
        ).toBe(true);
      },
      size.limitMs,
    );

    test(
      'a broker that is killed with SIGKILL and restarted under load causes no lost or duplicate records',
      async () => {
        const run = await bench.begin();
        const workers = [await run.stack.startWorker('one'), await run.stack.startWorker('two')];

        const sending = run.send();
        for (const share of [0.3, 0.6]) {
          await run.untilOut(share);
          await killServer(run.stack.servers, 'kafka');
        }
        await sending;

        bench.expectUndisturbed(await run.finish());
        expect(run.stack.servers.restartCounts()['kafka']).toBe(2);
        expect(workers.map(({ restarts }) => restarts)).toEqual([0, 0]);
      },
      size.limitMs,
    );

    test(
      'state is rebuilt automatically after Redis restarts empty, and reads never return wrong values without the stale mark',
      async () => {
        const run = await bench.begin();
        const expectations = expectationsOf(bench.rows);
        const reader = await run.stack.startWorker('one');
        await run.stack.startWorker('two');
        await run.send(0, 0.5);
        await run.untilOut(0.5);
        await untilCaughtUp(run.stack);
        const newest = bench.rows.slice(0, Math.round(bench.rows.length / 2)).slice(-READ_ROWS);
        const before = await readOnline(reader, newest, expectations);

        await loseRedis(run.stack);
        const meanwhile = new Set<Reading>();
        await waitFor(
          'the rebuild of the state',
          async () => {
            const reading = await readOnline(reader, newest, expectations);
            meanwhile.add(reading);
            return reading;
          },
          // The first reads may still return state from before the loss.
          (reading) => reading === 'exact' && meanwhile.size > 1,
          60_000,
        );
        expect(before).toBe('exact');
        expect([...meanwhile]).not.toContain('wrong');
      },
      size.limitMs,
    );

    test(
      'state is rebuilt after Redis restarts empty under load, and all later features are exact',
      async () => {
        const run = await bench.begin();
        const workers = [await run.stack.startWorker('one'), await run.stack.startWorker('two')];

        const sending = run.send();
        await run.untilOut(0.6);
        await loseRedis(run.stack);
        await sending;

        bench.expectUndisturbed(await run.finish());
        expect(workers.reduce((sum, worker) => sum + worker.logged('stage_state_rebuilt'), 0)).toBeGreaterThan(0);
      },
      size.limitMs,
    );

    test(
      'states with damaged bytes in Redis are detected, rebuilt one by one, and counted',
      async () => {
        const run = await bench.begin();
        const worker = await run.stack.startWorker('one');
        await run.send(0, 0.5);
        await run.untilOut(0.5);
        await untilCaughtUp(run.stack);
        // So that no state is cached in memory.
        await worker.stop();
        await damageStates(run.stack, bench.rows.slice(bench.rows.length / 2), DAMAGED_STATES);
        const heir = await run.stack.startWorker('two');

        await run.send(0.5, 1);

        bench.expectUndisturbed(await run.finish());
        expect(await heir.metric('messaging_corrupt_states_total')).toBe(DAMAGED_STATES);
        expect(heir.log().match(/"event":"stage_entity_repaired"/g)).toHaveLength(DAMAGED_STATES);
        expect(heir.log()).not.toContain('stage_state_rebuilt');
      },
      size.limitMs,
    );

    test(
      'a slow Redis and connections that are reset within a commit leave no partially written batch',
      async () => {
        const run = await bench.begin();
        const { redis } = run.stack.networks;
        const worker = await run.stack.startWorker('one', { network: 'proxied' });
        const random = seeded(3);

        const sending = run.send();
        await run.untilOut(0.1);
        redis.slowDown(100);
        await run.untilOut(0.3);
        redis.slowDown(0);
        for (let cut = 0; cut < size.cuts; cut++) {
          await run.untilOut(0.3 + (0.6 * cut) / size.cuts);
          redis.resetAfterRequestBytes(Math.round(random() * 100_000));
        }
        await sending;

        bench.expectUndisturbed(await run.finish());
        expect(worker.restarts).toBe(0);
        expect(redis.cutCount).toBeGreaterThan(size.cuts / 2);
      },
      size.limitMs,
    );

    test(
      'an offline store that is killed and then locked loses no row and delays no feature',
      async () => {
        const run = await bench.begin();
        const worker = await run.stack.startWorker('one');

        await run.send(0, 0.3);
        await killServer(run.stack.servers, 'postgres');
        await run.send(0.3, 0.6);
        await run.untilOut(0.6);
        await waitFor(
          'the restart of Postgres',
          () => historyOf(),
          (rows) => rows > 0,
          60_000,
        );
        await withOfflineStoreLocked(run.stack, async () => {
          await Promise.all([
            during(
              size.lockMs,
              () => undefined,
              () => undefined,
            ),
            run.send(0.6, 1),
          ]);
          await run.untilOut(1);
        });
        bench.expectUndisturbed(await run.finish());
        await waitFor(
          'every row to be in the offline store',
          () => historyOf(),
          (rows) => rows >= bench.rows.length,
          60_000,
        );

        expect(await readHistory(worker, bench.rows)).toEqual({
          rows: bench.rows.length,
          doubled: 0,
          frauds: bench.rows.filter(({ isFraud }) => isFraud).length,
        });
        expect(worker.restarts).toBe(0);

        async function historyOf(): Promise<number> {
          const history = await readHistory(worker, bench.rows).catch(() => undefined);
          return history?.rows ?? 0;
        }
      },
      size.limitMs,
    );

    test(
      'an offline store that is killed right after it has stored the last row keeps it without a redelivery',
      async () => {
        const run = await bench.begin();
        const worker = await run.stack.startWorker('one');
        const count = Math.round(bench.rows.length / 10);
        const rows = bench.rows.slice(0, count);

        await Promise.all([run.send(0, 0.1), killPostgresWith(count, run.stack)]);
        const history = await waitFor(
          'the restart of Postgres',
          () => readHistory(worker, rows).catch(() => undefined),
          (found) => found !== undefined,
          60_000,
        );

        expect(history).toMatchObject({ rows: count, doubled: 0 });
      },
      size.limitMs,
    );
  });
}
