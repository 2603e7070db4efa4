export { CustomerState } from './customer-state.js';
export * from './definitions.js';
export * from './fraud-detection-features.js';
export { idHash, idHashToBigInt, type IdHash } from './id-hash.js';
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
export { STATE_VERSION } from './state-frame.js';
export * from './state-keys.js';
export { TerminalState } from './terminal-state.js';
export * from './time-rules.js';
export { MINOR_PER_MAJOR, transactionFeatures } from './transaction-features.js';
