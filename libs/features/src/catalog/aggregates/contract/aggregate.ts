import type { WindowRows } from './window-rows.js';

/** The rows of a window that a feature covers: all, or those that pass a filter; see `FeatureFilter`. */
export type RowSelection = 'all' | 'above_median' | 'known_fraud' | 'known_genuine';

/** Aggregates to maintain for the window of a feature. Each is optional, because it costs memory and time. */
export interface AggregateNeeds {
  /** Sum of the amounts. */
  readonly sum?: boolean;
  /** Sum of the squared amounts; also needs `sum`. */
  readonly squares?: boolean;
  /** Amounts in ascending order. */
  readonly order?: boolean;
  /** All rows of the window, also for features of known frauds; without it only the known frauds are read. */
  readonly window?: boolean;
  /** The newest and the oldest row that pass the filter. */
  readonly ends?: boolean;
  /** Attributes of the rows, which the customer stage computes: see `event-attributes`. */
  readonly attributes?: boolean;
}

/** Phrases of a declared feature, for its description. */
export interface FeaturePhrases {
  /** The rows with owner and window: `known frauds on the terminal in the 30 d that ended 7 d ago`. */
  readonly rows: string;
  /** The rows alone: `known frauds`. */
  readonly selected: string;
  /** Owner and window alone: `on the terminal in the 30 d that ended 7 d ago`. */
  readonly span: string;
  /** Length of the window plus its delay, in days. */
  readonly capDays: number;
}

/** A function of the rows of a window, with all properties that the planner, the engine and the documentation use. */
export interface Aggregate<Name extends string = string> {
  /** Unique, snake_case. */
  readonly name: Name;
  /** Type on the wire; values of type `int64` are whole numbers. */
  readonly dtype: 'int64' | 'double';
  /** Rows that it can be computed of. A feature of other rows is refused with `FORMULA_UNSUPPORTED`. */
  readonly rows: readonly RowSelection[];
  /**
   * True if it compares the request's transaction with the rows. Then that transaction is not one of the rows, and the
   * value is NaN (missing) without one.
   */
  readonly isComparison: boolean;
  readonly needs: AggregateNeeds;
  /** Middle part of the feature's name. `rows` is the filter in words, undefined for a feature of all rows. */
  subject(rows: string | undefined): string;
  /** Description of the feature in docs/features.md, one sentence. */
  sentence(phrases: FeaturePhrases): string;
  /** The value. General: it is correct for every supported selection of rows and every read, without an accelerator. */
  evaluate(rows: WindowRows): number;
}

/** An aggregate as its file declares it. */
export type AggregateDeclaration<Name extends string> = Pick<
  Aggregate<Name>,
  'name' | 'dtype' | 'rows' | 'sentence' | 'evaluate'
> &
  Partial<Pick<Aggregate<Name>, 'isComparison' | 'needs' | 'subject'>>;

/**
 * Completes the declaration of an aggregate. By default it is not a comparison, needs only the rows, and its
 * features are named `<name>_amount_<days>day_window`, with a filter `<name>_<rows>_<days>day_window`.
 */
export function defineAggregate<const Name extends string>(declaration: AggregateDeclaration<Name>): Aggregate<Name> {
  const { name } = declaration;
  return { isComparison: false, needs: {}, subject: (rows) => `${name}_${rows ?? 'amount'}`, ...declaration };
}
