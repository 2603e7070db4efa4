import { loadConfig } from '@fraudflow/config';
import { type Clock, FixedClock, RateTable } from '@fraudflow/core';
import { FEATURE_COUNT, transactionFeatures } from '@fraudflow/features';
import { EventProducer, type EventRecord } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { CLOCK, CONFIG, LOGGER } from '@fraudflow/service';
import { scorerConfigSchema } from '../../src/config.js';
import type { ModelArtifact } from '../../src/models/model-artifact.js';
import { ModelRepository } from '../../src/models/model-repository.port.js';
import { FeatureReader, type FeatureReading } from '../../src/features/feature-reader.port.js';
import type { RequestTransaction } from '../../src/features/request-transaction.js';
import { ScorerEvents } from '../../src/events.js';
import { LastGoodModel } from '../../src/models/last-good-model.port.js';
import { ModelLoader } from '../../src/models/model-loader.js';
import { ModelSlot } from '../../src/models/model-slot.js';
import { TensorOptions } from '../../src/protocols/tensorflow/tensor-options.js';
import { TfPredictionService } from '../../src/protocols/tensorflow/tf-prediction.service.js';
import { PredictionLog } from '../../src/records/prediction-log.js';
import { PredictService } from '../../src/scoring/predict.service.js';
import { RequestOptions } from '../../src/scoring/request-options.js';
import { SCORING_PROVIDERS } from '../../src/scoring.providers.js';
import { StreamScorer } from '../../src/stream/stream-scorer.js';
import { resolverOf } from '@fraudflow/service/testing/resolver';
import { MemoryLastGoodModel } from './memory-last-good-model.js';

export const NOW_MS = Date.parse('2026-04-01T12:00:00Z');

/** A repository whose Production version the test sets. */
export class FakeRepository extends ModelRepository {
  production: ModelArtifact | undefined;
  downloads = 0;
  failure: Error | undefined;

  override async productionVersion(): Promise<string | undefined> {
    if (this.failure) throw this.failure;
    return this.production?.version;
  }

  override async download(): Promise<ModelArtifact> {
    this.downloads++;
    if (!this.production) throw new Error('no version to download');
    return this.production;
  }
}

/** Returns empty windows and the transaction's own features. */
export class FakeFeatureReader extends FeatureReader {
  reads = 0;
  isStale = false;
  /** Promise that each read awaits. */
  gate: Promise<void> = Promise.resolve();

  override async read({ occurredAtMs, converted, ...transaction }: RequestTransaction): Promise<FeatureReading> {
    const amountMinor = converted?.amountMinor ?? transaction.amountMinor;
    this.reads++;
    await this.gate;
    return {
      vector: transactionFeatures(occurredAtMs, amountMinor, new Float64Array(FEATURE_COUNT)),
      isStale: this.isStale,
    };
  }
}

/** Records the sent events; each send awaits `hold`. */
export class FakeProducer {
  readonly sent: EventRecord<unknown>[] = [];
  hold: Promise<void> = Promise.resolve();

  async send<Value>(_topic: unknown, events: readonly EventRecord<Value>[]): Promise<void> {
    await this.hold;
    this.sent.push(...events);
  }
}

export interface TestScorer {
  readonly clock: Clock;
  readonly events: ScorerEvents;
  readonly slot: ModelSlot;
  readonly loader: ModelLoader;
  readonly predictions: PredictService;
  readonly requests: RequestOptions;
  readonly predictionLog: PredictionLog;
  readonly tensors: TfPredictionService;
  readonly tensorOptions: TensorOptions;
  readonly streamScorer: StreamScorer;
  readonly repository: FakeRepository;
  readonly lastGood: MemoryLastGoodModel;
  readonly features: FakeFeatureReader;
  readonly producer: FakeProducer;
  readonly metrics: Registry;
  readonly fixedClock: FixedClock;
  readonly rates: RateTable;
}

/**
 * A scorer with the providers of the product over fake ports: real models and real decisions.
 * @param env overrides settings
 */
export function aScorer(env: Readonly<Record<string, string>> = {}, lastGood = new MemoryLastGoodModel()): TestScorer {
  const repository = new FakeRepository();
  const features = new FakeFeatureReader();
  const producer = new FakeProducer();
  const metrics = new Registry();
  const fixedClock = new FixedClock(NOW_MS);
  const rates = new RateTable();
  const get = resolverOf(
    SCORING_PROVIDERS,
    new Map<unknown, unknown>([
      [CONFIG, loadConfig(scorerConfigSchema, env)],
      [CLOCK, fixedClock],
      [LOGGER, silentLogger],
      [Registry, metrics],
      [EventProducer, producer],
      [RateTable, rates],
      [FeatureReader, features],
      [ModelRepository, repository],
      [LastGoodModel, lastGood],
    ]),
  );
  return {
    clock: fixedClock,
    events: get(ScorerEvents),
    slot: get(ModelSlot),
    loader: get(ModelLoader),
    predictions: get(PredictService),
    requests: get(RequestOptions),
    predictionLog: get(PredictionLog),
    tensors: get(TfPredictionService),
    tensorOptions: get(TensorOptions),
    streamScorer: get(StreamScorer),
    rates,
    repository,
    lastGood,
    features,
    producer,
    metrics,
    fixedClock,
  };
}

/** A scorer that serves the given model. */
export async function aServingScorer(
  artifact: ModelArtifact,
  env?: Readonly<Record<string, string>>,
): Promise<TestScorer> {
  const scorer = aScorer(env);
  scorer.repository.production = artifact;
  await scorer.loader.refresh();
  return scorer;
}

export function aTransaction(over: Partial<RequestTransaction> = {}): RequestTransaction {
  return {
    transactionId: 't1',
    occurredAtMs: NOW_MS,
    customerId: 'c1',
    terminalId: 'm1',
    amountMinor: 12_50,
    currency: 'EUR',
    ...over,
  };
}

/** The value of one metric line, 0 if it is absent. */
export async function metricValue(metrics: Registry, line: string): Promise<number> {
  const found = (await metrics.metrics()).split('\n').find((text) => text.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}
