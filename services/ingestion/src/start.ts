import { ALL_TOPICS } from '@fraudflow/contracts';
import { DAY_MS, RateTable, systemClock } from '@fraudflow/core';
import {
  type AnySubscription,
  ConsumerRuntime,
  DeadLetters,
  ensureTopics,
  EventProducer,
  KafkaBus,
  rateFollower,
  type RawProducer,
} from '@fraudflow/messaging';
import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { openRedis, RedisWatermarkExchange } from '@fraudflow/redis';
import { GrpcServer, listenHttp } from '@fraudflow/rpc';
import { AppModule, type AppParts } from './app.module.js';
import { CardTokeniser } from './cards/card-tokeniser.js';
import { scrubbedDeadLetters } from './cards/scrubbed-dead-letters.js';
import type { IngestionConfig } from './config.js';
import { IngestionEvents } from './events.js';
import { createIntakeApp } from './protocols/rest/intake-app.js';
import { IntakeGate } from './intake/intake-gate.js';
import { IntakeService } from './intake/intake.service.js';
import { RecordReader } from './intake/record-reader.js';
import {
  INGESTION_MIGRATIONS,
  INGESTION_SCHEMA,
  PostgresPendingLabelRepository,
} from './labels/adapters/postgres-pending-label.repository.js';
import { RpcTransactionLookup } from './labels/adapters/rpc-transaction-lookup.js';
import { LabelReceivedConsumer } from './stream/label-received.consumer.js';
import { PendingLabelsService } from './stream/pending-labels.service.js';
import { RatesService } from './rates/rates.service.js';
import { INTAKE_LIMITS, IngestionController } from './protocols/grpc/ingestion.controller.js';
import { LABELS_GROUP, TRANSACTIONS_GROUP } from './stream-graph.js';
import { Canonicaliser } from './transactions/canonical-transaction.js';
import { TransactionReceivedConsumer } from './stream/transaction-received.consumer.js';

/** While catching up, no partition runs further ahead of the others in event time than this. */
const MAX_SKEW_MS = DAY_MS;
/** Timeout of the watermark exchange; after it a worker continues with the last watermarks it received. */
const HEADS_TIMEOUT_MS = 1_000;

/** Binds ingestion's parts together and starts them. */
export async function startIngestion(context: ServiceContext<IngestionConfig>): Promise<RunningService> {
  const { config, logger, metrics, health } = context;
  const cards = new CardTokeniser(config.cards.key.reveal(), config.cards.keyVersion);
  const bus = new KafkaBus({ ...config.kafka, clientId: 'ingestion', logger });
  await ensureTopics(bus.admin, ALL_TOPICS, { ...config.kafka, maxRecordBytes: config.limits.maxRecordBytes });
  const pool = await connectPostgres({ ...config.postgres, logger, health });
  await migrate(pool, INGESTION_SCHEMA, INGESTION_MIGRATIONS, logger);
  const redis = openRedis({ ...config.redis, logger, commandTimeoutMs: HEADS_TIMEOUT_MS });
  const events = new IngestionEvents(logger, metrics);
  const producer = new EventProducer(bus);
  const clock = systemClock;
  const rates = new RateTable();
  const follower = await followRates(context, bus, rates);
  const reader = recordReader(config, cards, rates);
  const lookup = new RpcTransactionLookup(config.featureStoreAddress, clock, (error) => events.labelCheckFailed(error));
  const repository = new PostgresPendingLabelRepository(pool);
  const deadLetterProducer = scrubbedDeadLetters(producer.raw, cards, { maxValueBytes: config.limits.maxRecordBytes });

  const { transactionsRuntime, labelsRuntime } = runtimes(context, { bus, producer: deadLetterProducer, redis }, [
    new TransactionReceivedConsumer(producer, reader, events).subscription(),
    new LabelReceivedConsumer({
      producer,
      lookup,
      waiting: repository,
      reader,
      events,
      clock,
      maxWaiting: config.labels.maxWaiting,
    }).subscription(),
  ]);
  const deadLetters = new DeadLetters(deadLetterProducer, bus.admin, logger);
  const pendingLabels = new PendingLabelsService(
    { repository, lookup, producer, deadLetters, events, clock },
    config.labels,
  );

  const intake = new IntakeService({ producer, reader, cards, gate: new IntakeGate(config.intake), clock });
  const grpc = new GrpcServer({ logger, metrics, health, maxMessageBytes: INTAKE_LIMITS.messageBytes });
  new IngestionController(intake).register(grpc);
  const parts: AppParts = { intake, rates: ratesService(config, producer, rates) };
  const app = await createIntakeApp(AppModule.forRoot(parts, health, metrics), logger, config.process.allowedHosts);
  await listenHttp(app, config.http.port, config.process.bindAddress);
  await grpc.listen(`${config.process.bindAddress}:${config.grpc.port}`);
  await Promise.all([transactionsRuntime.start(), labelsRuntime.start()]);
  pendingLabels.start();
  return {
    stop: async () => {
      // What takes records ends before what writes them.
      await Promise.all([
        app.close(),
        grpc.stop(),
        pendingLabels.stop(),
        transactionsRuntime.stop(),
        labelsRuntime.stop(),
      ]);
      await Promise.all([producer.close(), follower.stop()]);
      lookup.close();
      redis.disconnect();
      await Promise.all([pool.end(), bus.close()]);
    },
  };
}

