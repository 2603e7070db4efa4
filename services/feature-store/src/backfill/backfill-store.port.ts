import type { FeatureServiceDefinition } from '@fraudflow/features';
import type { HistoryTransaction } from '../offline/history/history.port.js';

export type BackfillState = 'running' | 'active' | 'cancelled' | 'failed';

/** A computation of features that stored rows lack. */
export interface Backfill {
  readonly id: string;
  readonly featureService: string;
  readonly featureServiceVersion: number;
  readonly state: BackfillState;
  /** Event-time range [fromMs, toMs) of the rows that lack a feature. */
  readonly fromMs: number;
  readonly toMs: number;
  /** All rows that arrived up to this time are done, ms. */
  readonly watermarkMs: number;
  readonly rowsDone: number;
  readonly rowsTotal: number;
  /** Why it failed; empty otherwise. */
  readonly problem: string;
}

/** Values of one stored row. */
export interface BackfilledRow {
  readonly place: Pick<HistoryTransaction, 'logPartition' | 'logOffset'>;
  readonly values: Float64Array;
}

/** Stores backfills and their values. */
export abstract class BackfillStore {
  /**
   * Creates a backfill over the rows that lack a feature of the service, or returns the running one.
   * @throws AppError failed_precondition `NOTHING_TO_BACKFILL` if no row lacks any
   */
  abstract begin(service: FeatureServiceDefinition): Promise<Backfill>;

  /** @throws AppError not_found `BACKFILL_UNKNOWN` */
  abstract get(id: string): Promise<Backfill>;

  /** All backfills, newest first. */
  abstract list(): Promise<readonly Backfill[]>;

  /** Claims a backfill for one worker. @returns a function that releases it, or undefined if another worker holds it */
  abstract claim(id: string): Promise<(() => Promise<void>) | undefined>;

  /** Extends the range of a running backfill to include the newest row that lacks a feature. */
  abstract extend(backfill: Backfill): Promise<Backfill>;

  /**
   * Writes values and moves the watermark in one transaction.
   * @throws AppError conflict `BACKFILL_MOVED` if it is not running or another worker has moved it; nothing was written
   */
  abstract save(backfill: Backfill, rows: readonly BackfilledRow[], watermarkMs: number): Promise<Backfill>;

  /**
   * Switches training sets to this backfill in one step. The previous backfill's values are dropped when no read uses
   * them.
   */
  abstract activate(backfill: Backfill): Promise<void>;

  /** Ends a running backfill as cancelled or failed and drops its values. An ended backfill is not changed. */
  abstract end(id: string, state: 'cancelled' | 'failed', problem: string): Promise<Backfill>;
}
