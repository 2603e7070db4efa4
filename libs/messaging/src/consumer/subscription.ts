import type { TopicDefinition } from '@fraudflow/contracts';
import type { DecodedRecord } from './handling/decoded-record.js';
import { jsonDecoder, type DecoderOptions, type ValueDecoder } from './json-decoder.js';
import type { BatchHandler } from './handling/batch-handler.js';
import { groupDriver, type PartitionDriver } from './partition-driver.js';

/** How the records of a subscription are decoded and handled. */
export interface SubscriptionOptions<Value> extends DecoderOptions {
  /** Event time of a record in ms, for merging partitions; NaN if it has none. Default: the occurred-at header. */
  readonly eventTimeMs?: (record: DecodedRecord<Value>) => number;
  /**
   * Run handlers in the trace of the batch's first record, for topics whose handlers call other services. Off on the
   * hot path: outputs carry their record's trace context anyway, and async context tracking slows every promise of the
   * process.
   */
  readonly traced?: boolean;
  /** Replaces the topic's JSON decoder. */
  readonly decode?: ValueDecoder<Value>;
}

/** One topic that a runtime reads, with its decoder and driver. Created by `subscribe` or by a stage. */
export interface Subscription<Value> {
  readonly topic: string;
  /** Tombstones are deletions on compacted topics and bad records elsewhere. */
  readonly skipsTombstones: boolean;
  readonly decode: ValueDecoder<Value>;
  readonly eventTimeMs: (record: DecodedRecord<Value>) => number;
  readonly traced: boolean;
  readonly driver: PartitionDriver<Value>;
}

/** A subscription of any value type. The runtime passes each record only to the driver of its own subscription. */
export type AnySubscription = Subscription<never>;

/** Subscribes to a topic with group offsets, at least once. */
export function subscribe<Value>(
  topic: TopicDefinition<Value>,
  handle: BatchHandler<Value>,
  options: SubscriptionOptions<Value> = {},
): AnySubscription {
  return subscription(topic, groupDriver(handle), options);
}

/** Creates a subscription with the given driver. Stages and `subscribe` use it. */
export function subscription<Value>(
  topic: Pick<TopicDefinition, 'name' | 'cleanup' | 'schema'>,
  driver: PartitionDriver<Value>,
  options: SubscriptionOptions<Value> = {},
): AnySubscription {
  const created: Subscription<Value> = {
    topic: topic.name,
    skipsTombstones: topic.cleanup === 'compact',
    decode: decoderOf(topic, options),
    eventTimeMs: options.eventTimeMs ?? ((record) => Date.parse(record.occurredAt ?? '')),
    traced: options.traced ?? false,
    driver,
  };
  return created as unknown as AnySubscription;
}

/** The decoder of a topic's values: the subscription's own, or by default that of the topic's JSON schema. */
export function decoderOf<Value>(
  topic: Pick<TopicDefinition, 'schema'>,
  options: SubscriptionOptions<Value>,
): ValueDecoder<Value> {
  return options.decode ?? jsonDecoder<Value>(topic as Pick<TopicDefinition<Value>, 'schema'>, options);
}
