import { OUTCOMES, type Outcome, type ScoredTransaction } from '@fraudflow/contracts';
import type { AppError, Clock } from '@fraudflow/core';
import type { Logger, Registry } from '@fraudflow/observability';
import type { ModelKeeperEvents } from './model/model-keeper.js';
import type { ScoringModel } from './model/scoring-model.port.js';
import type { Answer, AnswerListener } from './request/predict.service.js';
import type { PredictionLogEvents } from './request/prediction-log.js';
import { createScorerMetrics, type ScorerMetrics } from './scorer-metrics.js';
import type { SkewEvents, SkewResult } from './skew/skew-meter.js';
import type { StreamScorerEvents } from './stream/stream-scorer.js';
import type { TensorEvents } from './tensorflow/tf-prediction.service.js';

type Path = 'stream' | 'request' | 'tensorflow';

/** Answers lost in a row are logged once per so many. */
const LOG_EVERY_LOST = 1_000;

/** The one place where what happens in the scorer becomes metrics and log lines. */
export class ScorerEvents
  implements ModelKeeperEvents, PredictionLogEvents, SkewEvents, StreamScorerEvents, TensorEvents, AnswerListener
{
  private readonly metrics: ScorerMetrics;
  private lost = 0;
  private skewMax = 0;

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock,
    registry: Registry,
  ) {
    this.metrics = createScorerMetrics(registry);
  }

  modelSwapped(next: ScoringModel, former: ScoringModel | undefined): void {
    const { name: model, version, digest } = next;
    this.metrics.swaps.inc();
    this.metrics.info.reset();
    this.metrics.info.set({ model, version, digest }, 1);
    this.logger.info({ event: 'model_swapped', model, version, digest, former: former?.version });
  }

  modelRefused(version: string, reason: AppError): void {
    this.metrics.refusals.inc({ code: reason.code });
    this.logger.error({ event: 'model_refused', version, code: reason.code, reason: reason.message });
  }

  modelRefreshFailed(reason: Error): void {
    this.metrics.refreshFailures.inc();
    this.logger.warn({ event: 'model_refresh_failed', reason: reason.message });
  }

  modelReleaseFailed(model: ScoringModel, reason: unknown): void {
    this.logger.warn({ event: 'model_release_failed', version: model.version, reason: String(reason) });
  }

  streamStartFailed(reason: Error): void {
    this.logger.error({ err: reason, event: 'stream_start_failed' });
  }

  answered(answer: Answer): void {
    const { modelName, modelVersion, fraudProbability, decision } = answer;
    const labels = { model: modelName, version: modelVersion, path: 'request' };
    this.metrics.inference.observe(labels, answer.inferenceUs / 1e6);
    this.metrics.score.observe(labels, fraudProbability);
    this.metrics.confidence.observe(labels, Math.max(fraudProbability, 1 - fraudProbability));
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
      scores.map((score) => score.fraud_probability),
    );
    const latency = this.metrics.latency.labels(labels);
    for (const seconds of ageSeconds) latency.observe(seconds);
    const counts = new Map<Outcome, number>();
    for (const { outcome } of scores) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    for (const decision of OUTCOMES) this.metrics.decisions.inc({ ...labels, decision }, counts.get(decision) ?? 0);
  }

  tensorScored(model: ScoringModel, probabilities: Float32Array, inferenceSeconds: number): void {
    const labels = { model: model.name, version: model.version, path: 'tensorflow' satisfies Path };
    this.metrics.inference.observe(labels, inferenceSeconds);
    this.observeScores(labels, probabilities);
  }

  predictionDropped(): void {
    this.loseAnswer('buffer_full', 'predictions_dropped', 'Kafka takes answers more slowly than they are given');
  }

  predictionFailed(reason: Error): void {
    this.loseAnswer('kafka_failed', 'predictions_failed', reason.message);
  }

  predictionWithoutTransaction(): void {
    this.metrics.predictionsLost.inc({ reason: 'no_transaction' });
  }

  skewMeasured(result: SkewResult, maxAbsDifference: number): void {
    this.metrics.skew.inc({ result });
    const difference = Number.isNaN(maxAbsDifference) ? Infinity : maxAbsDifference;
    if (difference <= this.skewMax) return;
    this.skewMax = difference;
    this.metrics.skewMax.set(difference);
  }

  private observeScores(labels: { model: string; version: string; path: string }, scores: ArrayLike<number>): void {
    const score = this.metrics.score.labels(labels);
    const confidence = this.metrics.confidence.labels(labels);
    for (let i = 0; i < scores.length; i++) {
      const probability = scores[i] as number;
      score.observe(probability);
      confidence.observe(Math.max(probability, 1 - probability));
    }
  }

  private loseAnswer(reason: string, event: string, detail: string): void {
    this.metrics.predictionsLost.inc({ reason });
    if (this.lost++ % LOG_EVERY_LOST === 0) this.logger.warn({ event, lost: this.lost, detail });
  }
}
