import { labelSourceRank, LABEL_SOURCES } from '@fraudflow/core';
import { idHash, planVector, PointInTimeEngine, COMPUTED_FEATURE_NAMES, COMPUTED_FEATURES } from '@fraudflow/features';
import type { FeatureRow, LabelRow } from '../src/offline/sink/offline-store.port.js';
import { aFeatureRow, aLabelRow } from './offline-database.js';

const DAY_MS = 86_400_000;
export const LOG_START_MS = Date.UTC(2026, 0, 10);
const PARTITIONS = 3;

/** xorshift32 in [0, 1): equal seeds give equal logs. */
export function chance(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}

export interface SimulatedLog {
  /** In order of arrival, with the features served by the stream. */
  readonly features: readonly FeatureRow[];
  readonly labels: readonly LabelRow[];
}

export interface LogShape {
  readonly seed: number;
  readonly transactions: number;
  /** Share of transactions that arrive up to two days late. */
  readonly lateShare: number;
}

/**
 * The output of the stages for a log: transactions in order except for the late ones, ties of a customer on several
 * terminals, repeats (dropped), labels early and late.
 */
export function simulatedLog({ seed, transactions, lateShare }: LogShape): SimulatedLog {
  const random = chance(seed);
  const engine = new PointInTimeEngine(planVector(COMPUTED_FEATURES));
  const features: FeatureRow[] = [];
  const labels: LabelRow[] = [];
  const log = Array.from({ length: PARTITIONS }, () => 0);
  const origin = Array.from({ length: PARTITIONS }, () => 0);
  let nowMs = LOG_START_MS;
  for (let n = 0; n < transactions; n++) {
    // A third of the steps have length zero: several transactions share an instant.
    if (random() > 0.33) nowMs += Math.floor(random() * 3_600_000);
    const customer = Math.floor(random() * 7);
    const terminal = Math.floor(random() * 5);
    const row = aFeatureRow({
      transactionId: `t${n}`,
      occurredAtMs: random() < lateShare ? nowMs - Math.floor(random() * 2 * DAY_MS) : nowMs,
      customerId: `c${customer}`,
      terminalId: `m${terminal}`,
      amountMinor: Math.floor(random() * 50_000),
      names: COMPUTED_FEATURE_NAMES,
      vector: new Float64Array(COMPUTED_FEATURES.length),
      log: { partition: terminal % PARTITIONS, offset: log[terminal % PARTITIONS] as number },
      origin: { partition: customer % PARTITIONS, offset: origin[customer % PARTITIONS] as number },
    });
    log[terminal % PARTITIONS] = row.log.offset + 1;
    origin[customer % PARTITIONS] = (row.origin?.offset ?? 0) + 1;
    engine.transaction(row.customerId, row.terminalId, eventOf(row), row.vector);
    features.push(row);
    // A repeat of a known transaction occupies a place in the logs and has no other effect.
    if (random() < 0.03) engine.transaction(row.customerId, row.terminalId, eventOf(row));
    if (random() < 0.3) label(features[Math.floor(random() * features.length)] as FeatureRow, nowMs);
  }
  return { features, labels };

  /** Sent now, for a time in the past or in the future. */
  function label(row: FeatureRow, sentAtMs: number): void {
    const source = LABEL_SOURCES[Math.floor(random() * LABEL_SOURCES.length)] ?? 'chargeback';
    const { transactionId, occurredAtMs, customerId, terminalId } = row;
    const labelledAtMs = sentAtMs + Math.floor((random() - 0.5) * 10 * DAY_MS);
    const keys = { transactionId, occurredAtMs, customerId, terminalId };
    const place = { partition: row.log.partition, offset: log[row.log.partition] as number };
    log[row.log.partition] = place.offset + 1;
    const made = aLabelRow({ ...keys, isFraud: random() < 0.7, labelledAtMs, source, log: place });
    labels.push(made);
    engine.label(terminalId, {
      idHash: idHash(transactionId),
      occurredAtMs,
      isFraud: made.isFraud,
      labelledAtMs,
      sourceRank: labelSourceRank(source),
    });
  }
}

function eventOf({
  transactionId,
  occurredAtMs,
  amountMinor,
}: FeatureRow): Parameters<PointInTimeEngine['transaction']>[2] {
  return { idHash: idHash(transactionId), occurredAtMs, amountMinor };
}
