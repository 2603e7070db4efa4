import { asError, delay, failedPrecondition, unavailable } from '@fraudflow/core';
import { partitionName, type TopicPartition } from '../port/record.js';
import type { GroupMembership } from './group-membership.js';
import { isLostMembership } from './kafka-errors.js';

const COMMIT_ATTEMPTS = 5;
const COMMIT_RETRY_MS = 100;
/**
 * Least time between two commit requests of a consumer, ms. At 1,000 records/s a consumer handles 200 batches a second, and a commit of each cost
 * the broker a tenth of its CPU. After a crash what was handled since the last commit is read again.
 */
const COMMIT_EVERY_MS = 100;

type Offsets = Map<string, TopicPartition & { readonly offset: number }>;

export interface OffsetCommitsOptions {
  readonly membership: Pick<GroupMembership, 'commit'>;
  readonly signal: AbortSignal;
  /** Called with every failure: it may mean that the group rebalances. */
  onFailure(thrown: unknown): void;
  /** Default: 100 ms. */
  readonly everyMs?: number;
}

/** Commits of a consumer's partitions: those of one turn share a request, one request is under way at a time, and requests keep a least distance. */
export class OffsetCommits {
  private waiting: Offsets = new Map();
  /** Of this turn: what comes up now still gets into the request. */
  private gathering: Promise<void> | undefined;
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: OffsetCommitsOptions) {}

  /**
   * Resolves when the offset is committed, or at once while a request is under way or was sent less than 100 ms ago: then it is sent as soon as
   * those are over, or by `flush`, and a failure shows as a rebalance or is tried again.
   * @throws AppError `failed_precondition` (FENCED) if the partition was lost meanwhile, `unavailable` (COMMIT_FAILED)
   */
  async commit(target: TopicPartition, offset: number): Promise<void> {
    const { topic, partition } = target;
    this.waiting.set(partitionName(target), { topic, partition, offset });
    if (this.gathering) return this.gathering;
    if (!this.sending && this.restMs <= 0) return this.send();
    this.arm();
  }

  /** Sends what waits. Resolves when that is committed or has failed; never throws: what is not committed is read again. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.sending) await this.sending.catch(() => undefined);
    if (this.waiting.size > 0) await this.send().catch(() => undefined);
  }

  private get restMs(): number {
    return this.sentAtMs + (this.options.everyMs ?? COMMIT_EVERY_MS) - performance.now();
  }

  private arm(): void {
    if (this.sending || this.options.signal.aborted) return;
    this.timer ??= setTimeout(() => void this.flush(), Math.max(0, this.restMs));
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
          throw failedPrecondition(`${names}: given to another member`, { code: 'FENCED', cause: thrown });
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

  /** Sent again with the next request, unless a later offset of the partition is waiting by then. */
  private putBack(offsets: Offsets): void {
    for (const [name, entry] of offsets) if (!this.waiting.has(name)) this.waiting.set(name, entry);
  }
}
