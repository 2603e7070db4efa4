import { partitionName } from '../port/record.js';
import type { KafkajsBroker } from './kafkajs-internals.js';
import { type EncodedPartition, type PartitionAnswer, produceCall } from './produce-call.js';

interface Waiting {
  readonly entries: readonly EncodedPartition[];
  resolve(answers: readonly PartitionAnswer[]): void;
  reject(reason: unknown): void;
}

/**
 * Puts what several writers send to one broker in the same turn into one request. Each batch keeps its own producer id and sequence, which the
 * broker checks partition by partition; a request costs the broker many times what one more partition in it does.
 */
export class ProduceCombiner {
  /** What goes out with the next request to a broker; undefined while nothing waits for it. */
  private readonly waiting = new Map<number, Waiting[] | undefined>();

  constructor(
    private readonly brokerOf: (nodeId: number) => Promise<KafkajsBroker>,
    private readonly timeoutMs: number,
  ) {}

  /** Sends and resolves with the answers of the request these entries went out with. @throws what the connection throws */
  send(nodeId: number, entries: readonly EncodedPartition[]): Promise<readonly PartitionAnswer[]> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(nodeId);
      if (queue) return void queue.push({ entries, resolve, reject });
      this.waiting.set(nodeId, [{ entries, resolve, reject }]);
      setImmediate(() => this.flush(nodeId));
    });
  }

  private flush(nodeId: number): void {
    const queue = this.waiting.get(nodeId) ?? [];
    // The key stays: a Map that loses and gains it with each request keeps its old tables alive (see TransientTable).
    this.waiting.set(nodeId, undefined);
    for (const group of withoutRepeats(queue)) void this.sendGroup(nodeId, group);
  }

  private async sendGroup(nodeId: number, group: readonly Waiting[]): Promise<void> {
    try {
      const broker = await this.brokerOf(nodeId);
      const entries = group.flatMap((waiting) => waiting.entries);
      const answers = await broker.connectionPool.send(produceCall(entries, this.timeoutMs));
      for (const { resolve } of group) resolve(answers);
    } catch (thrown) {
      for (const { reject } of group) reject(thrown);
    }
  }
}

/** The broker refuses a request that names a partition twice: what would repeat one goes into a further request, in order. */
function withoutRepeats(queue: readonly Waiting[]): Waiting[][] {
  const groups: { readonly names: Set<string>; readonly members: Waiting[] }[] = [];
  for (const waiting of queue) {
    const names = waiting.entries.map(partitionName);
    let group = groups.at(-1);
    if (!group || names.some((name) => group?.names.has(name)))
      groups.push((group = { names: new Set(), members: [] }));
    group.members.push(waiting);
    for (const name of names) group.names.add(name);
  }
  return groups.map(({ members }) => members);
}