/** No transaction before all rates: one without its rate would become a dead letter. */
async function followRates(
  { logger, health }: ServiceContext<IngestionConfig>,
  bus: KafkaBus,
  rates: RateTable,
): Promise<ReturnType<typeof rateFollower>> {
  const follower = rateFollower(rates, { admin: bus.admin, logger });
  health.add('currency_rates', () => follower.health());
  await follower.start();
  return follower;
}

function recordReader(config: IngestionConfig, cards: CardTokeniser, rates: RateTable): RecordReader {
  const { maxAgeMs, maxFutureMs } = config.rules;
  const cardNumbersInIds = config.cards.inIds;
  return new RecordReader({
    maxRecordBytes: config.limits.maxRecordBytes,
    canonicaliser: new Canonicaliser({ ...config.rules, ...config.money, cardNumbersInIds }, cards, rates),
    labelRules: { maxAgeMs, maxFutureMs, maxLabelAheadMs: config.labels.maxAheadMs, cardNumbersInIds },
    cards,
    clock: systemClock,
  });
}

function ratesService(config: IngestionConfig, producer: EventProducer, rates: RateTable): RatesService {
  const { baseCurrency } = config.money;
  const { maxRecordBytes } = config.limits;
  return new RatesService(
    producer,
    rates,
    { baseCurrency, maxAgeMs: config.rules.maxAgeMs, maxRecordBytes },
    systemClock,
  );
}

interface RuntimeParts {
  readonly bus: KafkaBus;
  readonly producer: RawProducer;
  readonly redis: ReturnType<typeof openRedis>;
}

function runtimes(
  { logger, metrics, health }: ServiceContext<IngestionConfig>,
  { bus, producer, redis }: RuntimeParts,
  [transactions, labels]: readonly [AnySubscription, AnySubscription],
): { readonly transactionsRuntime: ConsumerRuntime; readonly labelsRuntime: ConsumerRuntime } {
  const shared = { bus, producer, logger, metrics, health };
  const transactionsRuntime = new ConsumerRuntime({
    ...shared,
    groupId: TRANSACTIONS_GROUP,
    maxBatchRecords: 1_000,
    merge: { maxSkewMs: MAX_SKEW_MS },
    watermarkExchange: new RedisWatermarkExchange(redis, TRANSACTIONS_GROUP),
    subscriptions: [transactions],
  });
  return {
    transactionsRuntime,
    labelsRuntime: new ConsumerRuntime({ ...shared, groupId: LABELS_GROUP, subscriptions: [labels] }),
  };
}
