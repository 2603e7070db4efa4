import type { ErrorCodeEntries } from './error-code-entry.js';

/** Codes of the trainer and of drift monitoring. */
export const TRAINING_CODES = {
  NO_HISTORY: {
    kinds: ['failed_precondition'],
    meaning: 'The offline store holds no transaction yet.',
    operator: 'Send transactions first, then start the training again.',
  },
  HISTORY_TOO_SHORT: {
    kinds: ['failed_precondition'],
    meaning: 'The history has fewer days than a training needs.',
    operator: 'Wait for the days that the message names, or lower the number of test days or the label delay.',
  },
  NOTHING_TO_LEARN: {
    kinds: ['failed_precondition'],
    meaning: 'The training days hold no known fraud, or the test days no transaction.',
    operator: 'Check that labels arrive, or train on other days.',
  },
  MODEL_FEATURES_MISSING: {
    kinds: ['invalid_input'],
    meaning: 'The training rows lack features that the model needs.',
    operator: 'Backfill the features (`fraudflow features backfill`), or train on another feature service.',
  },
  MODEL_FILE_MISSING: {
    kinds: ['invalid_input'],
    meaning: 'A registered model folder holds no ONNX file that can be chosen.',
    operator: 'Register a version with exactly one ONNX file, or with the file name of the message.',
  },
  CHAMPION_CHANGED: {
    kinds: ['conflict'],
    meaning: 'The active version changed while the new version was compared with it.',
    operator: 'Nothing: the trainer compares with the new active version.',
  },
  ONNX_PARITY: {
    kinds: ['failed_precondition'],
    meaning: 'The exported ONNX model gives other probabilities than the trained model.',
    operator: 'Report it with the log line; the version is not registered.',
  },
  XGBOOST_LIBRARY_MISSING: {
    kinds: ['failed_precondition'],
    meaning: 'The native XGBoost library does not exist at the expected path.',
    operator: 'Run ./fraudflow demo or test, which set it up, or set the path of the library.',
  },
  XGBOOST_LIBRARY_UNLOADABLE: {
    kinds: ['failed_precondition'],
    meaning: 'The native XGBoost library exists but cannot be loaded.',
    operator: 'Install the software that the message names, e.g. the OpenMP runtime.',
  },
  XGBOOST_PLATFORM: {
    kinds: ['failed_precondition', 'not_found'],
    meaning: 'No XGBoost library is available for this operating system and processor.',
    operator: 'Build XGBoost 3.1 or newer and set FRAUDFLOW_XGBOOST_LIBRARY to its path.',
  },
  XGBOOST_PROCESS: {
    kinds: ['unavailable'],
    meaning: 'The training process cannot be started.',
    operator: 'Check memory and process limits of the machine; the message states the reason.',
  },
  XGBOOST_MEMORY: {
    kinds: ['failed_precondition'],
    meaning: 'The training process exceeded its memory limit and was ended.',
    operator: 'Lower FRAUDFLOW_TRAINER_TRAIN_DAYS or raise FRAUDFLOW_TRAINER_MAX_MEMORY_MIB.',
  },
  XGBOOST_TIME: {
    kinds: ['failed_precondition'],
    meaning: 'The training process exceeded its time limit and was ended.',
    operator: 'Lower FRAUDFLOW_TRAINER_ROUNDS or raise FRAUDFLOW_TRAINER_MAX_MINUTES.',
  },
  XGBOOST_TRAINING: {
    kinds: ['invalid_input'],
    meaning: 'XGBoost refuses the training data or the parameters.',
    operator: 'Read the text of XGBoost in the message and correct the parameters.',
  },
  XGBOOST_CRASHED: {
    kinds: ['assertion_failed'],
    meaning: 'The training process ended without a result.',
    operator: 'If it was killed, lower FRAUDFLOW_TRAINER_TRAIN_DAYS; otherwise report it with the log line.',
  },
  PROFILE_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The reference profile of a model version is not valid.',
    operator: 'Train the version again; drift monitoring needs the profile that the trainer writes.',
  },
  WINDOW_OUT_OF_ORDER: {
    kinds: ['failed_precondition'],
    meaning: 'A drift window was evaluated twice or out of order.',
    operator: 'This is a bug of the drift monitor: report it with the log line.',
  },
} as const satisfies ErrorCodeEntries;
