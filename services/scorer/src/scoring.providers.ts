import { RateTable } from '@fraudflow/core';
import { StreamedFeatures } from '@fraudflow/features';
import { EventProducer } from '@fraudflow/messaging';
import { CLOCK, LOGGER, METRICS, provide } from '@fraudflow/service';
import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from './config.js';
import { ScorerEvents } from './events.js';
import { FeatureReader } from './features/feature-reader.port.js';
import { loadModel } from './models/adapters/load-model.js';
import { LastGoodModel } from './models/last-good-model.port.js';
import { ModelLoader } from './models/model-loader.js';
import { ModelRepository } from './models/model-repository.port.js';
import { ModelSlot } from './models/model-slot.js';
import { TensorOptions } from './protocols/tensorflow/tensor-options.js';
import { TfPredictionService } from './protocols/tensorflow/tf-prediction.service.js';
import { ServedModel } from './protocols/tensorflow/models.controller.js';
import { PredictionLog } from './records/prediction-log.js';
import { SkewMeter } from './records/skew-meter.js';
import { AmountConverter } from './scoring/amount-converter.js';
import { DecisionPolicy } from './scoring/decision-policy.js';
import { PredictService, type Score } from './scoring/predict.service.js';
import { RequestOptions } from './scoring/request-options.js';
import { ResultCache } from './scoring/result-cache.js';
import { StreamScorer } from './stream/stream-scorer.js';

const models: readonly FactoryProvider[] = [
  provide(
    ModelSlot,
    { events: ScorerEvents },
    ({ events }) => new ModelSlot((released, reason) => events.modelReleaseFailed(released, reason)),
  ),
  provide(
    ModelLoader,
    {
      config: SETTINGS,
      repository: ModelRepository,
      lastGood: LastGoodModel,
      slot: ModelSlot,
      events: ScorerEvents,
      streamed: StreamedFeatures,
    },
    ({ config: { model }, repository, lastGood, slot, events, streamed }) =>
      new ModelLoader({
        ...model,
        repository,
        lastGood,
        slot,
        events,
        load: (file) => loadModel(file, { ...model, streamed }),
      }),
  ),
  provide(ServedModel, { config: SETTINGS }, ({ config: { model } }) => ({ name: model.name })),
];

const records: readonly FactoryProvider[] = [
  provide(
    ScorerEvents,
    { logger: LOGGER, clock: CLOCK, metrics: METRICS },
    ({ logger, clock, metrics }) => new ScorerEvents(logger, clock, metrics),
  ),
  provide(
    SkewMeter,
    { config: SETTINGS, events: ScorerEvents },
    ({ config: { request }, events }) => new SkewMeter(request.skewWindow, events),
  ),
  provide(
    PredictionLog,
    {
      config: SETTINGS,
      producer: EventProducer,
      events: ScorerEvents,
      clock: CLOCK,
      policy: DecisionPolicy,
      streamed: StreamedFeatures,
    },
    ({ config: { request }, producer, events, clock, policy, streamed }) => {
      const maxPending = request.maxPendingPredictions;
      return new PredictionLog({ producer, events, clock, policy, maxPending, streamed });
    },
  ),
];

const scoring: readonly FactoryProvider[] = [
  provide(
    StreamedFeatures,
    { config: SETTINGS },
    ({ config: { featureService } }) => new StreamedFeatures(featureService),
  ),
  provide(
    DecisionPolicy,
    { config: SETTINGS },
    ({
      config: {
        policy: { threshold, ...policy },
      },
    }) => new DecisionPolicy({ ...policy, threshold: threshold === '' ? undefined : Number(threshold) }),
  ),
  provide(RequestOptions, { config: SETTINGS, clock: CLOCK }, ({ config: { request }, clock }) => {
    const { timeoutMs, cardNumbersInIds } = request;
    return { clock, timeoutMs, cardNumbersInIds };
  }),
  provide(
    PredictService,
    {
      config: SETTINGS,
      clock: CLOCK,
      slot: ModelSlot,
      policy: DecisionPolicy,
      features: FeatureReader,
      rates: RateTable,
      log: PredictionLog,
      skew: SkewMeter,
      events: ScorerEvents,
    },
    ({ config: { money, request }, clock, slot, policy, features, rates, log, skew, events }) => {
      // A result from incomplete state is not cached: the next request after the recovery uses the complete state.
      const isCacheable = ({ isStale }: Score): boolean => !isStale;
      const cache = new ResultCache<Score>(request.answerCacheSize, request.answerCacheTtlMs, clock, isCacheable);
      const amounts = new AmountConverter(rates, money);
      return new PredictService({ slot, policy, clock, features, amounts, cache, listeners: [log, skew, events] });
    },
  ),
  provide(TensorOptions, { config: SETTINGS, clock: CLOCK }, ({ config: { model, request }, clock }) => {
    const { maxRows, timeoutMs: defaultTimeoutMs } = request;
    return { modelName: model.name, clock, maxRows, defaultTimeoutMs };
  }),
  provide(
    TfPredictionService,
    { options: TensorOptions, slot: ModelSlot, log: PredictionLog, events: ScorerEvents },
    ({ options, slot, log, events }) => new TfPredictionService({ ...options, slot, listeners: [log, events] }),
  ),
  provide(
    StreamScorer,
    {
      slot: ModelSlot,
      policy: DecisionPolicy,
      skew: SkewMeter,
      events: ScorerEvents,
      clock: CLOCK,
      streamed: StreamedFeatures,
    },
    ({ slot, policy, skew, events, clock, streamed }) =>
      new StreamScorer({ slot, policy, skew, events, clock, streamed }),
  ),
];

/**
 * The scorer without its infrastructure: models, records and use cases. They inject `CONFIG`, `CLOCK`, `LOGGER`,
 * `Registry`, `EventProducer`, `RateTable` and the ports `FeatureReader`, `ModelRepository` and `LastGoodModel`.
 */
export const SCORING_PROVIDERS: readonly FactoryProvider[] = [...models, ...records, ...scoring];
