// Catalogue: definitions, lookup and time rules.
export { declareFeature, type FeatureDeclaration } from './catalog/declare-feature.js';
export type {
  EntityDefinition,
  EntityName,
  FeatureDefinition,
  FeatureDtype,
  FeatureRepository,
  FeatureServiceDefinition,
  FeatureViewDefinition,
  FeatureViewKind,
  TtlPolicy,
} from './catalog/definitions.js';
export {
  featureByName,
  featureIndex,
  featureServiceByName,
  featureViewByName,
  isFeatureName,
} from './catalog/feature-lookup.js';
export { FEATURE_REPOSITORY } from './catalog/feature-repository.js';
export {
  COMPUTED_FEATURE_NAMES,
  COMPUTED_FEATURES,
  FEATURE_COUNT,
  FEATURE_NAMES,
  FRAUD_DETECTION_FEATURES,
  STREAMED_SERVICES,
} from './catalog/fraud-detection-features.js';
export { compareLabels, type RankedLabel } from './catalog/label-precedence.js';
export {
  ALLOWED_LATENESS_MS,
  CUSTOMER_RETENTION_MS,
  LABEL_DELAY_MS,
  STATE_REACH_MS,
  TERMINAL_RETENTION_MS,
} from './catalog/time-rules.js';

// Plans and events.
export { counterpartOf } from './plan/counterpart.js';
export { idHash, type IdHash, useIdKey } from './plan/id-hash.js';
export { type ApplyOutcome, MAX_AMOUNT_MINOR, type StateEvent } from './plan/state-event.js';
export { StreamedFeatures } from './plan/streamed-features.js';
export { transactionFeatures, writeTransactionFeatures } from './plan/transaction-features.js';
export { planVector, type VectorPlan } from './plan/vector-plan.js';

// Engines.
export { CustomerEngine } from './engine/customer-engine.js';
export { CustomerState } from './engine/customer-state.js';
export type { EntityEngine } from './engine/entity-engine.js';
export { PackedVectorReader } from './engine/packed-vector-reader.js';
export { PointInTimeEngine } from './engine/point-in-time-engine.js';
export { TerminalEngine } from './engine/terminal-engine.js';
export { TerminalState } from './engine/terminal-state.js';

// Stored states.
export { lastEventAtMs, segmentKeys } from './packed/packed-ring.js';
export type { PackedRing } from './packed/ring-unpacker.js';
export {
  entityStateKey,
  isCompleteMark,
  stageCompleteKey,
  stageMetaKey,
  type StateEntity,
} from './packed/state-keys.js';
export { stateLayout } from './packed/state-layout.js';
