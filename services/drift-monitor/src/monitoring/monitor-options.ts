import type { DriftOptions, RetrainingOptions } from '@fraudflow/drift';
import { optionsDigest } from '@fraudflow/drift';
import type { CalendarFeature } from './calendar-features.js';

/** How the monitor judges. All times are spans of event time in ms. */
export interface MonitorOptions {
  /** Partitions of `transactions.scored`. */
  readonly partitions: number;
  /** Length of a tumbling window. */
  readonly windowMs: number;
  /** How far behind the watermark a row may come and still be counted. */
  readonly latenessMs: number;
  /** A partition so far behind the foremost one counts as idle and holds nothing back. */
  readonly idleMs: number;
  /** Most rows kept per window for the exact KS test. */
  readonly sampleRows: number;
  /** Least share of a window's rows that must lie in the time a version was scoring; below it the window gives no evidence. */
  readonly minCoverage: number;
  /** False alarms accepted per window. */
  readonly budget: number;
  readonly drift: Partial<DriftOptions>;
  readonly calendar: readonly CalendarFeature[];
  readonly policy: RetrainingOptions;
  readonly labelHorizonMs: number;
  /** Further wait for labels that are available but still on their way. */
  readonly labelGraceMs: number;
  /** Most labels held for transactions not scored yet. */
  readonly maxWaitingLabels: number;
  /** Most model versions followed at once; the one silent for longest is forgotten. */
  readonly maxVersions: number;
}

/** Digest of everything that shapes a verdict: equal digests mean comparable verdicts and a checkpoint that fits. */
export function monitorDigest(options: MonitorOptions): string {
  const { drift, policy, partitions: _partitions, ...rest } = options;
  return optionsDigest({ ...rest, ...prefixed('drift', drift), ...prefixed('policy', policy) });
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
