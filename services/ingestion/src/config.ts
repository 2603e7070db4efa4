import {
  conversionSettings,
  grpcPort,
  httpPort,
  kafkaSettings,
  limitsSettings,
  postgresSettings,
  processSettings,
  redisSettings,
  serviceAddress,
  setting,
} from '@fraudflow/config';
import { z } from 'zod';
import { CARD_ID_RULES } from './cards/card-numbers-in-ids.js';
import { MIN_KEY_BYTES } from './cards/card-tokeniser.js';

/** Settings of the ingestion service. */
export const ingestionConfigSchema = z.object({
  process: processSettings,
  kafka: kafkaSettings,
  postgres: postgresSettings,
  redis: redisSettings,
  http: z.object({ port: httpPort('ingestion', 7071) }),
  grpc: z.object({ port: grpcPort('ingestion', 7070) }),
  featureStoreAddress: serviceAddress('feature-store', 'GRPC', '127.0.0.1:6565'),
  limits: limitsSettings,
  money: conversionSettings,
  rules: z.object({
    maxAmount: setting.decimal({
      env: 'FRAUDFLOW_INGESTION_MAX_AMOUNT',
      description: 'Largest amount accepted, after conversion into the base currency.',
      unit: 'major units',
      default: 1_000_000,
      min: 0.01,
      max: 10_000_000,
    }),
    maxFutureMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_MAX_FUTURE',
      description: 'How far an event time may lie after the time the broker took the record.',
      default: '24h',
    }),
    maxAgeMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_MAX_AGE',
      description: 'How far an event time may lie before it. Wide by default, so that history can be replayed.',
      default: '7300d',
    }),
  }),
  cards: z.object({
    key: setting.secret({
      env: 'FRAUDFLOW_CARD_TOKEN_KEY',
      description: 'Key of the card tokens: at least 32 bytes, base64. `up` makes one and keeps it in the data folder.',
      minBase64Bytes: MIN_KEY_BYTES,
    }),
    inIds: setting.choice({
      env: 'FRAUDFLOW_INGESTION_CARD_NUMBERS_IN_IDS',
      description:
        'What becomes of a record whose transaction, customer or terminal id holds a card number: a dead letter (`refuse`), a token in its ' +
        'place (`tokenise`), or nothing (`keep`: only where ids are numbers that look like card numbers and are none; one in ten would). ' +
        'Where such ids are kept, set also `FRAUDFLOW_SCORER_CARD_NUMBERS_IN_IDS` and `FRAUDFLOW_FEATURE_STORE_CARD_NUMBERS_IN_PUSHES`.',
      options: CARD_ID_RULES,
      default: 'refuse',
    }),
    keyVersion: setting.integer({
      env: 'FRAUDFLOW_CARD_TOKEN_KEY_VERSION',
      description: 'Version written into each token, so that keys can be changed.',
      default: 1,
      min: 1,
      max: 9_999,
    }),
  }),
  intake: z.object({
    maxCalls: setting.integer({
      env: 'FRAUDFLOW_INGESTION_MAX_CALLS',
      description:
        'REST and gRPC calls that wait for Kafka at a time. More are refused at once (503, RESOURCE_EXHAUSTED).',
      default: 256,
      min: 1,
      max: 10_000,
    }),
    maxBytes: setting.integer({
      env: 'FRAUDFLOW_INGESTION_MAX_WAITING_BYTES',
      description: 'Bytes of their records.',
      unit: 'bytes',
      default: 16_777_216,
      min: 65_536,
      max: 1_073_741_824,
    }),
    timeoutMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_TIMEOUT',
      description: 'Longest time such a call waits for Kafka. A gRPC deadline that ends before counts instead.',
      default: '10s',
    }),
  }),
  labels: z.object({
    maxAheadMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_MAX_AHEAD',
      description:
        'How far `labelled_at` may lie after the time the broker took the record: a replay announces labels right behind their transactions.',
      default: '90d',
    }),
    maxWaiting: setting.integer({
      env: 'FRAUDFLOW_INGESTION_MAX_WAITING_LABELS',
      description: 'Labels that wait for their transaction at a time. More become dead letters at once.',
      default: 100_000,
      min: 1,
      max: 10_000_000,
    }),
    waitMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_WAIT',
      description:
        'How long a label waits for its transaction, from when ingestion first looked for it, before it becomes a dead letter.',
      default: '24h',
    }),
    retryEveryMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_RETRY_EVERY',
      description:
        'How often waiting labels are looked up again at first; the longer one waits the rarer, at least once a minute.',
      default: '2s',
    }),
  }),
});

export type IngestionConfig = z.output<typeof ingestionConfigSchema>;
