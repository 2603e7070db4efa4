import { assert, delay } from '@fraudflow/core';
import { partitionName, type TopicPartition } from '../../port/record.js';
import { groupBy } from '../client/group-by.js';
import { type GroupMember, shareOut } from './group-assignment.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  joinGroupCall,
  type KafkajsBroker,
  type KafkajsCluster,
} from '../client/kafkajs-internals.js';
import { protocolErrorOf } from '../client/kafka-errors.js';

const PROTOCOL = 'fraudflow-sticky';
const LEAVE_TIMEOUT_MS = 2_000;

export interface GroupMembershipOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /**
   * Static membership (KIP-345): a restarted process with the same id gets its partitions back immediately, without a
   * rebalance.
   */
  readonly instanceId?: string | undefined;
  /** The incarnation of a topic that offsets are committed in; offsets of other incarnations are ignored. */
  incarnationOf(topic: string): string | undefined;
}

/**
 * One member of a consumer group at the protocol level: joins, sends heartbeats, commits offsets, leaves. Does not
 * process records.
 */
export class GroupMembership {
  private coordinator: KafkajsBroker | undefined;
  private memberId = '';
  private generationId = -1;
  private held: readonly TopicPartition[] = [];
  /** As the leader of the group: the number of partitions of each topic in the last assignment. */
  private readonly sharedOut = new Map<string, number>();

  constructor(
    private readonly cluster: KafkajsCluster,
    private readonly options: GroupMembershipOptions,
  ) {}

  /**
   * Joins (again) and returns the assigned partitions. Waits until all members have joined.
   * @throws kafkajs errors; join again after a transient one
   */
  async join(): Promise<readonly TopicPartition[]> {
    const { groupId } = this.options;
    try {
      this.coordinator = await this.cluster.findGroupCoordinator({ groupId });
      const joined = await this.coordinator.connectionPool.send(this.joinCall());
      this.memberId = joined.memberId;
      this.sharedOut.clear();
      this.generationId = joined.generationId;
      const assignment =
        joined.leaderId === joined.memberId && joined.members.length > 0
          ? await this.shareOut(joined.members.map(asGroupMember))
          : [];
      const { generationId, memberId } = this;
      const sync = { groupId, generationId, memberId, groupAssignment: assignment };
      this.held = decodeAssignment((await this.coordinator.syncGroup(sync)).memberAssignment);
      return this.held;
    } catch (thrown) {
      this.forgetIfUnknown(thrown);
      throw thrown;
    }
  }

  /** Sends a heartbeat. @throws kafkajs errors; REBALANCE_IN_PROGRESS and similar ones require a rejoin */
  async heartbeat(): Promise<void> {
    const { groupId } = this.options;
    await this.connected().heartbeat({ groupId, groupGenerationId: this.generationId, memberId: this.memberId });
  }

  /** @throws kafkajs errors */
  async commit(offsets: ReadonlyMap<string, TopicPartition & { readonly offset: number }>): Promise<void> {
    const { groupId, incarnationOf } = this.options;
    const topics = [...groupBy([...offsets.values()], ({ topic }) => topic)].map(([topic, list]) => ({
      topic,
      partitions: list.map(({ partition, offset }) => ({
        partition,
        offset: String(offset),
        metadata: incarnationOf(topic) ?? '',
      })),
    }));
    const member = { groupId, groupGenerationId: this.generationId, memberId: this.memberId };
    await this.connected().offsetCommit({ ...member, topics });
  }

  /** Committed offsets by partition name; partitions without one are left out. @throws kafkajs errors */
  async committed(targets: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    const topics = [...groupBy(targets, ({ topic }) => topic)].map(([topic, list]) => ({
      topic,
      partitions: list.map(({ partition }) => ({ partition })),
    }));
    const { responses } = await this.connected().offsetFetch({ groupId: this.options.groupId, topics });
    const found = new Map<string, number>();
    for (const { topic, partitions } of responses) {
      const incarnation = this.options.incarnationOf(topic);
      for (const { partition, offset, metadata } of partitions) {
        const isOfAnother = incarnation !== undefined && (metadata ?? '') !== '' && metadata !== incarnation;
        if (Number(offset) >= 0 && !isOfAnother) found.set(partitionName({ topic, partition }), Number(offset));
      }
    }
    return found;
  }

  /**
   * Leaves the group immediately. Never throws: the session timeout has the same effect later. A static member stays in
   * the group, so that it can return without a rebalance; otherwise its partitions are reassigned after the session
   * timeout.
   */
  async leave(): Promise<void> {
    const { memberId } = this;
    if (memberId === '' || !this.coordinator || this.options.instanceId !== undefined) return;
    this.memberId = '';
    const left = this.coordinator.leaveGroup({ groupId: this.options.groupId, memberId }).catch(() => undefined);
    const timer = new AbortController();
    await Promise.race([left, delay(LEAVE_TIMEOUT_MS, timer.signal)]);
    timer.abort();
  }

  /** True if this member is the group leader and a topic has more partitions than in the last assignment. */
  hasNewPartitions(): boolean {
    return [...this.sharedOut].some(([topic, count]) => this.cluster.findTopicPartitionMetadata(topic).length > count);
  }

  private joinCall(): ReturnType<typeof joinGroupCall> {
    const { groupId, topics, sessionTimeoutMs, rebalanceTimeoutMs, instanceId } = this.options;
    return joinGroupCall({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      memberId: this.memberId,
      groupInstanceId: instanceId ?? null,
      protocolType: 'consumer',
      groupProtocols: [{ name: PROTOCOL, metadata: encodeSubscription(topics, this.held) }],
    });
  }

  private async shareOut(members: readonly GroupMember[]): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const topics = [...new Set(members.flatMap((member) => member.topics))];
    await this.cluster.addMultipleTargetTopics(topics);
    await this.cluster.refreshMetadata();
    for (const topic of topics) this.sharedOut.set(topic, this.cluster.findTopicPartitionMetadata(topic).length);
    const shares = shareOut(members, (topic) =>
      this.cluster
        .findTopicPartitionMetadata(topic)
        .map((entry) => entry.partitionId)
        .toSorted((a, b) => a - b),
    );
    return [...shares].map(([memberId, share]) => ({ memberId, memberAssignment: encodeAssignment(share) }));
  }

  /**
   * A new member gets its id with the rejection of its first request; a member that the group has removed joins as
   * a new one.
   */
  private forgetIfUnknown(thrown: unknown): void {
    const assigned = (thrown as { name?: string; memberId?: string }) ?? {};
    if (assigned.name === 'KafkaJSMemberIdRequired' && assigned.memberId !== undefined)
      this.memberId = assigned.memberId;
    else if (protocolErrorOf(thrown) === 'UNKNOWN_MEMBER_ID') this.memberId = '';
  }

  private connected(): KafkajsBroker {
    assert(this.coordinator !== undefined, 'join is called first');
    return this.coordinator;
  }
}

function asGroupMember(member: { readonly memberId: string; readonly memberMetadata: Buffer }): GroupMember {
  return { id: member.memberId, ...decodeSubscription(member.memberMetadata) };
}
