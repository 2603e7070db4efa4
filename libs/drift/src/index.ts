export {
  type Attribution,
  DriftEvidence,
  type DriftEvidenceJson,
  type EvidenceDecision,
  type EvidenceOptions,
  type SignalEvidence,
} from './evidence/drift-evidence.js';
export type { ColumnKind, ColumnSides, DriftMethod, DriftScore } from './methods/drift-method.js';
export { DRIFT_METHODS, driftScores } from './methods/drift-methods.js';
export { type FraudLabel, takesPrecedence } from './performance/label-truth.js';
export {
  type JoinCounters,
  LivePerformance,
  type LivePerformanceJson,
  type LivePerformanceOptions,
  type TransactionLabel,
} from './performance/live-performance.js';
export type { Bounded, PerformanceReport } from './performance/performance-report.js';
export { profileFromJson, profileToJson, type ReferenceProfileJson } from './profile/profile-json.js';
export type { QuantileBins } from './profile/quantile-bins.js';
export type { ReferenceColumn } from './profile/reference-column.js';
export {
  type ProfileOptions,
  ReferenceProfile,
  type ReferenceProfileParts,
  type ReferenceRows,
} from './profile/reference-profile.js';
export { type RetrainingOptions, RetrainingPolicy, type RetrainingPolicyJson } from './retraining/retraining-policy.js';
export type { GuardedMetric, RetrainingRequest } from './retraining/retraining-request.js';
export type { ColumnVerdict, KsVerdict } from './verdict/column-verdict.js';
export type { DistributionTest } from './verdict/distribution-test.js';
export { type DriftOptions, optionsDigest } from './verdict/drift-options.js';
export { evaluateWindow, type WindowVerdict } from './verdict/evaluate-window.js';
export type { ShareTest } from './verdict/share-test.js';
export {
  type RowFate,
  WindowAccumulator,
  type WindowAccumulatorJson,
  type WindowOptions,
} from './window/window-accumulator.js';
export { type ColumnCounts, WindowCounts } from './window/window-counts.js';
