export { nativePlatform, type NativePlatform } from './native-platform.js';
export {
  type LabelledMatrix,
  type RoundLog,
  type TrainedModel,
  type TrainOptions,
  TreeTrainer,
} from './tree-trainer.port.js';
export { resolveXgboostLibrary, type XgboostLibrary, type XgboostLibraryOptions } from './xgboost-library.js';
export { libraryMessage, XgboostTrainer } from './xgboost-trainer.js';
