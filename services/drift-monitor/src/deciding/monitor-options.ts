import type { DriftOptions, RetrainingOptions } from '@fraudflow/drift';
import { optionsDigest } from '@fraudflow/drift';
import type { CalendarFeature } from '../counting/calendar-features.js';

/** Options of the monitor. All durations are event time in ms. */
export interface MonitorOptions {
  /** Partitions of `transactions.scored`. */
  readonly partitions: number;
  /** Length of a tumbling window. */
  readonly windowMs: number;
  /** Allowed lateness: a window closes when the watermark is this far past its end. */
  readonly latenessMs: number;
  /** A partition further behind the newest row than this is idle and does not hold back the watermark. */
  readonly idleMs: number;
  /** A row further ahead of all others than this does not advance event time by itself. */
  readonly maxJumpMs: number;
  /** Majority of rows ahead over other rows at which event time jumps to them. */
  readonly jumpRows: number;
  /** Maximum number of rows kept per window for the exact KS test. */
  readonly sampleRows: number;
  /**
   * Minimum share of a window's rows in the time in which a version was scoring. A window below it gives no evidence.
   */
  readonly minCoverage: number;
  /** Accepted false alarms per window. */
  readonly budget: number;
  readonly drift: Partial<DriftOptions>;
  readonly calendar: readonly CalendarFeature[];
  readonly policy: RetrainingOptions;
  readonly labelHorizonMs: number;
  /** Additional time for labels that are available but not delivered yet. */
  readonly labelGraceMs: number;
  /** Maximum number of scored transactions per version in the label join; above it the oldest window is dropped. */
  readonly maxScores: number;
  /** Maximum number of pending labels, whose transactions are not scored yet. */
  readonly maxWaitingLabels: number;
  /**
   * Maximum number of model versions monitored at the same time; the version without rows for the longest time is
   * removed.
   */
  readonly maxVersions: number;
}

/** Digest of all options that affect a verdict. Verdicts with equal digests are comparable. */
export function monitorDigest(options: MonitorOptions): string {
  const { drift, policy, partitions: _partitions, ...rest } = options;
  return optionsDigest({ ...rest, ...prefixed('drift', drift), ...prefixed('policy', policy) });
}

/** Digest of the options that affect the accumulated evidence. If it changes, the evidence is reset. */
export function evidenceDigest({ windowMs, minCoverage, budget, drift, calendar }: MonitorOptions): string {
  return optionsDigest({ windowMs, minCoverage, budget, calendar, ...prefixed('drift', drift) });
}

/** Maximum number of open windows: those that lateness and an idle partition keep open, and a margin. */
export function maxOpenWindows({ windowMs, latenessMs, idleMs }: MonitorOptions): number {
  return Math.max(MIN_OPEN_WINDOWS, Math.ceil((latenessMs + idleMs) / windowMs) + OPEN_WINDOWS_MARGIN);
}

const MIN_OPEN_WINDOWS = 64;
const OPEN_WINDOWS_MARGIN = 8;

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
