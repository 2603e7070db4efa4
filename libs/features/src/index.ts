export * from './bench/engine-bench.js';
export { counterpartOf } from './counterpart.js';
export { CustomerEngine } from './customer-engine.js';
export { CustomerState } from './customer-state.js';
export { declareFeature, type FeatureDeclaration } from './declare-feature.js';
export * from './definitions.js';
export * from './feature-lookup.js';
export { FEATURE_REPOSITORY } from './feature-repository.js';
export * from './fraud-detection-features.js';
export type { EntityEngine, EntityHandle } from './entity-engine.js';
export { idHash, idKeyFingerprint, type IdHash, useIdKey } from './id-hash.js';
export * from './label-precedence.js';
export { PackedVectorReader, type PackedEntities } from './packed-vector-reader.js';
export { PointInTimeEngine, type EntityKeys } from './point-in-time-engine.js';
export {
  LABEL_SOURCES,
  labelSourceRank,
  MAX_AMOUNT_MINOR,
  type ApplyOutcome,
  type LabelEvent,
  type LabelOutcome,
  type LabelSource,
  type StateEvent,
} from './state-event.js';
export { lastEventAtMs, segmentKeys } from './packed-ring.js';
export type { PackedRing } from './ring-unpacker.js';
export * from './state-keys.js';
export { STATE_VERSION, stateLayout } from './state-layout.js';
export { StreamedFeatures } from './streamed-features.js';
export { TerminalEngine } from './terminal-engine.js';
export { TerminalState } from './terminal-state.js';
export * from './time-rules.js';
export { MINOR_PER_MAJOR, transactionFeatures, writeTransactionFeatures } from './transaction-features.js';
export { planVector, type VectorPlan } from './vector-plan.js';
