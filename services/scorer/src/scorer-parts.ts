import { type Clock, type RateTable, systemClock } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import type { EventProducer } from '@fraudflow/messaging';
import type { Logger, Registry } from '@fraudflow/observability';
import type { ScorerConfig } from './config.js';
import { ScorerEvents } from './events.js';
import type { LastGoodModel } from './models/last-good-model.port.js';
import { loadModel } from './models/adapters/load-model.js';
import { ModelLoader } from './models/model-loader.js';
import type { ModelRepository } from './models/model-repository.port.js';
import { ModelSlot } from './models/model-slot.js';
import { AmountConverter } from './scoring/amount-converter.js';
import { ResultCache } from './scoring/result-cache.js';
import type { FeatureReader } from './features/feature-reader.port.js';
import { PredictService, type Score } from './scoring/predict.service.js';
import { PredictionLog } from './records/prediction-log.js';
import type { RequestOptions } from './scoring/request-options.js';
import { DecisionPolicy } from './scoring/decision-policy.js';
import { SkewMeter } from './records/skew-meter.js';
import { StreamScorer } from './stream/stream-scorer.js';
import { TfPredictionService } from './protocols/tensorflow/tf-prediction.service.js';

/** Ports of the scorer and its infrastructure. */
export interface ScorerPorts {
  readonly repository: ModelRepository;
  readonly lastGood: LastGoodModel;
  readonly features: FeatureReader;
  readonly producer: Pick<EventProducer, 'send'>;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly streamed: StreamedFeatures;
  /** Exchange rates; the owner of the table updates it. */
  readonly rates: RateTable;
  readonly clock?: Clock;
}

/** The scorer without its servers: parts used by gRPC, REST and the stream. None of them is started. */
export interface ScorerParts {
  readonly clock: Clock;
  readonly events: ScorerEvents;
  readonly slot: ModelSlot;
  readonly loader: ModelLoader;
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
    loader: new ModelLoader({
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
      // A result from incomplete state is not cached, so the next request after the recovery uses the complete state.
      cache: new ResultCache<Score>(
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
