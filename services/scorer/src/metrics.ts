import { OUTCOMES } from '@fraudflow/contracts';
import { Counter, Gauge, Histogram, type Registry } from '@fraudflow/observability';

const PATHS = ['stream', 'request', 'tensorflow'] as const;
const MODEL_LABELS = ['model', 'version', 'path'] as const;
const SCORE_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1];
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const AGE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3_600];
const INFERENCE_BUCKETS = [0.00001, 0.000025, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05];
const CONFIDENCE_BUCKETS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1];

/** The scorer's metrics. The label `path` is `stream`, `request` or `tensorflow`. */
export type ScorerMetrics = ReturnType<typeof createScorerMetrics>;

export function createScorerMetrics(registry: Registry) {
  return { ...scoreMetrics([registry]), ...modelMetrics([registry]), ...recordMetrics([registry]) };
}

/**
 * Removes the series of a version that is not served any more; otherwise the number of series grows with every
 * training.
 */
export function forgetVersion(metrics: ScorerMetrics, model: string, version: string): void {
  metrics.age.remove({ model, version });
  for (const path of PATHS) {
    const labels = { model, version, path };
    for (const metric of [metrics.inference, metrics.confidence, metrics.score, metrics.latency, metrics.unavailable]) {
      metric.remove(labels);
    }
    for (const decision of OUTCOMES) metrics.decisions.remove({ ...labels, decision });
  }
}

function scoreMetrics(registers: Registry[]) {
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, labelNames: MODEL_LABELS, buckets, registers });
  return {
    inference: histogram('model_inference_duration_seconds', 'Time of one inference of a batch.', INFERENCE_BUCKETS),
    confidence: histogram('model_prediction_confidence', 'max(p, 1 − p) of each score.', CONFIDENCE_BUCKETS),
    score: histogram('fraud_score', 'Fraud probability of each score.', SCORE_BUCKETS),
    latency: histogram('fraud_score_latency_seconds', 'From request to response.', LATENCY_BUCKETS),
    age: new Histogram({
      name: 'fraud_score_stream_age_seconds',
      help: 'Stream: from the append of the features to the score. Large while the scorer catches up.',
      labelNames: ['model', 'version'] as const,
      buckets: AGE_BUCKETS,
      registers,
    }),
    unavailable: new Counter({
      name: 'fraud_scores_unavailable_total',
      help: 'Rows for which the model gave no number from 0 to 1; their outcome is review.',
      labelNames: MODEL_LABELS,
      registers,
    }),
    decisions: new Counter({
      name: 'fraud_scores_total',
      help: 'Scores by decision.',
      labelNames: [...MODEL_LABELS, 'decision'] as const,
      registers,
    }),
  };
}

function modelMetrics(registers: Registry[]) {
  return {
    info: new Gauge({
      name: 'model_info',
      help: 'Always 1, for the active model.',
      labelNames: ['model', 'version', 'digest'] as const,
      registers,
    }),
    swaps: new Counter({ name: 'model_swaps_total', help: 'Models activated.', registers }),
    refusals: new Counter({
      name: 'model_refusals_total',
      help: 'Model versions refused as unfit, by error code.',
      labelNames: ['code'] as const,
      registers,
    }),
    refreshFailures: new Counter({
      name: 'model_refresh_failures_total',
      help: 'Failed polls of the registry.',
      registers,
    }),
  };
}

function recordMetrics(registers: Registry[]) {
  return {
    predictionsLost: new Counter({
      name: 'predictions_unrecorded_total',
      help: 'Predictions missing from the topic predictions.',
      labelNames: ['reason'] as const,
      registers,
    }),
    skew: new Counter({
      name: 'online_offline_skew_total',
      help: 'Requests whose features were compared with those of the stream for the same transaction.',
      labelNames: ['result'] as const,
      registers,
    }),
    /** @param read returns the current value at each scrape */
    followSkewMax: (read: () => number) =>
      new Gauge({
        name: 'online_offline_skew_max_abs_difference',
        help: 'Largest difference of a feature between request and stream in the last 10 to 20 minutes; Inf where one side lacked it.',
        registers,
        collect() {
          this.set(read());
        },
      }),
  };
}
