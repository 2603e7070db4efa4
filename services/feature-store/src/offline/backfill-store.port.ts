import type { FeatureServiceDefinition } from '@fraudflow/features';
import type { HistoryTransaction } from './history.port.js';

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
  /** Everything that came in up to this time is done, ms. */
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

/** Where backfills and their values are kept. */
export abstract class BackfillStore {
  /**
   * Begins a backfill over the rows that lack a feature of the service, or gives the one that runs.
   * @throws AppError failed_precondition `NOTHING_TO_BACKFILL` if no row lacks any
   */
  abstract begin(service: FeatureServiceDefinition): Promise<Backfill>;

  /** @throws AppError not_found `BACKFILL_UNKNOWN` */
  abstract get(id: string): Promise<Backfill>;

  /** All, the newest first. */
  abstract list(): Promise<readonly Backfill[]>;

  /** Lets one worker at a time run a backfill: resolves with a release, or undefined if another worker has it. */
  abstract claim(id: string): Promise<(() => Promise<void>) | undefined>;

  /** Moves the end of a running backfill behind the newest row that still lacks a feature. */
  abstract extend(backfill: Backfill): Promise<Backfill>;

  /**
   * Writes values and moves the watermark in one transaction.
   * @throws AppError conflict `BACKFILL_MOVED` if it no longer runs, or was moved by someone else: nothing was written
   */
  abstract save(backfill: Backfill, rows: readonly BackfilledRow[], watermarkMs: number): Promise<Backfill>;

  /** Makes training sets read it, in one step; the values of the one before go once nobody reads them. */
  abstract activate(backfill: Backfill): Promise<void>;

  /** Ends a running one as cancelled or failed; its values go. One that has ended stays as it is. */
  abstract end(id: string, state: 'cancelled' | 'failed', problem: string): Promise<Backfill>;
}
