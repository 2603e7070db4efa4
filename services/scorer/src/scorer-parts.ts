import { type Clock, type RateTable, systemClock } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import type { EventProducer } from '@fraudflow/messaging';
import type { Logger, Registry } from '@fraudflow/observability';
import type { ScorerConfig } from './config.js';
import { ScorerEvents } from './events.js';
import type { LastGoodModel } from './model/last-good-model.port.js';
import { loadModel } from './model/load-model.js';
import { ModelKeeper } from './model/model-keeper.js';
import type { ModelRepository } from './model/model-repository.port.js';
import { ModelSlot } from './model/model-slot.js';
import { AmountConverter } from './request/amount-converter.js';
import { AnswerCache } from './request/answer-cache.js';
import type { FeatureReader } from './request/feature-reader.port.js';
import { PredictService, type Score } from './request/predict.service.js';
import { PredictionLog } from './request/prediction-log.js';
import type { RequestOptions } from './request/request-options.js';
import { DecisionPolicy } from './scoring/decision-policy.js';
import { SkewMeter } from './skew/skew-meter.js';
import { StreamScorer } from './stream/stream-scorer.js';
import { TfPredictionService } from './tensorflow/tf-prediction.service.js';

/** The outside world, as the scorer sees it. */
export interface ScorerPorts {
  readonly repository: ModelRepository;
  readonly lastGood: LastGoodModel;
  readonly features: FeatureReader;
  readonly producer: Pick<EventProducer, 'send'>;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly streamed: StreamedFeatures;
  /** Exchange rates, kept up to date by whoever owns it. */
  readonly rates: RateTable;
  readonly clock?: Clock;
}

/** The scorer without its servers: what gRPC, REST and the stream use. Nothing runs yet. */
export interface ScorerParts {
  readonly clock: Clock;
  readonly events: ScorerEvents;
  readonly slot: ModelSlot;
  readonly keeper: ModelKeeper;
  readonly predictions: PredictService;
  readonly requests: RequestOptions;
  readonly predictionLog: PredictionLog;
  readonly tensors: TfPredictionService;
  readonly streamScorer: StreamScorer;
}

export function createScorerParts(
  config: Pick<ScorerConfig, 'model' | 'money' | 'policy' | 'request'>,
  ports: ScorerPorts,
): ScorerParts {
  const { model, request } = config;
  const { streamed } = ports;
  const clock = ports.clock ?? systemClock;
  const events = new ScorerEvents(ports.logger, clock, ports.metrics);
  const slot = new ModelSlot((released, reason) => events.modelReleaseFailed(released, reason));
  const { threshold } = config.policy;
  const policy = new DecisionPolicy({ ...config.policy, threshold: threshold === '' ? undefined : Number(threshold) });
  const skew = new SkewMeter(request.skewWindow, events);
  const log = new PredictionLog({
    producer: ports.producer,
    events,
    clock,
    policy,
    maxPending: request.maxPendingPredictions,
    streamed,
  });
  return {
    clock,
    events,
    slot,
    keeper: new ModelKeeper({
      ...model,
      repository: ports.repository,
      lastGood: ports.lastGood,
      slot,
      events,
      load: (file) => loadModel(file, { ...model, streamed }),
    }),
    predictions: new PredictService({
      slot,
      policy,
      clock,
      features: ports.features,
      amounts: new AmountConverter(ports.rates, config.money),
      // Answers from incomplete state are not kept: the next request after the recovery gets a whole one.
      cache: new AnswerCache<Score>(
        request.answerCacheSize,
        request.answerCacheTtlMs,
        clock,
        ({ isStale }) => !isStale,
      ),
      listeners: [log, skew, events],
    }),
    requests: { clock, timeoutMs: request.timeoutMs, cardNumbersInIds: request.cardNumbersInIds },
    predictionLog: log,
    tensors: new TfPredictionService({
      modelName: model.name,
      slot,
      clock,
      listeners: [log, events],
      maxRows: request.maxRows,
    }),
    streamScorer: new StreamScorer({ slot, policy, skew, events, clock, streamed }),
  };
}
