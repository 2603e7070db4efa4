import { partitionName } from '../../port/record.js';
import type { KafkajsBroker } from '../client/kafkajs-internals.js';
import { type EncodedPartition, produceCall } from './produce-call.js';

interface Waiting {
  readonly entry: EncodedPartition;
  resolve(errorCode: number | undefined): void;
  reject(reason: unknown): void;
}

/**
 * Combines the batches that several writers send to one broker in the same turn into one request. Each batch keeps its
 * producer id and sequence, which the broker checks per partition. A request costs the broker much more than one more
 * partition in a request.
 */
export class ProduceCombiner {
  /** Batches for the next request to a broker; undefined if none. */
  private readonly waiting = new Map<number, Waiting[] | undefined>();

  constructor(
    private readonly brokerOf: (nodeId: number) => Promise<KafkajsBroker>,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Sends a batch and resolves with the partition's error code, 0 for success; undefined if the response has none.
   * @throws the connection's errors
   */
  send(nodeId: number, entry: EncodedPartition): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(nodeId);
      if (queue) return void queue.push({ entry, resolve, reject });
      this.waiting.set(nodeId, [{ entry, resolve, reject }]);
      setImmediate(() => this.flush(nodeId));
    });
  }

  private flush(nodeId: number): void {
    const queue = this.waiting.get(nodeId) ?? [];
    // The key is kept: a Map that loses and gains it with each request keeps its old tables alive (see TransientTable).
    this.waiting.set(nodeId, undefined);
    for (const group of withoutRepeats(queue)) void this.sendGroup(nodeId, group);
  }

  private async sendGroup(nodeId: number, group: readonly Waiting[]): Promise<void> {
    try {
      const broker = await this.brokerOf(nodeId);
      const entries = group.map(({ entry }) => entry);
      const answers = await broker.connectionPool.send(produceCall(entries, this.timeoutMs));
      const codes = new Map(answers.map((answer) => [partitionName(answer), answer.errorCode]));
      for (const { entry, resolve } of group) resolve(codes.get(partitionName(entry)));
    } catch (thrown) {
      for (const { reject } of group) reject(thrown);
    }
  }
}

/**
 * The broker rejects a request that names a partition twice: further batches of a partition are moved to further
 * requests, in order.
 */
function withoutRepeats(queue: readonly Waiting[]): Waiting[][] {
  const groups: Waiting[][] = [];
  /** Number of requests per partition that already contain it. */
  const used = new Map<string, number>();
  for (const waiting of queue) {
    const name = partitionName(waiting.entry);
    const request = used.get(name) ?? 0;
    used.set(name, request + 1);
    (groups[request] ??= []).push(waiting);
  }
  return groups;
}
