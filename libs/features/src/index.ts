export * from './bench/engine-bench.js';
export { counterpartOf } from './plan/counterpart.js';
export { CustomerEngine } from './engine/customer-engine.js';
export { CustomerState } from './engine/customer-state.js';
export { declareFeature, type FeatureDeclaration } from './catalog/declare-feature.js';
export * from './catalog/definitions.js';
export * from './catalog/feature-lookup.js';
export { FEATURE_REPOSITORY } from './catalog/feature-repository.js';
export * from './catalog/fraud-detection-features.js';
export type { EntityEngine, EntityHandle } from './engine/entity-engine.js';
export { idHash, idKeyFingerprint, type IdHash, useIdKey } from './plan/id-hash.js';
export * from './catalog/label-precedence.js';
export { PackedVectorReader, type PackedEntities } from './engine/packed-vector-reader.js';
export { PointInTimeEngine, type EntityKeys } from './engine/point-in-time-engine.js';
export {
  LABEL_SOURCES,
  labelSourceRank,
  MAX_AMOUNT_MINOR,
  type ApplyOutcome,
  type LabelEvent,
  type LabelOutcome,
  type LabelSource,
  type StateEvent,
} from './plan/state-event.js';
export { lastEventAtMs, segmentKeys } from './packed/packed-ring.js';
export type { PackedRing } from './packed/ring-unpacker.js';
export * from './packed/state-keys.js';
export { STATE_VERSION, stateLayout } from './packed/state-layout.js';
export { StreamedFeatures } from './plan/streamed-features.js';
export { TerminalEngine } from './engine/terminal-engine.js';
export { TerminalState } from './engine/terminal-state.js';
export * from './catalog/time-rules.js';
export { MINOR_PER_MAJOR, transactionFeatures, writeTransactionFeatures } from './plan/transaction-features.js';
export { planVector, type VectorPlan } from './plan/vector-plan.js';
