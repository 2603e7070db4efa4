/** Names of the entities features are keyed by; the name is also the join key in requests, and a string on the wire. */
export type EntityName = 'customer_id' | 'terminal_id';

/** Value type on the wire. Computed features are doubles inside; `int64` ones hold whole numbers. */
export type FeatureDtype = 'double' | 'int64' | 'string' | 'bool' | 'unix_timestamp';

/**
 * Where a view's values come from.
 * - `request`: computed from the transaction in hand (`amount`, `occurred_at`, optionally `transaction_id`).
 * - `stream`: computed by the engine from the log, exact as of any time; nobody can write to it.
 * - `pushed`: rows written by users; per entity the row of the newest event time wins.
 */
export type FeatureViewKind = 'request' | 'stream' | 'pushed';

/** What a read does with a value older than its view's `ttlMs`: give null, give it marked as outside its age, or give it as it is. */
export type TtlPolicy = 'null' | 'flag' | 'ignore';

/** What a windowed feature covers at time t: (t − delayMs − lengthMs, t − delayMs]. */
export interface FeatureWindow {
  readonly lengthMs: number;
  readonly delayMs: number;
}

export interface EntityDefinition {
  readonly name: EntityName;
  readonly description: string;
}

/** The rows a windowed feature looks at, beyond its window. */
export type FeatureFilter =
  /** Known frauds, or transactions whose label delay is over without a fraud label in force. */
  | { readonly kind: 'known_fraud' | 'known_genuine' }
  /** Amounts greater than `times` × the median of the entity's `medianOverMs` before the transaction in hand. */
  | { readonly kind: 'above_median'; readonly times: number; readonly medianOverMs: number };

/**
 * What a windowed feature makes of the rows it looks at.
 * - `count`, `sum`, `mean`, `std` (sample), `min`, `max`, `median`, `last`: of the amounts, in major units; 0 of nothing.
 * - `distinct_days`: UTC days with a row.
 * - `share`: rows the filter takes / all rows; 0 of nothing.
 * - `ratio_to_mean`, `ratio_to_median`, `ratio_to_max`, `z_score`: the amount in hand against the rows.
 * - `streak`: newest rows without a gap that the filter takes.
 * - `days_since_last`, `days_since_first`: days from the newest or oldest row to the read; window and delay together if there is none.
 * - `last_attribute`: 1 if the newest row has the attribute, else 0.
 */
export type FeatureAggregate =
  | 'count'
  | 'sum'
  | 'mean'
  | 'std'
  | 'min'
  | 'max'
  | 'median'
  | 'last'
  | 'distinct_days'
  | 'share'
  | 'ratio_to_mean'
  | 'ratio_to_median'
  | 'ratio_to_max'
  | 'z_score'
  | 'streak'
  | 'days_since_last'
  | 'days_since_first'
  | 'last_attribute';

/** How a feature is computed: from the transaction in hand alone, or from the rows of an entity in a window. */
export type FeatureFormula =
  | { readonly kind: 'amount' | 'weekend' | 'night' }
  | {
      readonly kind: 'window';
      readonly entity: EntityName;
      readonly aggregate: FeatureAggregate;
      readonly window: FeatureWindow;
      /** Whether the transaction in hand is one of the rows. */
      readonly withCurrent: boolean;
      readonly filter?: FeatureFilter;
    };

export interface FeatureDefinition {
  /** Unique over all views, snake_case. */
  readonly name: string;
  /** Name of the view the feature belongs to. */
  readonly view: string;
  readonly dtype: FeatureDtype;
  readonly description: string;
  /** Absent where no window is covered. */
  readonly window?: FeatureWindow;
  /** How the engine computes it; absent for features that are pushed. */
  readonly formula?: FeatureFormula;
}

export interface FeatureViewDefinition {
  readonly name: string;
  readonly kind: FeatureViewKind;
  /** Entities whose state the view reads; empty for features of the transaction alone. */
  readonly entities: readonly EntityName[];
  readonly description: string;
  /** Age beyond which a value is outside its validity, ms; 0 = never. */
  readonly ttlMs: number;
  readonly ttlPolicy: TtlPolicy;
  /** Name by which rows are pushed; only for `pushed` views. */
  readonly pushSource?: string;
  readonly features: readonly FeatureDefinition[];
}

/** An ordered, versioned set of features: the order is the layout of the vector a model is trained on and served with. */
export interface FeatureServiceDefinition {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly features: readonly FeatureDefinition[];
}

/** All definitions of a project. */
export interface FeatureRepository {
  readonly project: string;
  readonly entities: readonly EntityDefinition[];
  readonly views: readonly FeatureViewDefinition[];
  readonly services: readonly FeatureServiceDefinition[];
}
