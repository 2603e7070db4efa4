/**
 * Names of the entities that features are keyed by. The name is also the join key in requests and a string on the wire.
 */
export type EntityName = 'customer_id' | 'terminal_id';

/** Value type on the wire. Computed features are doubles internally; those of type `int64` are whole numbers. */
export type FeatureDtype = 'double' | 'int64' | 'string' | 'bool' | 'unix_timestamp';

/**
 * Source of a view's values.
 * - `request`: computed from the request's transaction (`amount`, `occurred_at`, optionally `transaction_id`).
 * - `stream`: computed by the engine from the log, exact as of any time; cannot be written to.
 * - `pushed`: rows written by users; per entity the row with the newest event time wins.
 */
export type FeatureViewKind = 'request' | 'stream' | 'pushed';

/**
 * What a read returns for a value older than its view's `ttlMs`: null, the value marked as outside its maximum age, or
 * the value.
 */
export type TtlPolicy = 'null' | 'flag' | 'ignore';

/** Interval that a windowed feature covers at time t: (t − delayMs − lengthMs, t − delayMs]. */
export interface FeatureWindow {
  readonly lengthMs: number;
  readonly delayMs: number;
}

/** An entity that features are keyed by. */
export interface EntityDefinition {
  readonly name: EntityName;
  readonly description: string;
}

/** Condition on the rows of a windowed feature, in addition to its window. */
export type FeatureFilter =
  /** Known frauds, or transactions whose label delay is over without a fraud label in force. */
  | { readonly kind: 'known_fraud' | 'known_genuine' }
  /** Amounts greater than `times` × the median of the entity's `medianOverMs` before the request's transaction. */
  | { readonly kind: 'above_median'; readonly times: number; readonly medianOverMs: number };

/** Computation of a feature: from the request's transaction alone, or from an entity's rows in a window. */
export type FeatureFormula =
  | { readonly kind: 'amount' | 'weekend' | 'night' }
  | {
      readonly kind: 'window';
      readonly entity: EntityName;
      /** Name of an aggregate of the list in `aggregates/aggregates.ts`. */
      readonly aggregate: string;
      readonly window: FeatureWindow;
      /** Whether the request's transaction is one of the rows. */
      readonly withCurrent: boolean;
      readonly filter?: FeatureFilter;
    };

/** One feature: its name, type and meaning, and how it is computed. */
export interface FeatureDefinition {
  /** Unique over all views, snake_case. */
  readonly name: string;
  /** Name of the view the feature belongs to. */
  readonly view: string;
  readonly dtype: FeatureDtype;
  readonly description: string;
  /** Absent if the feature covers no window. */
  readonly window?: FeatureWindow;
  /** How the engine computes it; absent for pushed features. */
  readonly formula?: FeatureFormula;
}

/** Features with the same source and the same entities. */
export interface FeatureViewDefinition {
  readonly name: string;
  readonly kind: FeatureViewKind;
  /** Entities whose state the view reads; empty for features of the transaction alone. */
  readonly entities: readonly EntityName[];
  readonly description: string;
  /** Maximum age of a value, ms; 0 = unlimited. */
  readonly ttlMs: number;
  readonly ttlPolicy: TtlPolicy;
  /** Name of the push source; only for `pushed` views. */
  readonly pushSource?: string;
  readonly features: readonly FeatureDefinition[];
}

/**
 * Ordered, versioned set of features. The order is the layout of the vector that a model is trained on and served with.
 */
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
