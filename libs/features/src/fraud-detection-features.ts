import { DAY_MS, notFound } from '@fraudflow/core';
import type { FeatureDefinition, FeatureServiceDefinition } from './definitions.js';
import { LABEL_DELAY_MS, WINDOW_DAYS } from './time-rules.js';

const TRANSACTION_FEATURES: readonly FeatureDefinition[] = [
  { name: 'tx_amount', view: 'transaction', dtype: 'double', description: 'Amount in major units of its currency.' },
  {
    name: 'tx_during_weekend',
    view: 'transaction',
    dtype: 'int64',
    description: '1 on Saturday and Sunday (UTC), else 0.',
  },
  {
    name: 'tx_during_night',
    view: 'transaction',
    dtype: 'int64',
    description: '1 from 00:00:00 to 06:59:59.999 UTC, else 0.',
  },
];

function customerFeatures(days: number): FeatureDefinition[] {
  const window = { lengthMs: days * DAY_MS, delayMs: 0 };
  const rest = `of the customer in the last ${days} d, this one included`;
  return [
    {
      name: `customer_id_nb_tx_${days}day_window`,
      view: 'customer',
      dtype: 'int64',
      description: `Number of transactions ${rest}.`,
      window,
    },
    {
      name: `customer_id_avg_amount_${days}day_window`,
      view: 'customer',
      dtype: 'double',
      description: `Mean amount, in major units, of the transactions ${rest}; 0 if there are none.`,
      window,
    },
  ];
}

function terminalFeatures(days: number): FeatureDefinition[] {
  const window = { lengthMs: days * DAY_MS, delayMs: LABEL_DELAY_MS };
  const rest = `in the ${days} d that ended 7 d ago`;
  return [
    {
      name: `terminal_id_nb_tx_${days}day_window`,
      view: 'terminal',
      dtype: 'int64',
      description: `Number of transactions on the terminal ${rest}.`,
      window,
    },
    {
      name: `terminal_id_risk_${days}day_window`,
      view: 'terminal',
      dtype: 'double',
      description: `Share of known frauds among the transactions on the terminal ${rest}; 0 if there are none.`,
      window,
    },
  ];
}

/**
 * The 15 features published with the Fraud Detection Handbook, in its order; names are the book's in lower case.
 * Source: Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection, chapter 3.
 */
export const FRAUD_DETECTION_FEATURES: FeatureServiceDefinition = {
  name: 'fraud_detection_features',
  version: 1,
  features: [
    ...TRANSACTION_FEATURES,
    ...WINDOW_DAYS.flatMap(customerFeatures),
    ...WINDOW_DAYS.flatMap(terminalFeatures),
  ],
};

export const FEATURE_SERVICES: readonly FeatureServiceDefinition[] = [FRAUD_DETECTION_FEATURES];

/** Names in vector order: `FEATURE_NAMES[i]` is what slot i of the vector holds. */
export const FEATURE_NAMES: readonly string[] = FRAUD_DETECTION_FEATURES.features.map((feature) => feature.name);
export const FEATURE_COUNT = FEATURE_NAMES.length;

/** Slots of the vector by view: [from, to). The customer stage fills `transaction` and `customer`, the terminal stage `terminal`. */
export const VECTOR_LAYOUT = {
  transaction: { from: 0, to: 3 },
  customer: { from: 3, to: 9 },
  terminal: { from: 9, to: 15 },
} as const;

const INDEX_BY_NAME: ReadonlyMap<string, number> = new Map(FEATURE_NAMES.map((name, index) => [name, index]));
const FEATURE_BY_NAME: ReadonlyMap<string, FeatureDefinition> = new Map(
  FRAUD_DETECTION_FEATURES.features.map((feature) => [feature.name, feature]),
);

/** True for a name `featureByName` and `featureIndex` know. */
export function isFeatureName(name: string): boolean {
  return FEATURE_BY_NAME.has(name);
}

/** The definition of a feature. @throws AppError not_found `FEATURE_UNKNOWN`. */
export function featureByName(name: string): FeatureDefinition {
  const feature = FEATURE_BY_NAME.get(name);
  if (feature === undefined) throw unknownFeature(name);
  return feature;
}

/** The slot of a feature in the vector of `fraud_detection_features`. @throws AppError not_found `FEATURE_UNKNOWN`. */
export function featureIndex(name: string): number {
  const index = INDEX_BY_NAME.get(name);
  if (index === undefined) throw unknownFeature(name);
  return index;
}

/** A feature service by name. @throws AppError not_found `FEATURE_SERVICE_UNKNOWN`. */
export function featureServiceByName(name: string): FeatureServiceDefinition {
  const service = FEATURE_SERVICES.find((candidate) => candidate.name === name);
  if (service === undefined) {
    const known = FEATURE_SERVICES.map((candidate) => candidate.name).join(', ');
    throw notFound(`feature service "${name}" does not exist; known: ${known}`, { code: 'FEATURE_SERVICE_UNKNOWN' });
  }
  return service;
}

function unknownFeature(name: string): Error {
  return notFound(`feature "${name}" does not exist`, { code: 'FEATURE_UNKNOWN', field: name });
}
