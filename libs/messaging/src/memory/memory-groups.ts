import { failedPrecondition } from '@fraudflow/core';
import { partitionName, type TopicPartition } from '../port/record.js';
import type { MemoryLog } from './memory-log.js';

export interface MemoryMember {
  readonly id: string;
  readonly topics: readonly string[];
}

interface Group {
  generation: number;
  readonly members: Map<string, MemoryMember>;
  /** Members that have drained and wait for the new generation. */
  readonly joined: Map<string, (assignment: readonly TopicPartition[]) => void>;
  readonly committed: Map<string, number>;
}

/** Consumer groups with Kafka's semantics: a rebalance waits until every live member has drained and joined again. */
export class MemoryGroups {
  private readonly groups = new Map<string, Group>();

  constructor(private readonly log: MemoryLog) {}

  /** Resolves with the member's partitions once the whole group has joined. */
  join(groupId: string, member: MemoryMember): Promise<readonly TopicPartition[]> {
    const group = this.group(groupId);
    if (!group.members.has(member.id)) {
      group.members.set(member.id, member);
      this.startRebalance(group);
    }
    return new Promise((resolve) => {
      group.joined.set(member.id, resolve);
      this.completeIfAllJoined(group);
    });
  }

  /** Ends a membership, on request or after a session timeout. */
  leave(groupId: string, memberId: string): void {
    const group = this.group(groupId);
    if (!group.members.delete(memberId)) return;
    group.joined.delete(memberId);
    this.startRebalance(group);
    this.completeIfAllJoined(group);
  }

  isMember(groupId: string, memberId: string): boolean {
    return this.group(groupId).members.has(memberId);
  }

  generation(groupId: string): number {
    return this.group(groupId).generation;
  }

  commit(groupId: string, memberId: string, target: TopicPartition, nextOffset: number): void {
    const group = this.group(groupId);
    if (!group.members.has(memberId))
      throw failedPrecondition(`${memberId} is no longer a member of ${groupId}`, { code: 'FENCED' });
    group.committed.set(partitionName(target), nextOffset);
  }

  committed(groupId: string, target: TopicPartition): number | undefined {
    return this.group(groupId).committed.get(partitionName(target));
  }

  /** Rebalances the groups that read one of the topics. */
  topicsChanged(topics: readonly string[]): void {
    for (const group of this.groups.values()) {
      const reads = [...group.members.values()].some((member) => member.topics.some((topic) => topics.includes(topic)));
      if (reads) this.startRebalance(group);
    }
  }

  /** Deletes the committed offsets of a deleted topic. */
  forget(topic: string): void {
    for (const group of this.groups.values()) {
      for (const name of group.committed.keys())
        if (name.slice(0, name.lastIndexOf(':')) === topic) group.committed.delete(name);
    }
    this.topicsChanged([topic]);
  }

  private startRebalance(group: Group): void {
    group.generation++;
    this.log.wake();
  }

  private completeIfAllJoined(group: Group): void {
    if (group.joined.size < group.members.size) return;
    const ids = [...group.members.keys()].toSorted();
    const assigned = new Map<string, TopicPartition[]>(ids.map((id) => [id, []]));
    const topics = new Set([...group.members.values()].flatMap((member) => member.topics));
    let turn = 0;
    for (const topic of topics) {
      for (let partition = 0; partition < (this.log.partitionCount(topic) ?? 0); partition++) {
        assigned.get(ids[turn++ % ids.length] ?? '')?.push({ topic, partition });
      }
    }
    for (const [id, resolve] of group.joined) resolve(assigned.get(id) ?? []);
    group.joined.clear();
  }

  private group(groupId: string): Group {
    let group = this.groups.get(groupId);
    if (!group)
      this.groups.set(
        groupId,
        (group = { generation: 0, members: new Map(), joined: new Map(), committed: new Map() }),
      );
    return group;
  }
}
