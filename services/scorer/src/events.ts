import { OUTCOMES, type Outcome, type ScoredTransaction } from '@fraudflow/contracts';
import type { AppError, Clock } from '@fraudflow/core';
import type { Logger, Registry } from '@fraudflow/observability';
import type { ModelLoaderEvents } from './models/model-loader.js';
import type { ScoringModel } from './models/scoring-model.port.js';
import type { PredictResult, PredictListener } from './scoring/predict.service.js';
import type { PredictionLogEvents } from './records/prediction-log.js';
import { createScorerMetrics, forgetVersion, type ScorerMetrics } from './metrics.js';
import { RecentMax } from './records/recent-max.js';
import type { SkewEvents, SkewResult } from './records/skew-meter.js';
import type { StreamScorerEvents } from './stream/stream-scorer.js';
import type { TensorResult } from './records/prediction-record.js';
import { isScore } from './scoring/decision-policy.js';
import type { TensorListener } from './protocols/tensorflow/tf-prediction.service.js';

type Path = 'stream' | 'request' | 'tensorflow';

/** A warning is logged for the first lost prediction, then once per this number. */
const LOG_EVERY_LOST = 1_000;
/** Period of `RecentMax`: the largest skew covers the last one to two periods, 10 to 20 minutes. */
const SKEW_MAX_PERIOD_MS = 10 * 60_000;

/** Turns the scorer's business events into metrics and log lines. */
export class ScorerEvents
  implements ModelLoaderEvents, PredictionLogEvents, SkewEvents, StreamScorerEvents, TensorListener, PredictListener
{
  private readonly metrics: ScorerMetrics;
  private lost = 0;
  private readonly skewMax: RecentMax;
  /** Version served before the active one; its series stay because batches in flight may still count under it. */
  private formerVersion: string | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock,
    registry: Registry,
  ) {
    this.metrics = createScorerMetrics(registry);
    this.skewMax = new RecentMax(clock, SKEW_MAX_PERIOD_MS);
    this.metrics.followSkewMax(() => this.skewMax.value);
  }

  modelSwapped(next: ScoringModel, former: ScoringModel | undefined): void {
    const { name: model, version, digest } = next;
    this.metrics.swaps.inc();
    this.metrics.info.reset();
    this.metrics.info.set({ model, version, digest }, 1);
    if (this.formerVersion !== undefined && this.formerVersion !== version) {
      forgetVersion(this.metrics, model, this.formerVersion);
    }
    this.formerVersion = former?.version;
    this.logger.info({ event: 'model_swapped', model, version, digest, former: former?.version });
  }

  modelRefused(version: string, reason: AppError): void {
    this.metrics.refusals.inc({ code: reason.code });
    this.logger.error({ event: 'model_refused', version, code: reason.code, reason: reason.message });
  }

  lastGoodModelServes({ version, digest }: ScoringModel): void {
    this.logger.warn({ event: 'last_good_model_serves', version, digest });
  }

  modelFolderFailed(reason: Error): void {
    this.logger.warn({ event: 'model_folder_failed', reason: reason.message });
  }

  modelRefreshFailed(reason: Error): void {
    this.metrics.refreshFailures.inc();
    this.logger.warn({ event: 'model_refresh_failed', reason: reason.message });
  }

  modelReleaseFailed(model: ScoringModel, reason: unknown): void {
    this.logger.warn({ event: 'model_release_failed', version: model.version, reason: String(reason) });
  }

  modelEventsUnreadable(reason: Error): void {
    this.logger.warn({ event: 'model_events_unreadable', reason: reason.message });
  }

  streamStartFailed(reason: Error): void {
    this.logger.error({ err: reason, event: 'stream_start_failed' });
  }

  predicted(result: PredictResult): void {
    const { modelName, modelVersion, fraudProbability, decision } = result;
    const labels = { model: modelName, version: modelVersion, path: 'request' };
    this.metrics.inference.observe(labels, result.inferenceUs / 1e6);
    this.observeScores(labels, [fraudProbability]);
    this.metrics.latency.observe(labels, Math.max(0, this.clock.nowMs() - result.requestedAtMs) / 1_000);
    this.metrics.decisions.inc({ ...labels, decision: decision.outcome });
  }

  batchScored(scores: readonly ScoredTransaction[], inferenceSeconds: number, ageSeconds: readonly number[]): void {
    const [first] = scores;
    if (!first) return;
    const labels = { model: first.model_name, version: first.model_version, path: 'stream' };
    this.metrics.inference.observe(labels, inferenceSeconds);
    this.observeScores(
      labels,
      scores.map((score) => score.fraud_probability ?? Number.NaN),
    );
    const age = this.metrics.age.labels({ model: labels.model, version: labels.version });
    for (const seconds of ageSeconds) age.observe(seconds);
    const counts = new Map<Outcome, number>();
    for (const { outcome } of scores) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    for (const decision of OUTCOMES) this.metrics.decisions.inc({ ...labels, decision }, counts.get(decision) ?? 0);
  }

  tensorPredicted({ modelName, modelVersion, probabilities, inferenceUs }: TensorResult): void {
    const labels = { model: modelName, version: modelVersion, path: 'tensorflow' satisfies Path };
    this.metrics.inference.observe(labels, inferenceUs / 1e6);
    this.observeScores(labels, probabilities);
  }

  predictionsDropped(count: number): void {
    this.countLost(
      count,
      'buffer_full',
      'predictions_dropped',
      'Kafka accepts records more slowly than the scorer produces them',
    );
  }

  predictionsFailed(count: number, reason: Error): void {
    this.countLost(count, 'kafka_failed', 'predictions_failed', reason.message);
  }

  skewMeasured(result: SkewResult, maxAbsDifference: number): void {
    this.metrics.skew.inc({ result });
    this.skewMax.add(Number.isNaN(maxAbsDifference) ? Infinity : maxAbsDifference);
  }

  private observeScores(labels: { model: string; version: string; path: string }, scores: ArrayLike<number>): void {
    const score = this.metrics.score.labels(labels);
    const confidence = this.metrics.confidence.labels(labels);
    for (let i = 0; i < scores.length; i++) {
      const probability = scores[i] as number;
      if (isScore(probability)) {
        score.observe(probability);
        confidence.observe(Math.max(probability, 1 - probability));
      } else {
        // prom-client throws for NaN.
        this.metrics.unavailable.inc(labels);
      }
    }
  }

  private countLost(count: number, reason: string, event: string, detail: string): void {
    this.metrics.predictionsLost.inc({ reason }, count);
    const isDue =
      this.lost === 0 || Math.floor(this.lost / LOG_EVERY_LOST) < Math.floor((this.lost + count) / LOG_EVERY_LOST);
    this.lost += count;
    if (isDue) this.logger.warn({ event, lost: this.lost, detail });
  }
}
