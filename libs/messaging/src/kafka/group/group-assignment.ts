import { partitionName, type TopicPartition } from '../../port/record.js';

/** Properties of a member from which the group leader assigns partitions. */
export interface GroupMember {
  readonly id: string;
  readonly topics: readonly string[];
  /** Partitions of its last assignment; of several members that claim one, the first by member id keeps it. */
  readonly held: readonly TopicPartition[];
}

/**
 * Assigns partitions so that counts differ by at most one (per set of members that subscribe to the topic) and members
 * keep their partitions, because a kept partition keeps its decoded state. Deterministic: the same members and
 * partitions give the same assignment.
 */
export function shareOut(
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => readonly number[],
): ReadonlyMap<string, readonly TopicPartition[]> {
  const inOrder = members.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((member) => new Share(member));
  const topics = [...new Set(inOrder.flatMap(({ subscribed }) => [...subscribed]))].toSorted();
  const all = topics.flatMap((topic) => partitionsOf(topic).map((partition) => ({ topic, partition })));
  const free = new Map(all.map((target) => [partitionName(target), target]));
  keepHeld(inOrder, free);
  for (const target of free.values()) {
    const takers = inOrder.filter(({ subscribed }) => subscribed.has(target.topic));
    const smallest = Math.min(...takers.map(({ given }) => given.length));
    takers.find(({ given }) => given.length === smallest)?.given.push(target);
  }
  return new Map(inOrder.map(({ id, given }) => [id, given]));
}

/** One member's subscription, earlier assignment and new assignment. */
class Share {
  readonly id: string;
  readonly subscribed: ReadonlySet<string>;
  readonly held: readonly TopicPartition[];
  readonly given: TopicPartition[] = [];

  constructor({ id, topics, held }: GroupMember) {
    this.id = id;
    this.subscribed = new Set(topics);
    this.held = held;
  }
}

/**
 * Members keep their partitions up to their quota: the smaller quota for all, one more for as many members as the
 * division leaves a remainder.
 */
function keepHeld(shares: readonly Share[], free: Map<string, TopicPartition>): void {
  const quota = Math.floor(free.size / Math.max(1, shares.length));
  let larger = free.size - quota * shares.length;
  for (const { held, subscribed, given } of shares) {
    const limit = larger > 0 ? quota + 1 : quota;
    for (const target of held) {
      if (given.length >= limit || !subscribed.has(target.topic) || !free.delete(partitionName(target))) continue;
      given.push(target);
    }
    if (given.length > quota) larger--;
  }
}
