import { loadConfig } from '@fraudflow/config';
import { FixedClock, RateTable } from '@fraudflow/core';
import { FEATURE_COUNT, StreamedFeatures, transactionFeatures } from '@fraudflow/features';
import type { EventRecord } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { scorerConfigSchema } from '../config.js';
import type { ModelArtifact } from '../model/model-artifact.js';
import { ModelRepository } from '../model/model-repository.port.js';
import { FeatureReader, type FeatureReading } from '../request/feature-reader.port.js';
import type { TransactionInHand } from '../request/transaction-in-hand.js';
import { createScorerParts, type ScorerParts } from '../scorer-parts.js';
import { MemoryLastGoodModel } from './memory-last-good-model.js';

export const NOW_MS = Date.parse('2026-04-01T12:00:00Z');

/** Versions a test puts there by hand. */
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

/** Empty windows; only the transaction's own features are there. */
export class FakeFeatureReader extends FeatureReader {
  reads = 0;
  isStale = false;
  /** What a read waits for. */
  gate: Promise<void> = Promise.resolve();

  override async read({ occurredAtMs, converted, ...transaction }: TransactionInHand): Promise<FeatureReading> {
    const amountMinor = converted?.amountMinor ?? transaction.amountMinor;
    this.reads++;
    await this.gate;
    return {
      vector: transactionFeatures(occurredAtMs, amountMinor, new Float64Array(FEATURE_COUNT)),
      isStale: this.isStale,
    };
  }
}

/** Keeps what it is given; `hold` makes sends wait. */
export class FakeProducer {
  readonly sent: EventRecord<unknown>[] = [];
  hold: Promise<void> = Promise.resolve();

  async send<Value>(_topic: unknown, events: readonly EventRecord<Value>[]): Promise<void> {
    await this.hold;
    this.sent.push(...events);
  }
}

export interface TestScorer extends ScorerParts {
  readonly repository: FakeRepository;
  readonly lastGood: MemoryLastGoodModel;
  readonly features: FakeFeatureReader;
  readonly producer: FakeProducer;
  readonly metrics: Registry;
  readonly fixedClock: FixedClock;
  readonly rates: RateTable;
}

/** The whole scorer over fakes, real models and real decisions; `env` overrides settings. */
export function aScorer(env: Readonly<Record<string, string>> = {}, lastGood = new MemoryLastGoodModel()): TestScorer {
  const repository = new FakeRepository();
  const features = new FakeFeatureReader();
  const producer = new FakeProducer();
  const metrics = new Registry();
  const fixedClock = new FixedClock(NOW_MS);
  const config = loadConfig(scorerConfigSchema, env);
  const streamed = new StreamedFeatures(config.featureService);
  const rates = new RateTable();
  const ports = {
    streamed,
    rates,
    repository,
    lastGood,
    features,
    producer,
    metrics,
    logger: silentLogger,
    clock: fixedClock,
  };
  return { ...createScorerParts(config, ports), rates, repository, lastGood, features, producer, metrics, fixedClock };
}

/** A scorer that serves a model. */
export async function aServingScorer(
  artifact: ModelArtifact,
  env?: Readonly<Record<string, string>>,
): Promise<TestScorer> {
  const scorer = aScorer(env);
  scorer.repository.production = artifact;
  await scorer.keeper.refresh();
  return scorer;
}

export function aTransaction(over: Partial<TransactionInHand> = {}): TransactionInHand {
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
