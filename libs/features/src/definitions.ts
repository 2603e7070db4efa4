/** Names of the entities features are keyed by; the name is also the join key in requests. */
export type EntityName = 'customer_id' | 'terminal_id';

/** Names of the feature views. `transaction` is computed from the transaction in hand and keeps no state. */
export type FeatureViewName = 'transaction' | 'customer' | 'terminal';

/** Value type on the wire. Inside, every feature is a double; `int64` features hold whole numbers. */
export type FeatureDtype = 'double' | 'int64';

/** What a windowed feature covers at time t: (t − delayMs − lengthMs, t − delayMs]. */
export interface FeatureWindow {
  readonly lengthMs: number;
  readonly delayMs: number;
}

export interface EntityDefinition {
  readonly name: EntityName;
  readonly description: string;
}

export interface FeatureViewDefinition {
  readonly name: FeatureViewName;
  /** Entities whose state the view reads; empty for features of the transaction alone. */
  readonly entities: readonly EntityName[];
  readonly description: string;
}

export interface FeatureDefinition {
  /** Unique over all views, snake_case. */
  readonly name: string;
  readonly view: FeatureViewName;
  readonly dtype: FeatureDtype;
  readonly description: string;
  /** Absent for features of the transaction alone. */
  readonly window?: FeatureWindow;
}

/** An ordered, versioned set of features: the order is the layout of the vector a model is trained on and served with. */
export interface FeatureServiceDefinition {
  readonly name: string;
  readonly version: number;
  readonly features: readonly FeatureDefinition[];
}

export const ENTITIES: readonly EntityDefinition[] = [
  { name: 'customer_id', description: 'The card holder who pays.' },
  { name: 'terminal_id', description: 'The merchant terminal that takes the payment.' },
];

export const FEATURE_VIEWS: readonly FeatureViewDefinition[] = [
  { name: 'transaction', entities: [], description: 'Amount and calendar of the transaction in hand.' },
  { name: 'customer', entities: ['customer_id'], description: 'Spending of the customer up to and including now.' },
  {
    name: 'terminal',
    entities: ['terminal_id'],
    description: 'Traffic and known fraud of the terminal, behind the label delay.',
  },
];
