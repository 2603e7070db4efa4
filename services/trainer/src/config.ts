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
import { z } from 'zod';

const days = (env: string, fallback: number, description: string): z.ZodType<number, string | undefined> =>
  setting.integer({ env, description, unit: 'days', default: fallback, min: 1, max: 3_650 });

const gate = (metric: string, fallback: number): z.ZodType<number, string | undefined> =>
  setting.decimal({
    env: `FRAUDFLOW_TRAINER_MIN_${metric.toUpperCase()}`,
    description: `Least ${metric.replaceAll('_', ' ')} on the test days; below it a version is not promoted.`,
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
      description: 'Registered model that is trained, served and watched.',
      default: 'fraud_detector',
      pattern: /^[A-Za-z0-9_-]{1,100}$/,
    }),
    featureService: featureServiceSetting(STREAMED_SERVICES),
  }),
  split: z.object({
    trainDays: days('FRAUDFLOW_TRAINER_TRAIN_DAYS', 28, 'Length of the training range; shorter where history is.'),
    delayDays: days('FRAUDFLOW_TRAINER_LABEL_DELAY_DAYS', 7, 'Age at which a label is known.'),
    testDays: days('FRAUDFLOW_TRAINER_TEST_DAYS', 7, 'Length of the test range, the newest whose labels are known.'),
  }),
  boosting: z.object({
    rounds: setting.integer({
      env: 'FRAUDFLOW_TRAINER_ROUNDS',
      description: 'Trees of the model.',
      default: 200,
      min: 1,
      max: 5_000,
    }),
    depth: setting.integer({
      env: 'FRAUDFLOW_TRAINER_DEPTH',
      description: 'Greatest depth of a tree.',
      default: 5,
      min: 1,
      max: 16,
    }),
    learningRate: setting.decimal({
      env: 'FRAUDFLOW_TRAINER_LEARNING_RATE',
      description: 'Weight of each tree.',
      default: 0.05,
      min: 0.0001,
      max: 1,
    }),
    maxMemoryMib: setting.integer({
      env: 'FRAUDFLOW_TRAINER_MAX_MEMORY_MIB',
      description: 'Resident memory the training process may take; beyond it the training is ended (watched on Linux).',
      unit: 'MiB',
      default: 4_096,
      min: 128,
    }),
    maxMinutes: setting.integer({
      env: 'FRAUDFLOW_TRAINER_MAX_MINUTES',
      description: 'Time one training process may take; beyond it the training is ended.',
      unit: 'minutes',
      default: 120,
      min: 1,
      max: 10_080,
    }),
    seed: setting.integer({ env: 'FRAUDFLOW_TRAINER_SEED', description: 'Seed of the training.', default: 42 }),
    libraryPath: setting.text({
      env: 'FRAUDFLOW_XGBOOST_LIBRARY',
      description: 'Path of the native XGBoost library; empty takes the one set-up extracted.',
      default: '',
    }),
    nativeDir: setting.text({
      env: 'FRAUDFLOW_NATIVE_DIR',
      description: 'Folder where set-up puts native libraries.',
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
      description: 'Least number of frauds in the test days for the figures to mean anything.',
      default: 20,
    }),
    championTolerance: setting.decimal({
      env: 'FRAUDFLOW_TRAINER_CHAMPION_TOLERANCE',
      description: 'Average precision a challenger may lack against the champion on the same rows.',
      default: 0,
      min: -1,
      max: 1,
    }),
  }),
});

export type TrainerConfig = z.output<typeof trainerConfigSchema>;
