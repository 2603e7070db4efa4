import {
  featureServiceSetting,
  grpcPort,
  httpPort,
  kafkaSettings,
  processSettings,
  serviceAddress,
  setting,
} from '@fraudflow/config';
import { STREAMED_SERVICES } from '@fraudflow/features';
import { CONFIG, type Token } from '@fraudflow/service';
import { z } from 'zod';

const days = (env: string, fallback: number, description: string): z.ZodType<number, string | undefined> =>
  setting.integer({ env, description, unit: 'days', default: fallback, min: 1, max: 3_650 });

const gate = (metric: string, fallback: number): z.ZodType<number, string | undefined> =>
  setting.decimal({
    env: `FRAUDFLOW_TRAINER_MIN_${metric.toUpperCase()}`,
    description: `Minimum ${metric.replaceAll('_', ' ')} on the test days. A version below it is not promoted.`,
    default: fallback,
    min: 0,
    max: 1,
  });

/** Settings of the trainer. */
export const trainerConfigSchema = z.object({
  process: processSettings,
  kafka: kafkaSettings,
  http: z.object({ port: httpPort('trainer', 7081) }),
  grpc: z.object({ port: grpcPort('trainer', 7080) }),
  featureStoreAddress: serviceAddress('feature-store', 'GRPC', '127.0.0.1:6565'),
  registryUrl: serviceAddress('registry', 'HTTP', 'http://127.0.0.1:5000'),
  model: z.object({
    name: setting.text({
      env: 'FRAUDFLOW_MODEL_NAME',
      description: 'Name of the registered model that is trained.',
      default: 'fraud_detector',
      pattern: /^[A-Za-z0-9_-]{1,100}$/,
    }),
    featureService: featureServiceSetting(STREAMED_SERVICES),
  }),
  split: z.object({
    trainDays: days(
      'FRAUDFLOW_TRAINER_TRAIN_DAYS',
      28,
      'Length of the training range. It is shorter if the history is shorter.',
    ),
    delayDays: days(
      'FRAUDFLOW_TRAINER_LABEL_DELAY_DAYS',
      7,
      'Label delay: time after a transaction at which its label is known.',
    ),
    testDays: days(
      'FRAUDFLOW_TRAINER_TEST_DAYS',
      7,
      'Length of the test range, which is the newest range whose labels are known.',
    ),
  }),
  boosting: z.object({
    rounds: setting.integer({
      env: 'FRAUDFLOW_TRAINER_ROUNDS',
      description: 'Number of trees of the model.',
      default: 200,
      min: 1,
      max: 5_000,
    }),
    depth: setting.integer({
      env: 'FRAUDFLOW_TRAINER_DEPTH',
      description: 'Maximum depth of a tree.',
      default: 5,
      min: 1,
      max: 16,
    }),
    learningRate: setting.decimal({
      env: 'FRAUDFLOW_TRAINER_LEARNING_RATE',
      description: 'Learning rate: weight of each tree.',
      default: 0.05,
      min: 0.0001,
      max: 1,
    }),
    maxMemoryMib: setting.integer({
      env: 'FRAUDFLOW_TRAINER_MAX_MEMORY_MIB',
      description:
        'Maximum resident memory of the training process. A training that exceeds it is ended (checked on Linux only).',
      unit: 'MiB',
      default: 4_096,
      min: 128,
    }),
    maxMinutes: setting.integer({
      env: 'FRAUDFLOW_TRAINER_MAX_MINUTES',
      description: 'Maximum run time of a training process. A training that exceeds it is ended.',
      unit: 'minutes',
      default: 120,
      min: 1,
      max: 10_080,
    }),
    seed: setting.integer({ env: 'FRAUDFLOW_TRAINER_SEED', description: 'Seed of the training.', default: 42 }),
    libraryPath: setting.text({
      env: 'FRAUDFLOW_XGBOOST_LIBRARY',
      description: 'Path of the native XGBoost library. Empty: the library that the set-up has extracted.',
      default: '',
    }),
    nativeDir: setting.text({
      env: 'FRAUDFLOW_NATIVE_DIR',
      description: 'Folder into which the set-up extracts native libraries.',
      default: '.fraudflow/native',
    }),
  }),
  gates: z.object({
    averagePrecision: gate('average_precision', 0.3),
    aucRoc: gate('auc_roc', 0.7),
    precision: gate('precision', 0.3),
    recall: gate('recall', 0.2),
    f1: gate('f1', 0.3),
    accuracy: gate('accuracy', 0.9),
    minFrauds: setting.integer({
      env: 'FRAUDFLOW_TRAINER_MIN_FRAUDS',
      description:
        'Minimum number of frauds in the test days. With fewer, a version is not promoted, because its metrics are not significant.',
      default: 20,
    }),
    championTolerance: setting.decimal({
      env: 'FRAUDFLOW_TRAINER_CHAMPION_TOLERANCE',
      description:
        'Maximum amount by which the average precision of a challenger may be below that of the champion on the same rows.',
      default: 0,
      min: -1,
      max: 1,
    }),
  }),
});

export type TrainerConfig = z.output<typeof trainerConfigSchema>;

/** Injection token of the settings. */
export const SETTINGS: Token<TrainerConfig> = CONFIG;
