import { asError, delay, failedPrecondition, unavailable } from '@fraudflow/core';
import { partitionName, type TopicPartition } from '../../port/record.js';
import type { GroupMembership } from './group-membership.js';
import { isLostMembership } from '../client/kafka-errors.js';

const COMMIT_ATTEMPTS = 5;
const COMMIT_RETRY_MS = 100;
/**
 * Minimum time between two commit requests of a consumer, ms. A commit for each batch would take a tenth of the
 * broker's CPU at 1,000 records/s. After a crash, records handled since the last commit are read again.
 */
const COMMIT_EVERY_MS = 100;

type Offsets = Map<string, TopicPartition & { readonly offset: number }>;

export interface OffsetCommitsOptions {
  readonly membership: Pick<GroupMembership, 'commit'>;
  readonly signal: AbortSignal;
  /** Called with every failure, because it may indicate a rebalance. */
  onFailure(thrown: unknown): void;
  /** Default: 100 ms. */
  readonly everyMs?: number;
}

/**
 * Offset commits of a consumer's partitions: commits of one turn share a request, one request is in flight at a time,
 * and requests keep a minimum interval.
 */
export class OffsetCommits {
  private waiting: Offsets = new Map();
  /** The request of this turn, which later offsets of the turn still join. */
  private gathering: Promise<void> | undefined;
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: OffsetCommitsOptions) {}

  /**
   * Resolves when the offset is committed, or immediately while a request is in flight or was sent less than 100 ms
   * ago. A deferred offset is sent as soon as possible, or by `flush`; its failure shows as a rebalance or is retried.
   * @throws AppError `failed_precondition` (FENCED) if the partition has been lost, `unavailable` (COMMIT_FAILED)
   */
  async commit(target: TopicPartition, offset: number): Promise<void> {
    const { topic, partition } = target;
    this.waiting.set(partitionName(target), { topic, partition, offset });
    if (this.gathering) return this.gathering;
    if (!this.sending && this.waitMs <= 0) return this.send();
    this.arm();
  }

  /**
   * Sends the deferred offsets. Resolves when they are committed or have failed. Never throws: records without a
   * committed offset are read again.
   */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.sending) await this.sending.catch(() => undefined);
    if (this.waiting.size > 0) await this.send().catch(() => undefined);
  }

  private get waitMs(): number {
    return this.sentAtMs + (this.options.everyMs ?? COMMIT_EVERY_MS) - performance.now();
  }

  private arm(): void {
    if (this.sending || this.options.signal.aborted) return;
    this.timer ??= setTimeout(() => void this.flush(), Math.max(0, this.waitMs));
  }

  private send(): Promise<void> {
    const request = this.gather().then((offsets) => this.attempt(offsets));
    this.gathering = request;
    this.sending = request.finally(() => {
      this.sending = undefined;
      if (this.waiting.size > 0) this.arm();
    });
    return this.sending;
  }

  private async gather(): Promise<Offsets> {
    await new Promise((resolve) => setImmediate(resolve));
    const offsets = this.waiting;
    this.waiting = new Map();
    this.gathering = undefined;
    this.sentAtMs = performance.now();
    return offsets;
  }

  private async attempt(offsets: Offsets): Promise<void> {
    const { membership, signal, onFailure } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await membership.commit(offsets);
      } catch (thrown) {
        onFailure(thrown);
        const names = [...offsets.keys()].join(', ');
        if (isLostMembership(thrown))
          throw failedPrecondition(`${names}: the partitions belong to another member`, {
            code: 'FENCED',
            cause: thrown,
          });
        if (attempt === COMMIT_ATTEMPTS || signal.aborted) {
          this.putBack(offsets);
          throw unavailable(`committing ${names}: ${asError(thrown).message}`, {
            code: 'COMMIT_FAILED',
            cause: thrown,
          });
        }
        await delay(COMMIT_RETRY_MS * attempt, signal);
      }
    }
  }

  /** Keeps the offsets for the next request, unless a later offset of the partition is waiting. */
  private putBack(offsets: Offsets): void {
    for (const [name, entry] of offsets) if (!this.waiting.has(name)) this.waiting.set(name, entry);
  }
}
