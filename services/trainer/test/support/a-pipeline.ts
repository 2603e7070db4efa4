import type { ModelStore } from '../../src/models/model-store.port.js';
import { RetryPolicy } from '../../src/steps/retry-policy.js';
import type { PipelineRequest, PipelineStep } from '../../src/steps/step.js';
import { TrainingPipeline } from '../../src/steps/training-pipeline.js';
import { aHistory, FakeTrainingData } from './a-history.js';
import { FakeLearner } from './a-learner.js';
import { FakeModelStore } from './a-model-store.js';

/** Attempts of a call to a dependency, without a delay between them. */
export const ATTEMPTS = 4;

export interface PipelineParts {
  readonly data?: FakeTrainingData;
  readonly learner?: FakeLearner;
  readonly store?: ModelStore;
  /** Default: the steps of the product. */
  readonly steps?: readonly PipelineStep[];
}

/** A feature store with this number of days. */
export const history = (days = 49): FakeTrainingData => new FakeTrainingData(aHistory({ days }));

export function aPipeline({
  data = history(),
  learner = new FakeLearner(),
  store = new FakeModelStore(),
  steps,
}: PipelineParts = {}): TrainingPipeline {
  return new TrainingPipeline(
    { data, learner, store, retries: new RetryPolicy({ firstBackoffMs: 0, lastBackoffMs: 0, attempts: ATTEMPTS }) },
    {
      model: 'fraud',
      featureService: 'fraud_detection_features',
      split: { trainDays: 28, delayDays: 7, testDays: 7 },
      gates: { minimum: { averagePrecision: 0.8, frauds: 20 } },
    },
    steps,
  );
}

export const request = (over: Partial<PipelineRequest> = {}): PipelineRequest => ({
  requestId: 'r1',
  reason: 'manual',
  dataUntilMs: undefined,
  ...over,
});
