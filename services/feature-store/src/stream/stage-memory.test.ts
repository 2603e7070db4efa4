import type { ByTerminalEvent, FeaturesEvent, ValidatedTransaction } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { StreamedFeatures } from '@fraudflow/features';
import { describe, expect, test } from 'vitest';
import { CountedStages, StageBench } from '../../test/stage-bench.js';
import { customerStage } from './customer-stage.js';
import { StreamVector } from './stream-vector.js';
import { terminalStage } from './terminal-stage.js';

const START_MS = Date.UTC(2018, 3, 1);
const vector = new StreamVector(new StreamedFeatures('fraud_detection_features_v2'));
const UNLIMITED = { entities: 1_000_000, bytes: 2 ** 40 };
const PACE = { epochRecords: 64, pageRecords: 8 };

const aTransaction = (id: string, customer: string, day: number): ValidatedTransaction => ({
  transaction_id: id,
  occurred_at: new Date(START_MS + Math.round(day * DAY_MS)).toISOString(),
  customer_id: customer,
  terminal_id: `m-${customer}`,
  amount_minor: 1_000 + 37 * Number(id.replaceAll(/\D/g, '')),
  currency: 'EUR',
});

const handedOver = (id: string, terminal: string, day: number): ByTerminalEvent => ({
  kind: 'transaction',
  transaction: { ...aTransaction(id, 'c', day), terminal_id: terminal },
  vector: [],
  attributes: 1,
});

/** Transactions of many customers in turn, one per customer and day. */
function turns(customers: number, days: number): ValidatedTransaction[][] {
  return Array.from({ length: days }, (_, day) =>
    Array.from({ length: customers }, (_turn, c) => aTransaction(`t${day}-${c}`, `c${c}`, day + c / customers)),
  );
}

/** Outputs of a stage, with copies of the reused bytes. */
async function outputsOf<Input>(bench: StageBench<Input>, batches: readonly (readonly unknown[])[]): Promise<string[]> {
  const outputs: string[] = [];
  for (const batch of batches) {
    const effects = await bench.batch(batch);
    outputs.push(...effects.outputs.map(({ json }) => String(json)));
  }
  return outputs;
}

describe('entities that leave the memory of a stage', () => {
  test.each([
    ['by number', { ...UNLIMITED, entities: 3 }],
    ['by bytes', { ...UNLIMITED, bytes: 10_000 }],
  ])('are read back with every number, whether they were evicted %s', async (_, limits) => {
    const [kept, read] = [new CountedStages(), new CountedStages()];
    const whole = new StageBench(customerStage(vector, UNLIMITED, kept));
    const evicting = new StageBench(customerStage(vector, limits, read));
    const batches = turns(40, 45);

    expect(await outputsOf(evicting, batches)).toEqual(await outputsOf(whole, batches));

    expect(kept.of('customer evicted')).toBe(0);
    expect(read.of('customer evicted')).toBeGreaterThan(1_000);
    for (const id of ['c0', 'c39']) expect(await evicting.stateOf(id)).toBe(await whole.stateOf(id));
  });

  test('are read again with their labels by the terminal stage', async () => {
    const [kept, read] = [new CountedStages(), new CountedStages()];
    const whole = new StageBench(terminalStage(vector, UNLIMITED, kept));
    const evicting = new StageBench(terminalStage(vector, { ...UNLIMITED, entities: 2 }, read));
    const batches = Array.from({ length: 40 }, (_, day) =>
      Array.from({ length: 20 }, (_turn, m): ByTerminalEvent[] => {
        const event = handedOver(`t${day}-${m}`, `m${m}`, day);
        if (event.kind === 'label' || m % 3 > 0) return [event];
        const { transaction_id, occurred_at, customer_id, terminal_id } = event.transaction;
        const labelled_at = new Date(START_MS + (day + 2) * DAY_MS).toISOString();
        const label = { transaction_id, occurred_at, customer_id, terminal_id, labelled_at };
        return [event, { kind: 'label', label: { ...label, is_fraud: true, source: 'chargeback' } }];
      }).flat(),
    );

    const outputs = await outputsOf(evicting, batches);

    expect(outputs).toEqual(await outputsOf(whole, batches));
    expect(read.of('terminal evicted')).toBeGreaterThan(500);
    const risks = outputs.map((json) => (JSON.parse(json) as FeaturesEvent).features['terminal_id_risk_7day_window']);
    expect(risks.filter((risk) => (risk ?? 0) > 0).length).toBeGreaterThan(50);
  });

  test('with segmented state are read again with their segments', async () => {
    const counts = new CountedStages();
    const whole = new StageBench(customerStage(vector, UNLIMITED, new CountedStages()));
    const evicting = new StageBench(customerStage(vector, { ...UNLIMITED, bytes: 1 }, counts));
    const batches = Array.from({ length: 30 }, (_, day) =>
      Array.from({ length: 150 }, (_i, i) => aTransaction(`t${day}-${i}`, 'hot', day + i / 200)),
    );

    expect(await outputsOf(evicting, batches)).toEqual(await outputsOf(whole, batches));

    expect(counts.of('customer evicted')).toBe(29);
    expect((await evicting.keys()).filter((key) => key.startsWith('hot#')).length).toBeGreaterThan(5);
  });
});

