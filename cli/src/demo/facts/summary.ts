import type { DeliveryCounts, Percentiles } from '@fraudflow/bench';
import type { DriftStory, VersionStory } from './story.js';

export interface ModelSummary {
  readonly version: string;
  /** Of its evaluation on later data; null if the run holds no such metric. */
  readonly average_precision: number | null;
  readonly auc_roc: number | null;
  readonly card_precision_100: number | null;
  readonly stages: readonly string[];
}

/** What `--summary FILE` writes. */
export interface DemoSummary {
  readonly counts: DeliveryCounts;
  readonly latency_ms: {
    /** Broker append to `transactions` until broker append to `transactions.scored`, of live traffic. */
    readonly event_to_score: PercentilesOrNull;
    /** gRPC Predict measured by the client, from the time the call was due. */
    readonly predict: PercentilesOrNull;
  };
  readonly models: readonly ModelSummary[];
  readonly drift: DriftStory;
  readonly loop_closed: boolean;
  /** Peak resident memory of each process, MiB. */
  readonly memory_mb: Readonly<Record<string, number>>;
  /** Wall-clock time of each phase. */
  readonly seconds: Readonly<Record<string, number>>;
  /** The data behind the figures. */
  readonly evidence: {
    readonly predict_calls: number;
    readonly predict_failures: Readonly<Record<string, number>>;
    readonly live_transactions: number;
    /** Scores of transactions that were never sent or had been rejected. */
    readonly unexpected_scores: number;
    readonly lost_ids: readonly string[];
    /** Starts after a crash, by part; only those that had any. */
    readonly restarts: Readonly<Record<string, number>>;
    readonly seed: number;
  };
}

export interface PercentilesOrNull {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** Rounded to hundredths of a millisecond; null where nothing was measured, because JSON has no NaN. */
export function latencySummary({ p50, p99 }: Percentiles): PercentilesOrNull {
  return { p50: hundredths(p50), p99: hundredths(p99) };
}

function hundredths(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms * 100) / 100 : null;
}

/** A version with the metrics of its run, which may be absent. */
export function modelSummary({ version, stages }: VersionStory, metrics: ReadonlyMap<string, number>): ModelSummary {
  const metric = (name: string): number | null => metrics.get(name) ?? null;
  return {
    version,
    average_precision: metric('average_precision'),
    auc_roc: metric('auc_roc'),
    card_precision_100: metric('card_precision_100'),
    stages,
  };
}

/** The failed checks of a run as sentences; empty if it may exit with 0. */
export function failuresOf({ counts, loop_closed, evidence }: DemoSummary): readonly string[] {
  const failures: string[] = [];
  if (counts.lost > 0)
    failures.push(`${counts.lost} transactions were lost, for example ${evidence.lost_ids.join(', ')}`);
  if (counts.scored_twice > 0) failures.push(`${counts.scored_twice} scores were given twice`);
  if (evidence.unexpected_scores > 0)
    failures.push(`${evidence.unexpected_scores} scores belong to no transaction sent`);
  if (!loop_closed)
    failures.push('the loop did not close: no version requested because of drift replaced the champion');
  return failures;
}
