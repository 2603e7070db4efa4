import { ALL_TOPICS } from '@fraudflow/contracts';
import { DAY_MS, systemClock } from '@fraudflow/core';
import { ConsumerRuntime, DeadLetters, ensureTopics, EventProducer, KafkaBus } from '@fraudflow/messaging';
import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { openRedis, RedisHeadExchange } from '@fraudflow/redis';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { AppModule } from './app.module.js';
import { CardTokeniser } from './cards/card-tokeniser.js';
import { scrubbedDeadLetters } from './cards/scrubbed-dead-letters.js';
import type { IngestionConfig } from './config.js';
import { IngestionEvents } from './events.js';
import { IntakeService } from './intake/intake.service.js';
import {
  INGESTION_MIGRATIONS,
  INGESTION_SCHEMA,
  PostgresWaitingLabelRepository,
} from './labels/adapters/postgres-waiting-label.repository.js';
import { RpcTransactionLookup } from './labels/adapters/rpc-transaction-lookup.js';
import { LabelReceivedConsumer } from './labels/label-received.consumer.js';
import { WaitingLabelsService } from './labels/waiting-labels.service.js';
import { IngestionController } from './rpc/ingestion.controller.js';
import { LABELS_GROUP, TRANSACTIONS_GROUP } from './stream-graph.js';
import { TransactionReceivedConsumer } from './transactions/transaction-received.consumer.js';

/** While catching up, no partition runs further ahead of the others in event time than this. */
const MAX_SKEW_MS = DAY_MS;
/** Workers that do not hear of each other for so long go on by what they heard last. */
const HEADS_TIMEOUT_MS = 1_000;

/** A POST may hold 1,000 transactions. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** Binds ingestion's parts together and starts them. */
export async function startIngestion(context: ServiceContext<IngestionConfig>): Promise<RunningService> {
  const { config, logger, metrics, health } = context;
  const cards = new CardTokeniser(config.cards.key.reveal(), config.cards.keyVersion);
  const bus = new KafkaBus({ ...config.kafka, clientId: 'ingestion', logger });
  await ensureTopics(bus.admin, ALL_TOPICS, config.kafka);
  const pool = await connectPostgres({ ...config.postgres, logger, health });
  await migrate(pool, INGESTION_SCHEMA, INGESTION_MIGRATIONS, logger);
  const redis = openRedis({ ...config.redis, logger, commandTimeoutMs: HEADS_TIMEOUT_MS });
  const events = new IngestionEvents(logger, metrics);
  const producer = new EventProducer(bus);
  const lookup = new RpcTransactionLookup(config.featureStoreAddress);
  const waiting = new PostgresWaitingLabelRepository(pool);
  const letters = scrubbedDeadLetters(producer.raw, cards);

  const transactions = new TransactionReceivedConsumer(producer, config.rules, cards, events);
  const labels = new LabelReceivedConsumer(producer, lookup, waiting, events, config.rules.maxFutureMs, cards);
  const shared = { bus, producer: letters, logger, metrics };
  const transactionsRuntime = new ConsumerRuntime({
    ...shared,
    groupId: TRANSACTIONS_GROUP,
    maxBatchRecords: 2_000,
    merge: { maxSkewMs: MAX_SKEW_MS },
    headExchange: new RedisHeadExchange(redis, TRANSACTIONS_GROUP),
    subscriptions: [transactions.subscription()],
  });
  const labelsRuntime = new ConsumerRuntime({
    ...shared,
    groupId: LABELS_GROUP,
    subscriptions: [labels.subscription()],
  });
  const deadLetters = new DeadLetters(letters, bus.admin, logger);
  const waitingLabels = new WaitingLabelsService(
    waiting,
    lookup,
    producer,
    deadLetters,
    events,
    systemClock,
    config.labels,
  );

  const intake = new IntakeService(producer, config.rules, cards, systemClock);
  const grpc = new GrpcServer({ logger, metrics, health });
  new IngestionController(intake).register(grpc);
  const app = await createHttpApp(AppModule.forRoot(intake, health, metrics), {
    logger,
    bodyLimitBytes: MAX_BATCH_BYTES,
    allowedHosts: config.process.allowedHosts,
  });
  await listenHttp(app, config.http.port, config.process.bindAddress);
  await grpc.listen(`${config.process.bindAddress}:${config.grpc.port}`);
  await Promise.all([transactionsRuntime.start(), labelsRuntime.start()]);
  waitingLabels.start();
  return {
    stop: async () => {
      await Promise.all([grpc.stop(), waitingLabels.stop(), transactionsRuntime.stop(), labelsRuntime.stop()]);
      await producer.close();
      lookup.close();
      redis.disconnect();
      await Promise.all([app.close(), pool.end(), bus.close()]);
    },
  };
}
