import type { DriftOptions, RetrainingOptions } from '@fraudflow/drift';
import { optionsDigest } from '@fraudflow/drift';
import type { CalendarFeature } from '../counting/calendar-features.js';

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
  /** A row further ahead than this of all others does not move event time by itself. */
  readonly maxJumpMs: number;
  /** By how many rows must those ahead outnumber the others before event time jumps there. */
  readonly jumpRows: number;
  /** Most rows kept per window for the exact KS test. */
  readonly sampleRows: number;
  /**
   * Least share of a window's rows that must lie in the time a version was scoring; below it the window gives no
   * evidence.
   */
  readonly minCoverage: number;
  /** False alarms accepted per window. */
  readonly budget: number;
  readonly drift: Partial<DriftOptions>;
  readonly calendar: readonly CalendarFeature[];
  readonly policy: RetrainingOptions;
  readonly labelHorizonMs: number;
  /** Further wait for labels that are available but still on their way. */
  readonly labelGraceMs: number;
  /** Most scored transactions per version held for their labels; beyond it the oldest window is dropped and counted. */
  readonly maxScores: number;
  /** Most labels held for transactions not scored yet. */
  readonly maxWaitingLabels: number;
  /** Most model versions followed at once; the one silent for longest is forgotten. */
  readonly maxVersions: number;
}

/** Digest of everything that shapes a verdict: equal digests mean comparable verdicts. */
export function monitorDigest(options: MonitorOptions): string {
  const { drift, policy, partitions: _partitions, ...rest } = options;
  return optionsDigest({ ...rest, ...prefixed('drift', drift), ...prefixed('policy', policy) });
}

/** Digest of what the running evidence rests on: with another one it starts afresh. */
export function evidenceDigest({ windowMs, minCoverage, budget, drift, calendar }: MonitorOptions): string {
  return optionsDigest({ windowMs, minCoverage, budget, calendar, ...prefixed('drift', drift) });
}

/** How many windows may be open at once: those that lateness and an idle partition hold open, and a margin. */
export function maxOpenWindows({ windowMs, latenessMs, idleMs }: MonitorOptions): number {
  return Math.max(LEAST_OPEN_WINDOWS, Math.ceil((latenessMs + idleMs) / windowMs) + OPEN_WINDOWS_MARGIN);
}

const LEAST_OPEN_WINDOWS = 64;
const OPEN_WINDOWS_MARGIN = 8;

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
