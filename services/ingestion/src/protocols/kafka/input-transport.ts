import type { ValidatedTransaction } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { type DecodedRecord, DeclaredBus, type RawProducer, type RawRecord } from '@fraudflow/messaging';
import { HealthRegistry } from '@fraudflow/observability';
import { openRedis, RedisWatermarkExchange } from '@fraudflow/redis';
import { LOGGER, METRICS, provide, Resources, StreamTransport, type Token } from '@fraudflow/service';
import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from '../../config.js';
import { LabelReceivedConsumer } from '../../stream/label-received.consumer.js';
import { TransactionReceivedConsumer } from '../../stream/transaction-received.consumer.js';
import { streams } from '../../streams.js';

/** While catching up, no partition is further ahead of the others in event time than this. */
const MAX_SKEW_MS = DAY_MS;
/** Timeout of the watermark exchange; after it a worker continues with the last watermarks it received. */
const EXCHANGE_TIMEOUT_MS = 1_000;
const MAX_BATCH_RECORDS = 1_000;

/**
 * Provider of the transport of the two input topics. Their records are decoded by ingestion's own rules.
 * @param deadLetters token of the writer of dead letters
 */
export function inputTransport(deadLetters: Token<RawProducer>): FactoryProvider<StreamTransport> {
  return provide(
    StreamTransport,
    {
      config: SETTINGS,
      logger: LOGGER,
      metrics: METRICS,
      health: HealthRegistry,
      resources: Resources,
      bus: DeclaredBus,
      producer: deadLetters,
      transactions: TransactionReceivedConsumer,
      labels: LabelReceivedConsumer,
    },
    ({ config, logger, metrics, health, resources, bus, producer, transactions, labels }) => {
      const redis = openRedis({ ...config.redis, logger, commandTimeoutMs: EXCHANGE_TIMEOUT_MS });
      resources.add(redis, (opened) => opened.disconnect());
      const { group } = streams.consume.transactions;
      return new StreamTransport({
        streams,
        bus,
        producer,
        logger,
        metrics,
        health,
        readers: {},
        groups: {
          [group]: {
            maxBatchRecords: MAX_BATCH_RECORDS,
            merge: { maxSkewMs: MAX_SKEW_MS },
            watermarkExchange: new RedisWatermarkExchange(redis, streams.state.watermarks.name),
          },
        },
        inputs: {
          transactions: {
            decode: (raw: RawRecord) => transactions.decode(raw),
            eventTimeMs: ({ value }: DecodedRecord<ValidatedTransaction>) => Date.parse(value.occurred_at),
          },
          labels: { decode: (raw: RawRecord) => labels.decode(raw) },
        },
      });
    },
  );
}
