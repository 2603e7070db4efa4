import { OUTCOMES, type Outcome, type ScoredTransaction } from '@fraudflow/contracts';
import type { AppError, Clock } from '@fraudflow/core';
import type { Logger, Registry } from '@fraudflow/observability';
import type { ModelKeeperEvents } from './model/model-keeper.js';
import type { ScoringModel } from './model/scoring-model.port.js';
import type { Answer, AnswerListener } from './request/predict.service.js';
import type { PredictionLogEvents } from './request/prediction-log.js';
import { createScorerMetrics, forgetVersion, type ScorerMetrics } from './scorer-metrics.js';
import { RecentMax } from './skew/recent-max.js';
import type { SkewEvents, SkewResult } from './skew/skew-meter.js';
import type { StreamScorerEvents } from './stream/stream-scorer.js';
import type { TensorAnswer } from './request/prediction-record.js';
import { isScore } from './scoring/decision-policy.js';
import type { TensorListener } from './tensorflow/tf-prediction.service.js';

type Path = 'stream' | 'request' | 'tensorflow';

/** Lost answers are logged once per so many. */
const LOG_EVERY_LOST = 1_000;
/** The largest skew is that of the last 10 to 20 minutes. */
const SKEW_MAX_PERIOD_MS = 10 * 60_000;

/** The one place where what happens in the scorer becomes metrics and log lines. */
export class ScorerEvents
  implements ModelKeeperEvents, PredictionLogEvents, SkewEvents, StreamScorerEvents, TensorListener, AnswerListener
{
  private readonly metrics: ScorerMetrics;
  private lost = 0;
  private readonly skewMax: RecentMax;
  /** Served before the active version: batches under way may still count under it. */
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

  answered(answer: Answer): void {
    const { modelName, modelVersion, fraudProbability, decision } = answer;
    const labels = { model: modelName, version: modelVersion, path: 'request' };
    this.metrics.inference.observe(labels, answer.inferenceUs / 1e6);
    this.observeScores(labels, [fraudProbability]);
    this.metrics.latency.observe(labels, Math.max(0, this.clock.nowMs() - answer.requestedAtMs) / 1_000);
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

  tensorAnswered({ modelName, modelVersion, probabilities, inferenceUs }: TensorAnswer): void {
    const labels = { model: modelName, version: modelVersion, path: 'tensorflow' satisfies Path };
    this.metrics.inference.observe(labels, inferenceUs / 1e6);
    this.observeScores(labels, probabilities);
  }

  predictionsDropped(count: number): void {
    this.loseAnswers(
      count,
      'buffer_full',
      'predictions_dropped',
      'Kafka takes answers more slowly than they are given',
    );
  }

  predictionsFailed(count: number, reason: Error): void {
    this.loseAnswers(count, 'kafka_failed', 'predictions_failed', reason.message);
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

  private loseAnswers(count: number, reason: string, event: string, detail: string): void {
    this.metrics.predictionsLost.inc({ reason }, count);
    const isDue =
      this.lost === 0 || Math.floor(this.lost / LOG_EVERY_LOST) < Math.floor((this.lost + count) / LOG_EVERY_LOST);
    this.lost += count;
    if (isDue) this.logger.warn({ event, lost: this.lost, detail });
  }
}
