import { systemClock, RateTable } from '@fraudflow/core';
import { DeadLetters, DeclaredBus, EventProducer, type RawProducer } from '@fraudflow/messaging';
import { HealthRegistry, type ServiceContext } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import {
  BackgroundWork,
  currencyRates,
  GrpcTransport,
  KafkaModule,
  LOGGER,
  METRICS,
  provide,
  Resources,
  ServiceModule,
  token,
} from '@fraudflow/service';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CardTokeniser } from './cards/card-tokeniser.js';
import { scrubbedDeadLetters } from './cards/scrubbed-dead-letters.js';
import { type IngestionConfig, SETTINGS } from './config.js';
import { IngestionEvents } from './events.js';
import { IntakeGate } from './intake/intake-gate.js';
import { IntakeService } from './intake/intake.service.js';
import { RecordReader } from './intake/record-reader.js';
import {
  INGESTION_MIGRATIONS,
  PostgresPendingLabelRepository,
} from './labels/adapters/postgres-pending-label.repository.js';
import { RpcTransactionLookup } from './labels/adapters/rpc-transaction-lookup.js';
import { PendingLabelRepository } from './labels/pending-label.repository.js';
import { TransactionLookup } from './labels/transaction-lookup.port.js';
import { INGESTION_SERVICE, IngestionController, INTAKE_LIMITS } from './protocols/grpc/ingestion.controller.js';
import { InputController } from './protocols/kafka/input.controller.js';
import { inputTransport } from './protocols/kafka/input-transport.js';
import { IntakeController } from './protocols/rest/intake.controller.js';
import { RatesController } from './protocols/rest/rates.controller.js';
import { RatesService } from './rates/rates.service.js';
import { LabelReceivedConsumer } from './stream/label-received.consumer.js';
import { PendingLabelsService } from './stream/pending-labels.service.js';
import { TransactionReceivedConsumer } from './stream/transaction-received.consumer.js';
import { streams } from './streams.js';
import { Canonicaliser } from './transactions/canonical-transaction.js';

/** Writer of dead letters, which replaces card numbers. */
const DEAD_LETTERS = token<RawProducer>('dead letters');

const infrastructure: readonly Provider[] = [
  currencyRates(),
  provide(
    PendingLabelRepository,
    { config: SETTINGS, logger: LOGGER, health: HealthRegistry, resources: Resources },
    async ({ config: { postgres }, logger, health, resources }) => {
      const pool = resources.add(await connectPostgres({ ...postgres, logger, health }), (opened) => opened.end());
      await migrate(pool, streams.state.pendingLabels.name, INGESTION_MIGRATIONS, logger);
      return new PostgresPendingLabelRepository(pool);
    },
  ),
  provide(
    TransactionLookup,
    { config: SETTINGS, events: IngestionEvents, resources: Resources },
    ({ config: { featureStoreAddress }, events, resources }) => {
      const failed = (error: Error): void => events.labelCheckFailed(error);
      const lookup = new RpcTransactionLookup(featureStoreAddress, systemClock, failed);
      return resources.add(lookup, (opened) => opened.close());
    },
  ),
  provide(
    DEAD_LETTERS,
    { config: SETTINGS, producer: EventProducer, cards: CardTokeniser },
    ({ config: { limits }, producer, cards }) =>
      scrubbedDeadLetters(producer.raw, cards, { maxValueBytes: limits.maxRecordBytes }),
  ),
];

const intake: readonly Provider[] = [
  provide(
    IngestionEvents,
    { logger: LOGGER, metrics: METRICS },
    ({ logger, metrics }) => new IngestionEvents(logger, metrics),
  ),
  provide(
    CardTokeniser,
    { config: SETTINGS },
    ({ config: { cards } }) => new CardTokeniser(cards.key.reveal(), cards.keyVersion),
  ),
  provide(RecordReader, { config: SETTINGS, cards: CardTokeniser, rates: RateTable }, recordReader),
  provide(
    IntakeService,
    { config: SETTINGS, producer: EventProducer, reader: RecordReader, cards: CardTokeniser },
    ({ config, producer, reader, cards }) =>
      new IntakeService({ producer, reader, cards, gate: new IntakeGate(config.intake), clock: systemClock }),
  ),
  provide(
    RatesService,
    { config: SETTINGS, producer: EventProducer, rates: RateTable },
    ({ config: { money, limits, rules }, producer, rates }) => {
      const bounds = {
        baseCurrency: money.baseCurrency,
        maxAgeMs: rules.maxAgeMs,
        maxRecordBytes: limits.maxRecordBytes,
      };
      return new RatesService(producer, rates, bounds, systemClock);
    },
  ),
];

const stream: readonly Provider[] = [
  provide(
    TransactionReceivedConsumer,
    { producer: EventProducer, reader: RecordReader, events: IngestionEvents },
    ({ producer, reader, events }) => new TransactionReceivedConsumer(producer, reader, events),
  ),
  provide(
    LabelReceivedConsumer,
    {
      config: SETTINGS,
      producer: EventProducer,
      lookup: TransactionLookup,
      waiting: PendingLabelRepository,
      reader: RecordReader,
      events: IngestionEvents,
    },
    ({ config: { labels }, producer, lookup, waiting, reader, events }) => {
      const { maxWaiting } = labels;
      return new LabelReceivedConsumer({ producer, lookup, waiting, reader, events, clock: systemClock, maxWaiting });
    },
  ),
  provide(
    PendingLabelsService,
    {
      config: SETTINGS,
      repository: PendingLabelRepository,
      lookup: TransactionLookup,
      producer: EventProducer,
      events: IngestionEvents,
      writer: DEAD_LETTERS,
      bus: DeclaredBus,
      logger: LOGGER,
    },
    ({ config: { labels }, repository, lookup, producer, events, writer, bus, logger }) => {
      const deadLetters = new DeadLetters(writer, bus.admin, logger);
      const parts = { repository, lookup, producer, deadLetters, events, clock: systemClock };
      return new PendingLabelsService(parts, labels);
    },
  ),
];

const servers: readonly Provider[] = [
  provide(
    BackgroundWork,
    { pendingLabels: PendingLabelsService },
    ({ pendingLabels }) => new BackgroundWork([pendingLabels]),
  ),
  provide(
    GrpcTransport,
    { config: SETTINGS, logger: LOGGER, metrics: METRICS, health: HealthRegistry },
    ({ config, logger, metrics, health }) =>
      new GrpcTransport({
        logger,
        metrics,
        health,
        maxMessageBytes: INTAKE_LIMITS.messageBytes,
        address: `${config.process.bindAddress}:${config.grpc.port}`,
        services: [INGESTION_SERVICE],
      }),
  ),
  inputTransport(DEAD_LETTERS),
];

/** Ingestion as one Nest application: REST, gRPC and the two input topics. */
@Module({})
export class AppModule {
  static forRoot(context: ServiceContext<IngestionConfig>): DynamicModule {
    const { kafka, limits } = context.config;
    return {
      module: AppModule,
      imports: [
        ServiceModule.forRoot(context),
        KafkaModule.forRoot({ streams, kafka, topics: { ...kafka, maxRecordBytes: limits.maxRecordBytes } }),
      ],
      controllers: [IntakeController, RatesController, IngestionController, InputController],
      providers: [...infrastructure, ...intake, ...stream, ...servers],
    };
  }
}

interface ReaderParts {
  readonly config: IngestionConfig;
  readonly cards: CardTokeniser;
  readonly rates: RateTable;
}

function recordReader({ config, cards, rates }: ReaderParts): RecordReader {
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