describe('states that have expired', () => {
  /** Processes live traffic of one customer for many days. */
  const live = (from: number, to: number): ValidatedTransaction[][] =>
    Array.from({ length: to - from }, (_, i) =>
      Array.from({ length: 40 }, (_turn, n) => aTransaction(`l${from + i}-${n}`, 'live', from + i + n / 100)),
    );
  const aBench = (counts: CountedStages) => new StageBench(customerStage(vector, UNLIMITED, counts, PACE));

  test('are removed when their newest event is more than 52 days behind, not before', async () => {
    const counts = new CountedStages();
    const bench = aBench(counts);
    await outputsOf(bench, [[aTransaction('t1', 'old', 0)], ...live(0, 50)]);
    const before = await bench.keys();

    await outputsOf(bench, live(50, 60));

    expect(before).toContain('old');
    expect(await bench.keys()).not.toContain('old');
    expect(await bench.keys()).toContain('live');
    expect(counts.of('customer expired')).toBe(1);
  });

  test('a replay of old history expires no state that it still needs', async () => {
    const counts = new CountedStages();
    const bench = aBench(counts);

    await outputsOf(bench, [[aTransaction('t1', 'old', -900)], ...live(-900, -860)]);

    expect(await bench.keys()).toContain('old');
    expect(counts.of('customer expired')).toBe(0);
  });

  test('a few records far ahead expire nothing', async () => {
    const counts = new CountedStages();
    const bench = aBench(counts);
    const ahead = Array.from({ length: 30 }, (_, i) => aTransaction(`a${i}`, 'ahead', 400));

    await outputsOf(bench, [[aTransaction('t1', 'old', 0)], ...live(0, 20), ahead, ...live(20, 40)]);

    expect(await bench.keys()).toContain('old');
    expect(counts.of('customer expired')).toBe(0);
  });

  test('duplicates of their transactions are late, also after a restart; the history of an unknown customer is not', async () => {
    const counts = new CountedStages();
    const bench = aBench(counts);
    await outputsOf(bench, [[aTransaction('t1', 'old', 0)], ...live(0, 60)]);
    bench.restart();

    const outputs = await outputsOf(bench, [[aTransaction('t1', 'old', 0), aTransaction('t2', 'new', 0)]]);

    const lates = outputs.map((json) => (JSON.parse(json) as { late?: boolean }).late);
    expect(lates).toEqual([true, undefined]);
    expect(await bench.keys()).not.toContain('old');
    const again = await outputsOf(bench, [[aTransaction('t1', 'old', 0), aTransaction('t3', 'old', 61)]]);
    expect(again.map((json) => (JSON.parse(json) as { late?: boolean }).late)).toEqual([true, undefined]);
    expect(await bench.keys()).toContain('old');
  });

  test('are removed together with their segments', async () => {
    const bench = aBench(new CountedStages());
    const many = Array.from({ length: 1_200 }, (_, i) => aTransaction(`m${i}`, 'hot', i / 2_000));
    await outputsOf(bench, [many]);
    expect((await bench.keys()).filter((key) => key.startsWith('hot'))).toHaveLength(2);

    await outputsOf(bench, live(0, 60));

    expect((await bench.keys()).filter((key) => key.startsWith('hot'))).toEqual([]);
  });
});
