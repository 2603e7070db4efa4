import { featureByName, featureServiceByName } from '@fraudflow/features';
import { expect, test, vi } from 'vitest';
import type { PushedRowArchive } from '../../pushed/pushed-row-archive.port.js';
import { HistoryReplay } from './history-replay.js';
import type { EventRange, History, HistoryEvent, HistoryLabel, HistoryTransaction } from './history.port.js';
import { PointInTimeFeatures } from '../point-in-time/point-in-time-features.js';
import { PushedFeatures } from '../point-in-time/pushed-features.js';

const DAY_MS = 86_400_000;
const AT = Date.UTC(2026, 4, 10);
const { signal } = new AbortController();

const aTransaction = (n: number, over: Partial<HistoryTransaction> = {}): HistoryTransaction => ({
  kind: 'transaction',
  transactionId: `t${n}`,
  occurredAtMs: AT + n * 1_000,
  customerId: 'c1',
  terminalId: 'm1',
  amountMinor: 1_000,
  currency: 'EUR',
  logPartition: 0,
  logOffset: n,
  orderMs: AT + n * 1_000,
  customerOrder: n,
  ...over,
});
const aLabel = (n: number, labelledAtMs: number): HistoryLabel => ({
  ...aTransaction(n),
  kind: 'label',
  isFraud: true,
  labelledAtMs,
  sourceRank: 0,
  logOffset: n + 1,
});
/** A label dated at the end of the year 9999, outside the range of states. */
const IMPOSSIBLE = aLabel(1, Date.UTC(9999, 11, 31));

class FakeHistory {
  readonly ranges: EventRange[] = [];

  constructor(private readonly log: readonly HistoryEvent[]) {}

  async *events(range: EventRange): AsyncGenerator<readonly HistoryEvent[]> {
    this.ranges.push(range);
    yield this.log;
  }
}

function reads(log: readonly HistoryEvent[]) {
  const history = new FakeHistory(log);
  const eventsSkipped = vi.fn();
  const replay = new HistoryReplay(history as unknown as History, { eventsSkipped });
  const pushes = new PushedFeatures({ rowsOf: () => [] } as unknown as PushedRowArchive);
  const features = new PointInTimeFeatures(history as unknown as History, replay, pushes, { eventsSkipped });
  return { history, eventsSkipped, replay, features };
}

test('a label that the stream skipped is skipped and counted when features are recomputed', async () => {
  const { replay, eventsSkipped } = reads([
    aTransaction(1),
    IMPOSSIBLE,
    aTransaction(2),
    aTransaction(3, { logOffset: 9 }),
  ]);
  const { features } = featureServiceByName('fraud_detection_features');
  const visited: string[] = [];

  const range = { fromMs: AT, toMs: AT + DAY_MS, features };
  for await (const read of replay.visit(range, ({ transactionId }) => visited.push(transactionId), signal)) {
    expect(read).toBe(4);
  }

  expect(visited).toEqual(['t1', 't2', 't3']);
  expect(eventsSkipped).toHaveBeenCalledExactlyOnceWith(1);
});

test('a label that the stream skipped is skipped and counted in as-of reads', async () => {
  const { features, eventsSkipped } = reads([aTransaction(1), IMPOSSIBLE, aTransaction(2)]);
  const rows = { customerIds: ['c1'], terminalIds: ['m1'], atMs: Float64Array.of(AT + DAY_MS / 2) };

  const { columns } = await features.retrieve(
    { features: [featureByName('customer_id_nb_tx_1day_window'), featureByName('terminal_id_risk_1day_window')], rows },
    signal,
  );

  expect(columns.get('customer_id_nb_tx_1day_window')).toEqual(Float64Array.of(2));
  expect(eventsSkipped).toHaveBeenCalledExactlyOnceWith(1);
});

test('windows use the amount in the base currency', async () => {
  const foreign = aTransaction(2, { amountMinor: 110_000, currency: 'SEK', baseAmountMinor: 10_000 });
  const { features } = reads([aTransaction(1, { amountMinor: 20_000 }), foreign]);
  const rows = { customerIds: ['c1'], terminalIds: [null], atMs: Float64Array.of(AT + DAY_MS / 2) };

  const { columns } = await features.retrieve(
    { features: [featureByName('customer_id_avg_amount_1day_window')], rows },
    signal,
  );

  expect(columns.get('customer_id_avg_amount_1day_window')).toEqual(Float64Array.of(150));
});

test('only the history of the requested entities is read', async () => {
  const { features, history } = reads([aTransaction(1)]);
  const rows = { customerIds: ['c1', 'c2', 'c1'], terminalIds: ['m1', null, 'm1'], atMs: Float64Array.of(AT, AT, AT) };
  const entitiesRead = async (...names: readonly string[]): Promise<EventRange['entities']> => {
    await features.retrieve({ features: names.map(featureByName), rows }, signal);
    return history.ranges.at(-1)?.entities;
  };

  expect(await entitiesRead('customer_id_nb_tx_1day_window')).toEqual({
    customerIds: ['c1', 'c2'],
    terminalIds: [],
    withTheirCustomers: false,
  });
  expect(await entitiesRead('customer_id_nb_tx_1day_window', 'terminal_id_risk_1day_window')).toEqual({
    customerIds: ['c1', 'c2'],
    terminalIds: ['m1'],
    withTheirCustomers: false,
  });
});

test('with more entities than a query can name, events of other entities are skipped', async () => {
  const many = Array.from({ length: 10_001 }, (_, i) => `x${i}`);
  const { features, history } = reads([aTransaction(1), aTransaction(2, { customerId: 'x5' })]);
  const rows = {
    customerIds: many,
    terminalIds: many.map(() => null),
    atMs: Float64Array.from(many, () => AT + DAY_MS / 2),
  };

  const { columns } = await features.retrieve(
    { features: [featureByName('customer_id_nb_tx_1day_window')], rows },
    signal,
  );

  expect(history.ranges.at(-1)?.entities).toBeUndefined();
  expect((columns.get('customer_id_nb_tx_1day_window') as Float64Array)[5]).toBe(1);
});
