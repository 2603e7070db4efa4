import { createRequire } from 'node:module';
import { Kafka, type KafkaConfig } from 'kafkajs';
import { assert } from '@fraudflow/core';
import type { EncodedBody } from '@fraudflow/runtime-tuning';
import { partitionName, type TopicPartition } from '../../port/record.js';
import { groupBy } from './group-by.js';

/**
 * The internal parts of kafkajs 2.2.4 that we use. The package is frozen (last release February 2023) and pinned to
 * this exact version, so they are stable. Its public producer lacks per-partition results, a caller-controlled producer
 * id for fencing, and retries that keep a batch and its sequence together.
 */
export interface KafkajsCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  /** Topics whose metadata is cached; a refresh fails as a whole while one of them does not exist. */
  readonly targetTopics: Set<string>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  findBroker(target: { nodeId: number | string }): Promise<KafkajsBroker>;
  findControllerBroker(): Promise<KafkajsBroker>;
  /** Without a type: the coordinator of a consumer group. */
  findGroupCoordinator(target: { groupId: string; coordinatorType?: number }): Promise<KafkajsBroker>;
  removeBroker(address: { host: string; port: number }): void;
  readonly brokerPool: { metadata: { topicMetadata: readonly { topic: string; topicErrorCode: number }[] } | null };
}

export interface ProducerIdentity {
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface KafkajsBroker {
  readonly nodeId: number;
  /** By API key: what the broker supports; null before the first connection. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { send<Answer>(call: ProtocolCall<Answer>): Promise<Answer> };
  disconnect(): Promise<void>;
  initProducerId(request: { transactionalId?: string; transactionTimeout: number }): Promise<ProducerIdentity>;
  addPartitionsToTxn(
    request: ProducerIdentity & { transactionalId: string; topics: { topic: string; partitions: number[] }[] },
  ): Promise<unknown>;
  endTxn(request: ProducerIdentity & { transactionalId: string; transactionResult: boolean }): Promise<unknown>;
  syncGroup(request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: GroupMemberIds): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetCommit(
    request: GroupMemberIds & {
      topics: readonly {
        topic: string;
        partitions: readonly { partition: number; offset: string; metadata?: string }[];
      }[];
    },
  ): Promise<unknown>;
  offsetFetch(request: {
    groupId: string;
    topics: readonly { topic: string; partitions: readonly { partition: number }[] }[];
  }): Promise<{
    responses: readonly {
      topic: string;
      partitions: readonly { partition: number; offset: string; metadata: string | null }[];
    }[];
  }>;
}

interface GroupMemberIds {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
}

export interface ProtocolCall<Answer = unknown> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<EncodedBody>;
  };
  readonly response: {
    decode(payload: Buffer): Promise<Answer>;
    parse(decoded: Answer): Promise<Answer>;
  };
  /** Default: the request timeout of the connection, ms. */
  readonly requestTimeout?: number;
}

/** kafkajs's COORDINATOR_TYPES.TRANSACTION. */
export const TRANSACTION_COORDINATOR = 1;

const require = createRequire(import.meta.url);

/** A metadata cache with separate connections, as kafkajs's producer and consumer use one. */
export function createCluster(config: KafkaConfig, metadataMaxAgeMs: number): KafkajsCluster {
  const kafka = new Kafka(config);
  const factory = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === 'private:Kafka:createCluster',
  );
  assert(factory !== undefined, 'kafkajs is not the version this code was written for (2.2.4)');
  const create = Reflect.get(kafka, factory) as (options: object) => KafkajsCluster;
  return create({ metadataMaxAge: metadataMaxAgeMs, allowAutoTopicCreation: false });
}

export interface JoinedGroup {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  /** Set for the leader only. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

const JOIN_GRACE_MS = 5_000;

interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocolType: 'consumer';
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

/**
 * A JoinGroup v5 call: kafkajs can encode the instance id of a static member, but its `Broker.joinGroup` does not pass
 * it on.
 */
export function joinGroupCall(request: JoinGroupRequest): ProtocolCall<JoinedGroup> {
  const encode = require('kafkajs/src/protocol/requests/joinGroup/v5/request') as (
    values: JoinGroupRequest,
  ) => ProtocolCall['request'];
  const response =
    require('kafkajs/src/protocol/requests/joinGroup/v5/response') as ProtocolCall<JoinedGroup>['response'];
  // The response arrives when all members have joined.
  return { request: encode(request), response, requestTimeout: request.rebalanceTimeout + JOIN_GRACE_MS };
}

interface AssignerProtocol {
  readonly MemberMetadata: {
    encode(values: { version: number; topics: readonly string[]; userData: Buffer }): Buffer;
    decode(bytes: Buffer): { topics: string[]; userData: Buffer | null };
  };
  readonly MemberAssignment: {
    encode(values: { version: number; assignment: Record<string, number[]> }): Buffer;
    decode(bytes: Buffer): { assignment: Record<string, number[]> } | null;
  };
}

const protocol = require('kafkajs/src/consumer/assignerProtocol') as AssignerProtocol;

/** Encodes a member's subscription: its topics, and as user data the names of the partitions it holds. */
export function encodeSubscription(topics: readonly string[], held: readonly TopicPartition[]): Buffer {
  const userData = Buffer.from(held.map(partitionName).join(' '), 'utf8');
  return protocol.MemberMetadata.encode({ version: 0, topics, userData });
}

/** Decodes a subscription that `encodeSubscription` encoded. */
export function decodeSubscription(bytes: Buffer): { topics: string[]; held: TopicPartition[] } {
  const { topics, userData } = protocol.MemberMetadata.decode(bytes);
  const names = userData?.toString('utf8').split(' ') ?? [];
  const held = names.flatMap((name) => {
    const at = name.lastIndexOf(':');
    return at > 0 ? [{ topic: name.slice(0, at), partition: Number(name.slice(at + 1)) }] : [];
  });
  return { topics, held };
}

/** Encodes the partitions that the group leader assigns to a member. */
export function encodeAssignment(share: readonly TopicPartition[]): Buffer {
  const byTopic = groupBy(share, ({ topic }) => topic);
  const entries = [...byTopic].map(([topic, list]) => [topic, list.map(({ partition }) => partition)]);
  return protocol.MemberAssignment.encode({ version: 0, assignment: Object.fromEntries(entries) as never });
}

/** Decodes an assignment; empty for a member without partitions. */
export function decodeAssignment(bytes: Buffer): TopicPartition[] {
  const { assignment } = protocol.MemberAssignment.decode(bytes) ?? { assignment: {} };
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}
