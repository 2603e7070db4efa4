import { DAY_MS } from '@fraudflow/core';
import { declareFeature, type FeatureDeclaration } from './declare-feature.js';
import type { FeatureAggregate } from './aggregates/aggregates.js';
import type { FeatureDefinition, FeatureFilter, FeatureServiceDefinition } from './definitions.js';
import { WINDOW_DAYS } from './time-rules.js';

type View = FeatureDeclaration['of'];

const TRANSACTION_FEATURES: readonly FeatureDefinition[] = [
  {
    name: 'tx_amount',
    view: 'transaction',
    dtype: 'double',
    description: 'Amount in major units of its currency.',
    formula: { kind: 'amount' },
  },
  {
    name: 'tx_during_weekend',
    view: 'transaction',
    dtype: 'int64',
    description: '1 on Saturday and Sunday (UTC), else 0.',
    formula: { kind: 'weekend' },
  },
  {
    name: 'tx_during_night',
    view: 'transaction',
    dtype: 'int64',
    description: '1 from 00:00:00 to 06:59:59.999 UTC, else 0.',
    formula: { kind: 'night' },
  },
];

const count = (of: View, days: number): FeatureDefinition => declareFeature({ of, aggregate: 'count', days });

function customerFeatures(days: number): readonly FeatureDefinition[] {
  return [count('customer', days), declareFeature({ of: 'customer', aggregate: 'mean', days })];
}

function terminalFeatures(days: number): readonly FeatureDefinition[] {
  return [
    count('terminal', days),
    declareFeature({ of: 'terminal', aggregate: 'share', days, where: { kind: 'known_fraud' } }),
  ];
}

const MONTH_DAYS = 30;
const LARGE: FeatureFilter = { kind: 'above_median', times: 2.2, medianOverMs: MONTH_DAYS * DAY_MS };

/** Amounts compared with the card's last 30 days. */
const SPENDING_FEATURES: readonly FeatureDefinition[] = [
  ...(['ratio_to_mean', 'ratio_to_median', 'ratio_to_max', 'z_score'] as const),
  ...(['count', 'median', 'max', 'std'] as const),
].map((aggregate) => declareFeature({ of: 'customer', aggregate, days: MONTH_DAYS, current: 'before' }));

const LARGE_AMOUNT_FEATURES: readonly FeatureDefinition[] = [7, 14].map((days) =>
  declareFeature({ of: 'customer', aggregate: 'count', days, where: LARGE }),
);

/** Features of a terminal that depend on the labels available so far. */
const KNOWN_FRAUD_FEATURES: readonly FeatureDefinition[] = [
  ...[1, 3, 7, 14, 21, 28].map((days) => knownFraud('count', days)),
  count('terminal', 28),
  declareFeature({ of: 'terminal', aggregate: 'count', days: 7, behindLabelDelay: false }),
  knownFraud('streak', MONTH_DAYS),
  declareFeature({ of: 'terminal', aggregate: 'streak', days: MONTH_DAYS, where: { kind: 'known_genuine' } }),
  knownFraud('days_since_last', MONTH_DAYS),
  knownFraud('days_since_first', MONTH_DAYS),
  knownFraud('last_attribute', MONTH_DAYS),
];

function knownFraud(aggregate: FeatureAggregate, days: number): FeatureDefinition {
  return declareFeature({ of: 'terminal', aggregate, days, where: { kind: 'known_fraud' } });
}

/**
 * The 15 features published with the Fraud Detection Handbook, in its order; names are the book's in lower case.
 * Source: Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection, chapter 3.
 */
export const FRAUD_DETECTION_FEATURES: FeatureServiceDefinition = {
  name: 'fraud_detection_features',
  version: 1,
  description: 'The 15 features published with the Fraud Detection Handbook.',
  features: [
    ...TRANSACTION_FEATURES,
    ...WINDOW_DAYS.flatMap(customerFeatures),
    ...WINDOW_DAYS.flatMap(terminalFeatures),
  ],
};

/** The published 15, then further features that are causal and respect the label delay. */
export const FRAUD_DETECTION_FEATURES_V2: FeatureServiceDefinition = {
  name: 'fraud_detection_features_v2',
  version: 2,
  description: 'The published 15 and 23 further causal features that respect the label delay.',
  features: [
    ...FRAUD_DETECTION_FEATURES.features,
    ...SPENDING_FEATURES,
    ...LARGE_AMOUNT_FEATURES,
    ...KNOWN_FRAUD_FEATURES,
  ],
};

/** Names of the services whose features may travel on the stream; the first one is the default. */
export const STREAMED_SERVICES: readonly [string, ...string[]] = [
  FRAUD_DETECTION_FEATURES.name,
  FRAUD_DETECTION_FEATURES_V2.name,
];

/** Every computed feature in the order of the vector on the stream, the published 15 first. */
export const COMPUTED_FEATURES: readonly FeatureDefinition[] = FRAUD_DETECTION_FEATURES_V2.features;

/** Names in vector order: slot i of the vector holds the feature `FEATURE_NAMES[i]`. */
export const FEATURE_NAMES: readonly string[] = FRAUD_DETECTION_FEATURES.features.map((feature) => feature.name);
/** Number of published features: 15. */
export const FEATURE_COUNT = FEATURE_NAMES.length;

/**
 * Slots of the vector by view: [from, to). The customer stage fills `transaction` and `customer`, the terminal stage
 * `terminal`.
 */
export const VECTOR_LAYOUT = {
  transaction: { from: 0, to: 3 },
  customer: { from: 3, to: 9 },
  terminal: { from: 9, to: 15 },
} as const;

/** Name and position of every computed feature in a vector of `COMPUTED_FEATURES`. */
export const COMPUTED_FEATURE_NAMES: readonly string[] = COMPUTED_FEATURES.map((feature) => feature.name);
