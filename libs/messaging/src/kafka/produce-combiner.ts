import { partitionName } from '../port/record.js';
import type { KafkajsBroker } from './kafkajs-internals.js';
import { type EncodedPartition, produceCall } from './produce-call.js';

interface Waiting {
  readonly entry: EncodedPartition;
  resolve(errorCode: number | undefined): void;
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

  /** Sends and resolves with the partition's error code, 0 for success; undefined if the answer has none. @throws what the connection throws */
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
    // The key stays: a Map that loses and gains it with each request keeps its old tables alive (see TransientTable).
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

/** The broker refuses a request that names a partition twice: what would repeat one goes into a further request, in order. */
function withoutRepeats(queue: readonly Waiting[]): Waiting[][] {
  const groups: Waiting[][] = [];
  /** By partition: how many of the requests name it already. */
  const used = new Map<string, number>();
  for (const waiting of queue) {
    const name = partitionName(waiting.entry);
    const request = used.get(name) ?? 0;
    used.set(name, request + 1);
    (groups[request] ??= []).push(waiting);
  }
  return groups;
}
