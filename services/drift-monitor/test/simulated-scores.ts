import { DAY_MS } from '@fraudflow/core';
import { profileToJson, ReferenceProfile, type ReferenceProfileJson } from '@fraudflow/drift';
import {
  CustomerState,
  FEATURE_COUNT,
  FEATURE_NAMES,
  idHash,
  TerminalState,
  transactionFeatures,
} from '@fraudflow/features';
import { type Drift, type SimulatedTransaction, TransactionSimulator } from '@fraudflow/simulator';
import type { LabelRow, ScoredRow } from '../src/counting/monitor-row.js';
import { MODEL } from './monitor-factories.js';

const LABEL_DELAY_MS = 7 * DAY_MS;

export interface SimulatedScores {
  readonly rows: readonly ScoredRow[];
  /** Labels of the frauds, by transaction. */
  readonly labels: ReadonlyMap<string, LabelRow>;
}

/** Days of a small handbook world with its 15 features, scored by a fixed rule on amount and terminal risk. */
export function simulatedScores(seed: number, days: number, drifts: readonly Drift[] = []): SimulatedScores {
  const simulator = new TransactionSimulator({ seed, customers: 800, terminals: 1_600, radius: 12.5 });
  for (const drift of drifts) simulator.schedule(drift);
  const customers = new Map<string, CustomerState>();
  const terminals = new Map<string, TerminalState>();
  const rows: ScoredRow[] = [];
  const labels = new Map<string, LabelRow>();
  for (let day = 0; day < days; day++) {
    for (const transaction of simulator.nextDay().transactions) {
      const customer = entryOf(customers, transaction.customerId, () => CustomerState.empty());
      const terminal = entryOf(terminals, transaction.terminalId, () => TerminalState.empty());
      rows.push(scored(transaction, customer, terminal, rows.length));
      if (transaction.isFraud) labels.set(transaction.transactionId, labelled(transaction, terminal, labels.size));
    }
  }
  return { rows, labels };
}

export function profileOf(rows: readonly ScoredRow[]): ReferenceProfileJson {
  const column = (name: string): Float64Array => Float64Array.from(rows, (row) => row.features[name] ?? Number.NaN);
  return profileToJson(
    ReferenceProfile.build({
      model: MODEL,
      version: 'unregistered',
      featureNames: FEATURE_NAMES,
      features: FEATURE_NAMES.map(column),
      scores: rows.map((row) => row.probability),
    }),
  );
}

function scored(
  transaction: SimulatedTransaction,
  customer: CustomerState,
  terminal: TerminalState,
  offset: number,
): ScoredRow {
  const { transactionId, occurredAtMs } = transaction;
  const amountMinor = Math.round(transaction.amount * 100);
  const event = { idHash: idHash(transactionId), occurredAtMs, amountMinor };
  const vector = new Float64Array(FEATURE_COUNT);
  transactionFeatures(occurredAtMs, amountMinor, vector);
  customer.apply(event);
  customer.features(occurredAtMs, vector);
  terminal.apply(event);
  terminal.features(occurredAtMs, vector);
  const features = Object.fromEntries(FEATURE_NAMES.map((name, i) => [name, vector[i] ?? Number.NaN]));
  const probability = scoreOf(features);
  return {
    offset,
    transactionId,
    eventAtMs: occurredAtMs,
    model: MODEL,
    version: '1',
    features,
    probability,
    threshold: 0.5,
    isFlagged: probability >= 0.5,
    isChampion: true,
  };
}

function labelled(transaction: SimulatedTransaction, terminal: TerminalState, offset: number): LabelRow {
  const { transactionId, occurredAtMs } = transaction;
  const labelledAtMs = occurredAtMs + LABEL_DELAY_MS;
  terminal.applyLabel({ idHash: idHash(transactionId), occurredAtMs, isFraud: true, labelledAtMs, sourceRank: 0 });
  return { offset, transactionId, isFraud: true, eventAtMs: occurredAtMs, labelledAtMs, sourceRank: 0 };
}

function scoreOf(features: Readonly<Record<string, number>>): number {
  const amount = features['tx_amount'] ?? 0;
  const mean = features['customer_id_avg_amount_30day_window'] ?? 0;
  const risk = features['terminal_id_risk_7day_window'] ?? 0;
  return 1 / (1 + Math.exp(5 - 0.02 * amount - 0.005 * mean - 8 * risk));
}

function entryOf<T>(entries: Map<string, T>, key: string, make: () => T): T {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const made = make();
  entries.set(key, made);
  return made;
}
