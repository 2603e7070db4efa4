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
      description: 'Largest amount accepted.',
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
    keyVersion: setting.integer({
      env: 'FRAUDFLOW_CARD_TOKEN_KEY_VERSION',
      description: 'Version written into each token, so that keys can be changed.',
      default: 1,
      min: 1,
      max: 9_999,
    }),
  }),
  labels: z.object({
    waitMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_WAIT',
      description: 'How long a label waits for its transaction before it becomes a dead letter.',
      default: '24h',
    }),
    retryEveryMs: setting.durationMs({
      env: 'FRAUDFLOW_INGESTION_LABEL_RETRY_EVERY',
      description: 'How often waiting labels are looked up again.',
      default: '2s',
    }),
  }),
});

export type IngestionConfig = z.output<typeof ingestionConfigSchema>;
