export { type FeatureRows, inFeatureOrder, type LabelledRows } from './feature-rows.js';
export { type LearnOptions, NativeLearner } from './native-learner.js';
export type { NativeModel } from './native-model.js';
