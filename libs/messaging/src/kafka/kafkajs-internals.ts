import { createRequire } from 'node:module';
import { Kafka, type KafkaConfig } from 'kafkajs';
import { assert } from '@fraudflow/core';

/**
 * The few inner parts of kafkajs 2.2.4 we stand on. The package is frozen (last release February 2023) and pinned to this
 * exact version, so they do not move; its public producer cannot give what we need (per-partition results, a producer id under our
 * control for fencing, retries that keep a batch and its sequence together).
 */
export interface KafkajsCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  findBroker(target: { nodeId: number | string }): Promise<KafkajsBroker>;
  findControllerBroker(): Promise<KafkajsBroker>;
  findGroupCoordinator(target: { groupId: string; coordinatorType: number }): Promise<KafkajsBroker>;
  removeBroker(address: { host: string; port: number }): void;
  readonly brokerPool: { metadata: { topicMetadata: readonly { topic: string; topicErrorCode: number }[] } | null };
}

export interface ProducerIdentity {
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface KafkajsBroker {
  readonly nodeId: number;
  readonly connectionPool: { send(call: ProtocolCall): Promise<unknown> };
  disconnect(): Promise<void>;
  initProducerId(request: { transactionalId?: string; transactionTimeout: number }): Promise<ProducerIdentity>;
  addPartitionsToTxn(
    request: ProducerIdentity & { transactionalId: string; topics: { topic: string; partitions: number[] }[] },
  ): Promise<unknown>;
  endTxn(request: ProducerIdentity & { transactionalId: string; transactionResult: boolean }): Promise<unknown>;
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: readonly { partitions: readonly unknown[] }[] }>;
}

export interface ProtocolCall {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<EncodedBody>;
  };
  readonly response: {
    decode(payload: Buffer): Promise<unknown>;
    parse(decoded: unknown): Promise<unknown>;
  };
}

/** What kafkajs takes for an encoder: it checks `buf` and copies `buffer`. */
export interface EncodedBody {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** kafkajs's COORDINATOR_TYPES.TRANSACTION. */
export const TRANSACTION_COORDINATOR = 1;
/** Isolation level of a fetch that does not see aborted transactions. */
export const READ_COMMITTED = 1;

const require = createRequire(import.meta.url);

/** A metadata cache with connections of its own, as kafkajs's producer and consumer use one. */
export function createCluster(config: KafkaConfig, metadataMaxAgeMs: number): KafkajsCluster {
  const kafka = new Kafka(config);
  const factory = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === 'private:Kafka:createCluster',
  );
  assert(factory !== undefined, 'kafkajs is not the version this code was written for (2.2.4)');
  const create = Reflect.get(kafka, factory) as (options: object) => KafkajsCluster;
  return create({ metadataMaxAge: metadataMaxAgeMs, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED });
}

export interface FetchedBatch {
  readonly messages: readonly KafkajsMessage[];
  readonly fetchedOffset: string;
  readonly highWatermark: string;
  lastOffset(): string;
}

export interface KafkajsMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers?: Record<string, Buffer | null | (Buffer | null)[]>;
}

type BatchConstructor = new (topic: string, fetchedOffset: string, partitionData: unknown) => FetchedBatch;
const Batch = require('kafkajs/src/consumer/batch') as BatchConstructor;

/** Builds kafkajs's batch from a raw fetch answer: drops aborted and control records as its consumer does. */
export function toBatch(topic: string, fetchedOffset: number, partitionData: unknown): FetchedBatch {
  return new Batch(topic, String(fetchedOffset), partitionData);
}

interface RequestQueuePrototype {
  scheduleCheckPendingRequests(this: { pending: unknown[]; throttledUntil: number }): void;
}

/**
 * kafkajs re-arms a timer with a negative delay after each response, that is every millisecond for ever on each connection
 * (tulios/kafkajs#1751). Nothing is to be checked while nothing is pending.
 */
export function quietIdleConnections(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueuePrototype & { quiet?: true };
  };
  if (prototype.quiet) return;
  const original = prototype.scheduleCheckPendingRequests;
  prototype.quiet = true;
  prototype.scheduleCheckPendingRequests = function scheduleIfPending(): void {
    if (this.pending.length > 0) original.call(this);
  };
}
