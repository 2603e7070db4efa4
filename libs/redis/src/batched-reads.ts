import { asError } from '@fraudflow/core';
import type { KeyReads, StoredValues } from './key-reads.js';

/** Maximum number of keys per MGET, so that no reply delays other clients for long. */
const MAX_KEYS = 2_000;

interface Waiting {
  readonly keys: readonly string[];
  readonly deliver: (values: StoredValues) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Combines all reads of one turn of the event loop into one MGET: the reads of one request need one round trip, and
 * concurrent requests share one command. This is cheaper than the client's pipelining of single commands. Only for a
 * single-node Redis, because the keys of an MGET may belong to different hash slots.
 */
export class BatchedReads implements KeyReads {
  private waiting: Waiting[] = [];

  constructor(private readonly reads: KeyReads) {}

  read<T>(keys: readonly string[], use: (values: StoredValues) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const deliver = (values: StoredValues): void => {
        try {
          resolve(use(values));
        } catch (thrown) {
          reject(asError(thrown));
        }
      };
      if (this.waiting.push({ keys, deliver, reject }) === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const { waiting } = this;
    this.waiting = [];
    for (let from = 0; from < waiting.length;) {
      let to = from;
      let count = 0;
      while (to < waiting.length && (to === from || count + (waiting[to]?.keys.length ?? 0) <= MAX_KEYS)) {
        count += waiting[to++]?.keys.length ?? 0;
      }
      this.send(waiting.slice(from, to));
      from = to;
    }
  }

  private send(batch: readonly Waiting[]): void {
    const [first] = batch;
    const isAlone = batch.length === 1 && first !== undefined;
    const keys = isAlone ? first.keys : batch.flatMap((one) => one.keys);
    const deliverAll = (values: StoredValues): void => {
      if (isAlone) return first.deliver(values);
      let at = 0;
      for (const { keys: own, deliver } of batch) deliver(values.slice(at, (at += own.length)));
    };
    this.reads.read(keys, deliverAll).catch((thrown: unknown) => {
      for (const { reject } of batch) reject(thrown);
    });
  }
}
