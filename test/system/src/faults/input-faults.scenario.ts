import { fileURLToPath } from 'node:url';
import { labelsValidatedTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { HOUR_MS } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import type { KnownTransaction } from '../naive-features.js';
import { waitFor } from '../wait-for.js';
import { disordered, withContestedLabels } from './bad-order.js';
import { faultBench, type TrafficSize } from './fault-bench.js';
import type { FaultRun } from './fault-run.js';
import { faultless } from './feature-tail.js';
import { expectedFeatures, type LabelArrival } from './oracle.js';
import { seeded } from './seeded.js';
import { expectationsOf, sendLabels, sendTransactions, sendValidated } from './stream.js';
import type { Worker } from './worker.js';

export interface InputFaultsSize extends TrafficSize {
  readonly limitMs: number;
}

const CLOCK = fileURLToPath(new URL('../../fixtures/stepping-clock.mjs', import.meta.url));

/**
 * Rows 11, 12, 15 and 16 of the fault matrix: repeated, reordered, late and unreadable records, all kinds of labels, a
 * changed clock.
 */
export function describeInputFaults(size: InputFaultsSize): void {
  const bench = faultBench(size, size.limitMs);

  describe(`${size.customers} customers over ${size.days} days`, () => {
    test(
      'transactions are up to an hour out of order, repeated or too late: repeats have no effect, late ones enter at their event time',
      async () => {
        const { rows, tooLate } = disordered(bench.rows, seeded(9));
        const run = await bench.begin(expectationsOf(rows).withoutValuesOf(tooLate), rows);
        const worker = await run.stack.startWorker('one');
        const repeats = new Repeats(run, tooLate, seeded(4));

        await run.send(0, 1, { send: (piece) => repeats.send(piece) });
        const { findings } = await run.finish();

        expect(findings).toEqual(faultless(rows.length));
        expect(await eventsCounted(worker, 'duplicate')).toBe(repeats.count);
        expect(await eventsCounted(worker, 'too_late')).toBe(tooLate.size);
        expect(await eventsCounted(worker, 'late')).toBeGreaterThan(rows.length / 50);
      },
      size.limitMs,
    );

    test(
      'of labels that arrive early, twice, in a replay or in conflict, the most trusted one available as of the read counts',
      async () => {
        const { rows } = bench;
        const labels = withContestedLabels(rows);
        const run = await bench.begin(expectedFeatures(rows, labels));
        await run.stack.startWorker('one');
        const sender = new LabelSender(run, rows, labels);

        await run.send(0, 1, { send: (piece) => sender.send(piece) });
        const { findings } = await run.finish();

        expect(findings).toEqual(faultless(rows.length));
      },
      size.limitMs,
    );

    test(
      'a worker whose clock is set an hour ahead and back computes the same features',
      async () => {
        const run = await bench.begin();
        const worker = await run.stack.startWorker('one', { env: { NODE_OPTIONS: `--import=${CLOCK}` } });
        const clockMs = async (): Promise<number> =>
          1_000 * (await worker.metric('feature_store_offline_last_load_timestamp_seconds')) - Date.now();

        const sending = run.send();
        await run.untilOut(0.3);
        worker.signal('SIGUSR2');
        await run.untilOut(0.5);
        await waitFor('the clock to be ahead', clockMs, (aheadMs) => aheadMs > HOUR_MS / 2, 30_000);
        worker.signal('SIGUSR2');
        await run.untilOut(0.7);
        await waitFor('the clock to be behind', clockMs, (aheadMs) => aheadMs < -HOUR_MS / 2, 30_000);
        await sending;

        bench.expectUndisturbed(await run.finish());
        expect(worker.restarts).toBe(0);
      },
      size.limitMs,
    );

    test(
      'unreadable records between valid ones on the inputs of the stages stop nothing and have no effect',
      async () => {
        const run = await bench.begin();
        const worker = await run.stack.startWorker('one');
        const rubbish = ['', '{', 'null', '[]', '{"transaction_id":7}', '\u0000'.repeat(100)].map(Buffer.from);

        await run.send(0, 1, {
          send: async (piece) => {
            await sendValidated(run.stack.producer, piece);
            for (const topic of [transactionsValidatedTopic.name, labelsValidatedTopic.name]) {
              await run.stack.producer.raw.write(
                rubbish.map((value, i) => ({ topic, partition: i % 4, key: 'x', value, headers: {} })),
              );
            }
          },
        });

        bench.expectUndisturbed(await run.finish());
        expect(worker.restarts).toBe(0);
      },
      size.limitMs,
    );
  });
}

/** Sends every piece, and after it some transactions of the last days again. */
class Repeats {
  count = 0;
  private readonly recent: KnownTransaction[] = [];

  constructor(
    private readonly run: FaultRun,
    private readonly tooLate: ReadonlySet<string>,
    private readonly random: () => number,
  ) {}

  async send(piece: readonly KnownTransaction[]): Promise<void> {
    const { producer } = this.run.stack;
    await sendValidated(producer, piece);
    this.recent.push(...piece);
    const again = Array.from({ length: Math.ceil(piece.length / 10) }, () => this.pick()).flatMap((row) => row ?? []);
    this.count += again.length;
    await sendTransactions(producer, again);
  }

  private pick(): KnownTransaction | undefined {
    const newest = this.recent.slice(-2_000);
    const row = newest[Math.floor(this.random() * newest.length)];
    // A transaction that was too late is not deduplicated; a repeat would be late again.
    return row === undefined || this.tooLate.has(row.id) ? undefined : row;
  }
}

/**
 * Sends the labels of a piece, then its transactions, then the labels again, and sometimes the labels of the last
 * weeks.
 */
class LabelSender {
  private readonly byId: ReadonlyMap<string, KnownTransaction>;
  private readonly sent: LabelArrival[] = [];
  private pieces = 0;

  constructor(
    private readonly run: FaultRun,
    rows: readonly KnownTransaction[],
    private readonly labels: readonly LabelArrival[],
  ) {
    this.byId = new Map(rows.map((row) => [row.id, row]));
  }

  async send(piece: readonly KnownTransaction[]): Promise<void> {
    const { producer } = this.run.stack;
    const ids = new Set(piece.map(({ id }) => id));
    const ours = this.labels.filter(({ id }) => ids.has(id));
    await sendLabels(producer, ours, this.byId);
    await sendTransactions(producer, piece);
    await sendLabels(producer, ours, this.byId);
    this.sent.push(...ours);
    if (++this.pieces % 20 === 0) await sendLabels(producer, this.sent.slice(-500), this.byId);
  }
}

/** Number of transactions by their outcome at the customer stage. */
function eventsCounted(worker: Worker, outcome: string): Promise<number> {
  return worker.metric('feature_store_events_total', { stage: 'customer', outcome });
}
