/** A stored transaction as the features' functions see it. */
export interface HistoryTransaction {
  readonly kind: 'transaction';
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** The amount in minor units of the base currency; undefined if that is the currency. Windows and features count this one. */
  readonly baseAmountMinor?: number | undefined;
  /** It came too late to enter its entities' windows. */
  readonly isLate?: boolean;
  /** Place in `features.by-terminal`: orders what happened on a terminal. */
  readonly logPartition: number;
  readonly logOffset: number;
  /** What the order asked for goes by, ms. */
  readonly orderMs: number;
  /** Grows with each transaction of the customer at one `orderMs`. */
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

/** Entities whose events are wanted: transactions of any of them, and labels of the terminals. */
export interface HistoryEntities {
  readonly customerIds: readonly string[];
  readonly terminalIds: readonly string[];
  /** Also the transactions of every customer who has one at these terminals within the range. */
  readonly withTheirCustomers: boolean;
}

/**
 * - `event_time`: by event time, without transactions that came too late to enter their entities' windows. What is known of the past today.
 * - `arrival`: by the newest event time the logs had come to when the transaction came in, so that a late one takes the place it came at.
 * In both, transactions of one instant keep the order they had in their terminal's and in their customer's log, and a label stands behind the transactions of its transaction's instant, labels of one instant as they came in.
 */
export type HistoryOrder = 'event_time' | 'arrival';

/** Event-time range [fromMs, toMs). */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TrainingRange extends TimeRange {
  /** Labels count if they were available by then. */
  readonly asOfMs: number;
  /** Also transactions that came too late to enter their entities' windows. Default: no. */
  readonly includeLate?: boolean;
}

/** Which events of the history are read. */
export interface EventRange extends TimeRange {
  /** Only events of these; absent = all. */
  readonly entities?: HistoryEntities | undefined;
}

export interface ServedRange extends TimeRange {
  /** False leaves out transactions that came too late to enter their entities' windows. Default: they are given. */
  readonly includeLate?: boolean;
}

/** A stored transaction with the features asked for, as they were served. */
export interface ServedRow {
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** It came too late to enter its entities' windows. */
  readonly isLate: boolean;
  /** Place in `features.by-terminal`: tells rows apart that share an id. */
  readonly logPartition: number;
  readonly logOffset: number;
  /** The features asked for, in that order; NaN = not stored. */
  readonly values: Float64Array;
}

/** A row of a training set. Label 0 = genuine, or not known to be fraud at the time asked for. */
export interface TrainingRow extends ServedRow {
  readonly label: 0 | 1;
  /** When the label became available, ms; 0 = none. */
  readonly labelledAtMs: number;
}

/** The history's ways out. Every stream sees one moment of the store, whatever is written meanwhile, and is read as fast as it is taken. */
export abstract class History {
  abstract countRows(range: ServedRange): Promise<number>;
  /** All labels stored. */
  abstract countLabels(): Promise<number>;

  /** Whether some stored row of the range lacks one of these features: it came before the feature was defined. */
  abstract lacksFeatures(range: TimeRange, features: readonly string[]): Promise<boolean>;

  /** Rows of the range by event time, then transaction id. */
  abstract trainingRows(
    range: TrainingRange,
    features: readonly string[],
    signal: AbortSignal,
  ): AsyncIterable<readonly TrainingRow[]>;

  /**
   * Stored rows of the range in no particular order, but of several rows with one id those first that did not come late, then in
   * the order they came in.
   * @param ids only these transactions
   */
  abstract servedRows(
    range: ServedRange,
    features: readonly string[],
    ids: readonly string[] | undefined,
    signal: AbortSignal,
  ): AsyncIterable<readonly ServedRow[]>;

  /** Transactions and labels of the range (a label by its transaction's time) in an order they can be applied in. */
  abstract events(range: EventRange, order: HistoryOrder, signal: AbortSignal): AsyncIterable<readonly HistoryEvent[]>;
}
