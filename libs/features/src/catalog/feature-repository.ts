import { DAY_MS } from '@fraudflow/core';
import type { EntityDefinition, FeatureDefinition, FeatureRepository, FeatureViewDefinition } from './definitions.js';
import {
  FRAUD_DETECTION_FEATURES,
  FRAUD_DETECTION_FEATURES_V2,
  COMPUTED_FEATURES,
} from './fraud-detection-features.js';

const PROFILE_VIEW = 'customer_profile';
const PROFILE_TTL_MS = 365 * DAY_MS;

const ENTITIES: readonly EntityDefinition[] = [
  { name: 'customer_id', description: 'The card holder who pays.' },
  { name: 'terminal_id', description: 'The merchant terminal that takes the payment.' },
];

const PROFILE_FEATURES: readonly FeatureDefinition[] = [
  { name: 'credit_limit', view: PROFILE_VIEW, dtype: 'double', description: 'Credit limit in major units.' },
  {
    name: 'risk_segment',
    view: PROFILE_VIEW,
    dtype: 'string',
    description: 'Segment to which the issuer assigns the customer.',
  },
  { name: 'is_business', view: PROFILE_VIEW, dtype: 'bool', description: 'Whether the card is a business card.' },
  {
    name: 'account_opened_at',
    view: PROFILE_VIEW,
    dtype: 'unix_timestamp',
    description: 'When the account was opened.',
  },
];

const VIEWS: readonly FeatureViewDefinition[] = [
  {
    name: 'transaction',
    kind: 'request',
    entities: [],
    description: "Amount and calendar of the request's transaction.",
    ttlMs: 0,
    ttlPolicy: 'ignore',
    features: featuresOf('transaction'),
  },
  {
    name: 'customer',
    kind: 'stream',
    entities: ['customer_id'],
    description: 'Spending of the customer up to and including the transaction.',
    ttlMs: 0,
    ttlPolicy: 'ignore',
    features: featuresOf('customer'),
  },
  {
    name: 'terminal',
    kind: 'stream',
    entities: ['terminal_id'],
    description: 'Traffic and known fraud of the terminal, one label delay ago.',
    ttlMs: 0,
    ttlPolicy: 'ignore',
    features: featuresOf('terminal'),
  },
  {
    name: PROFILE_VIEW,
    kind: 'pushed',
    entities: ['customer_id'],
    description: 'Properties of the customer from the issuer; rows are pushed.',
    ttlMs: PROFILE_TTL_MS,
    ttlPolicy: 'null',
    pushSource: 'customer_profile_push',
    features: PROFILE_FEATURES,
  },
];

/** Single source of all entities, views, features and services. */
export const FEATURE_REPOSITORY: FeatureRepository = {
  project: 'fraudflow',
  entities: ENTITIES,
  views: VIEWS,
  services: [FRAUD_DETECTION_FEATURES, FRAUD_DETECTION_FEATURES_V2],
};

function featuresOf(view: string): readonly FeatureDefinition[] {
  return COMPUTED_FEATURES.filter((feature) => feature.view === view);
}
