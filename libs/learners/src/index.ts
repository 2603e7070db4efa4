export { type FeatureRows, inFeatureOrder, type LabelledRows } from './feature-rows.js';
export { type LearnOptions, NativeLearner, type NativeModel } from './native-learner.js';
