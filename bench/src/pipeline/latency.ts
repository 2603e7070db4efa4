import { transactionsScoredTopic, transactionsTopic } from '@fraudflow/contracts';
import { delay, failedPrecondition } from '@fraudflow/core';
import type { TrainedSystem } from '../contract/trained-system.js';
import { DeliveryLedger } from '../system/delivery-ledger.js';
import { percentiles } from '../system/percentiles.js';
import { transactionIdOf } from '../system/record-id.js';
import { LiveFeed } from '../traffic/live-feed.js';
import { endOf, readOn } from '../system/topic-reader.js';
import { awaitCount, RecordCount } from '../system/catch-up.js';
import type { RunFigures } from '../report/figure.js';

const PER_SECOND = 1_000;
const WARM_UP_MS = 3_000;
const MEASURED_MS = 20_000;
const SETTLE_LIMIT_MS = 10_000;

/** Milliseconds between the broker's append times on `transactions` and on `transactions.scored`, at a steady rate. */
export async function measureLatency({ log, source, writer, signal }: TrainedSystem): Promise<RunFigures> {
  const [sentTopic, scoredTopic] = [transactionsTopic.name, transactionsScoredTopic.name];
  const [sentFrom, scoredFrom] = [await endOf(log, sentTopic), await endOf(log, scoredTopic)];
  const [sent, scores] = [await RecordCount.fromEnd(log, sentTopic), await RecordCount.fromEnd(log, scoredTopic)];
  let failure: unknown;
  const feed = new LiveFeed(source, writer, PER_SECOND, { transactionsAhead: () => undefined, backlog: () => 0 });
  feed.start((thrown) => (failure = thrown));
  await delay(WARM_UP_MS, signal);
  const fromMs = Date.now();
  await delay(MEASURED_MS, signal);
  const toMs = Date.now();
  await feed.stop();
  if (failure !== undefined) throw failedPrecondition('the feed could not write', { cause: failure });
  const wanted = await sent.exact();
  for await (const _ of awaitCount(() => scores.towards(wanted), wanted, { idleMs: SETTLE_LIMIT_MS, signal }));
  const ledger = new DeliveryLedger();
  // No record is bad here, so a place only distinguishes records.
  let place = 0;
  for await (const { value, appendedAtMs } of readOn(log, sentTopic, sentFrom)) {
    ledger.produced(transactionIdOf(value), { partition: 0, offset: place++ }, appendedAtMs);
  }
  for await (const { value, appendedAtMs } of readOn(log, scoredTopic, scoredFrom)) {
    ledger.scored(transactionIdOf(value), appendedAtMs);
  }
  const { lost } = ledger.counts();
  if (lost > 0) throw failedPrecondition(`${lost} transactions were not scored within ${SETTLE_LIMIT_MS / 1_000} s`);
  const latenciesMs = ledger.latenciesMs(fromMs, toMs);
  const { p50, p99 } = percentiles(latenciesMs);
  return {
    event_to_score_p50: { value: p50, unit: 'ms' },
    event_to_score_p99: { value: p99, unit: 'ms' },
    event_to_score_rate: { value: latenciesMs.length / (MEASURED_MS / 1_000), unit: '1/s' },
  };
}
