/** What is needed of ioredis. */
export interface BinaryRedis {
  mgetBuffer(...keys: string[]): Promise<(Buffer | null)[]>;
}

interface Read {
  readonly keys: readonly string[];
  resolve(values: (Buffer | null)[]): void;
  reject(thrown: unknown): void;
}

/** Keys of one command. Redis answers nobody else while it works on it: 1,000 states of 1 KiB take about a millisecond. */
const MAX_KEYS = 1_000;

/**
 * Gathers the reads of one turn of the event loop into one MGET. ioredis can pipeline by itself, but each pipeline costs more than a read, and the
 * set that it keeps of running ones lets V8 carry ended ones into the old generation (see TransientTable).
 */
export class GatheredReads implements BinaryRedis {
  private waiting: Read[] = [];

  constructor(
    private readonly redis: BinaryRedis,
    private readonly maxKeys = MAX_KEYS,
  ) {}

  /** Values in the order of the keys; null for a key that does not exist. Rejects with what the driver rejects with. */
  mgetBuffer(...keys: string[]): Promise<(Buffer | null)[]> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ keys, resolve, reject });
    });
  }

  private flush(): void {
    const reads = this.waiting;
    this.waiting = [];
    for (let from = 0; from < reads.length;) {
      let until = from;
      let count = 0;
      // At least one, however many keys it has.
      do count += (reads[until++] as Read).keys.length;
      while (until < reads.length && count + (reads[until] as Read).keys.length <= this.maxKeys);
      void this.send(reads.slice(from, until));
      from = until;
    }
  }

  private async send(reads: readonly Read[]): Promise<void> {
    try {
      const values = await this.redis.mgetBuffer(...reads.flatMap(({ keys }) => keys));
      let at = 0;
      for (const { keys, resolve } of reads) resolve(values.slice(at, (at += keys.length)));
    } catch (thrown) {
      for (const { reject } of reads) reject(thrown);
    }
  }
}
