import { partitionName, type TopicPartition } from '../port/record.js';

/** What a member of a consumer group tells the one that shares the partitions out. */
export interface GroupMember {
  readonly id: string;
  readonly topics: readonly string[];
  /** Partitions it held until now; claims to the same one go by member id. */
  readonly held: readonly TopicPartition[];
}

/**
 * Shares partitions out so that counts differ by at most one (per set of members that want the topic) and members keep what they have:
 * what stays keeps its decoded state. Deterministic: the same members and partitions give the same shares.
 */
export function shareOut(
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => readonly number[],
): ReadonlyMap<string, readonly TopicPartition[]> {
  const inOrder = members.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((member) => new Share(member));
  const topics = [...new Set(inOrder.flatMap(({ wanted }) => [...wanted]))].toSorted();
  const all = topics.flatMap((topic) => partitionsOf(topic).map((partition) => ({ topic, partition })));
  const free = new Map(all.map((target) => [partitionName(target), target]));
  keepHeld(inOrder, free);
  for (const target of free.values()) {
    const takers = inOrder.filter(({ wanted }) => wanted.has(target.topic));
    const smallest = Math.min(...takers.map(({ given }) => given.length));
    takers.find(({ given }) => given.length === smallest)?.given.push(target);
  }
  return new Map(inOrder.map(({ id, given }) => [id, given]));
}

/** What one member wants, had, and is given. */
class Share {
  readonly id: string;
  readonly wanted: ReadonlySet<string>;
  readonly held: readonly TopicPartition[];
  readonly given: TopicPartition[] = [];

  constructor({ id, topics, held }: GroupMember) {
    this.id = id;
    this.wanted = new Set(topics);
    this.held = held;
  }
}

/** Members keep what they had up to their quota: all may have the smaller one, as many as the remainder says one more. */
function keepHeld(shares: readonly Share[], free: Map<string, TopicPartition>): void {
  const quota = Math.floor(free.size / Math.max(1, shares.length));
  let larger = free.size - quota * shares.length;
  for (const { held, wanted, given } of shares) {
    const limit = larger > 0 ? quota + 1 : quota;
    for (const target of held) {
      if (given.length >= limit || !wanted.has(target.topic) || !free.delete(partitionName(target))) continue;
      given.push(target);
    }
    if (given.length > quota) larger--;
  }
}
