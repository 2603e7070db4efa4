import type { Transaction } from '@fraudflow/contracts';

/** A stored transaction, as input of the feature functions. */
export interface HistoryTransaction extends Transaction {
  readonly kind: 'transaction';
  /**
   * The amount in minor units of the base currency; undefined if that is the currency. Windows and features count this
   * one.
   */
  readonly baseAmountMinor?: number | undefined;
  /** It was too late for its entities' windows. */
  readonly isLate?: boolean;
  /** Position in `features.by-terminal`, which orders the events of a terminal. */
  readonly logPartition: number;
  readonly logOffset: number;
  /** Sort key of the requested order, ms. */
  readonly orderMs: number;
  /** Increases with each transaction of the customer at one `orderMs`. */
  readonly customerOrder: number;
}

export interface HistoryLabel {
  readonly kind: 'label';
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  readonly isFraud: boolean;
  readonly labelledAtMs: number;
  /** Trust of the source, 0 the highest: its position in `LABEL_SOURCES`. */
  readonly sourceRank: number;
  readonly logPartition: number;
  readonly logOffset: number;
}

export type HistoryEvent = HistoryTransaction | HistoryLabel;

/** Entities whose events are read: transactions of any of them, and labels of the terminals. */
export interface HistoryEntities {
  readonly customerIds: readonly string[];
  readonly terminalIds: readonly string[];
  /** Also the transactions of every customer that has one at these terminals within the range. */
  readonly withTheirCustomers: boolean;
}

/**
 * Order of the events of a read.
 * - `event_time`: by event time, without transactions that were too late for their entities' windows; the history as
 * known today.
 * - `arrival`: by the newest event time of the logs when the transaction arrived, so that a late one is ordered by its
 * arrival.
 *
 * In both, transactions of one instant keep the order of their terminal's and of their customer's log. A label follows
 * all transactions of its transaction's instant; labels of one instant are in arrival order.
 */
export type HistoryOrder = 'event_time' | 'arrival';

/** Event-time range [fromMs, toMs). */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TrainingRange extends TimeRange {
  /** Labels that became available later are ignored, ms. */
  readonly asOfMs: number;
  /** Also transactions that were too late for their entities' windows. Default: no. */
  readonly includeLate?: boolean;
}

/** Which events of the history are read. */
export interface EventRange extends TimeRange {
  /** Only events of these; absent = all. */
  readonly entities?: HistoryEntities | undefined;
}

export interface ServedRange extends TimeRange {
  /** False excludes transactions that were too late for their entities' windows. Default: true. */
  readonly includeLate?: boolean;
}

/** A stored transaction with the requested features as they were served. */
export interface ServedRow extends Transaction {
  /** It was too late for its entities' windows. */
  readonly isLate: boolean;
  /** Position in `features.by-terminal`; distinguishes rows that share an id. */
  readonly logPartition: number;
  readonly logOffset: number;
  /** The requested features in request order; NaN = not stored. */
  readonly values: Float64Array;
}

/** A row of a training set. Label 0 = genuine, or not known to be fraud at the as-of time. */
export interface TrainingRow extends ServedRow {
  readonly label: 0 | 1;
  /** When the label became available, ms; 0 = none. */
  readonly labelledAtMs: number;
}

/** Reads of the stored history. Every stream reads one snapshot of the store and has back-pressure. */
export abstract class History {
  /** Number of stored transactions of the range. */
  abstract countRows(range: ServedRange): Promise<number>;
  /** Number of all stored labels. */
  abstract countLabels(): Promise<number>;

  /**
   * True if a stored row of the range lacks one of these features, because it was stored before the feature was
   * defined.
   */
  abstract lacksFeatures(range: TimeRange, features: readonly string[]): Promise<boolean>;

  /** Rows of the range by event time, then transaction id. */
  abstract trainingRows(
    range: TrainingRange,
    features: readonly string[],
    signal: AbortSignal,
  ): AsyncIterable<readonly TrainingRow[]>;

  /**
   * Stored rows of the range in no particular order. With `ids`, rows that were in time precede late rows; among equals
   *    * they are ordered by their position in the log.
   * @param ids only these transactions
   */
  abstract servedRows(
    range: ServedRange,
    features: readonly string[],
    ids: readonly string[] | undefined,
    signal: AbortSignal,
  ): AsyncIterable<readonly ServedRow[]>;

  /**
   * Transactions and labels of the range (a label by its transaction's time) in an order in which they can be applied.
   */
  abstract events(range: EventRange, order: HistoryOrder, signal: AbortSignal): AsyncIterable<readonly HistoryEvent[]>;
}
