import { CONFIG, type Token } from '@fraudflow/service';
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
      description: 'How far an event time may be after the time at which the broker received the record.',
      default: '24h',
    }),
    maxAgeMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_MAX_AGE',
      description:
        'How far an event time may be before the time at which the broker received the record. The default permits the replay of history.',
      default: '7300d',
    }),
  }),
  cards: z.object({
    key: setting.secret({
      env: 'FRAUDFLOW_CARD_TOKEN_KEY',
      description:
        'Key of the card tokens: at least 32 bytes, base64. `up` creates one and stores it in the data folder.',
      minBase64Bytes: MIN_KEY_BYTES,
    }),
    inIds: setting.choice({
      env: 'FRAUDFLOW_INGESTION_CARD_NUMBERS_IN_IDS',
      description:
        'Treatment of a record whose transaction, customer or terminal id contains a card number: it becomes a dead letter (`refuse`), the number ' +
        'is replaced by a token (`tokenise`), or the id is kept (`keep`: only if ids are numbers; one in ten has the form of a card number). ' +
        'If such ids are kept, set also `FRAUDFLOW_SCORER_CARD_NUMBERS_IN_IDS` and `FRAUDFLOW_FEATURE_STORE_CARD_NUMBERS_IN_PUSHES`.',
      options: CARD_ID_RULES,
      default: 'refuse',
    }),
    keyVersion: setting.integer({
      env: 'FRAUDFLOW_CARD_TOKEN_KEY_VERSION',
      description: 'Version that each token contains, so that keys can be changed.',
      default: 1,
      min: 1,
      max: 9_999,
    }),
  }),
  intake: z.object({
    maxCalls: setting.integer({
      env: 'FRAUDFLOW_INGESTION_MAX_CALLS',
      description:
        'Maximum number of REST and gRPC calls that wait for Kafka. Further calls are refused immediately (503, RESOURCE_EXHAUSTED).',
      default: 256,
      min: 1,
      max: 10_000,
    }),
    maxBytes: setting.integer({
      env: 'FRAUDFLOW_INGESTION_MAX_WAITING_BYTES',
      description: 'Maximum number of bytes of the records of these calls.',
      unit: 'bytes',
      default: 16_777_216,
      min: 65_536,
      max: 1_073_741_824,
    }),
    timeoutMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_TIMEOUT',
      description: 'Maximum time that such a call waits for Kafka. An earlier gRPC deadline takes precedence.',
      default: '10s',
    }),
  }),
  labels: z.object({
    maxAheadMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_MAX_AHEAD',
      description:
        'How far `labelled_at` may be after the time at which the broker received the record: a replay sends labels directly after their transactions.',
      default: '90d',
    }),
    maxWaiting: setting.integer({
      env: 'FRAUDFLOW_INGESTION_MAX_WAITING_LABELS',
      description:
        'Maximum number of labels that wait for their transaction. Further labels become dead letters immediately.',
      default: 100_000,
      min: 1,
      max: 10_000_000,
    }),
    waitMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_WAIT',
      description:
        'Time that a label waits for its transaction before it becomes a dead letter, counted from the first lookup.',
      default: '24h',
    }),
    retryEveryMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_RETRY_EVERY',
      description:
        'First interval at which waiting labels are looked up again. It grows with the waiting time, up to one minute.',
      default: '2s',
    }),
  }),
});

export type IngestionConfig = z.output<typeof ingestionConfigSchema>;

/** Injection token of the settings. */
export const SETTINGS: Token<IngestionConfig> = CONFIG;
