import { asError, delay, failedPrecondition, unavailable } from '@fraudflow/core';
import { partitionName, type TopicPartition } from '../port/record.js';
import type { GroupMembership } from './group-membership.js';
import { isLostMembership } from './kafka-errors.js';

const COMMIT_ATTEMPTS = 5;
const COMMIT_RETRY_MS = 100;

type Offsets = Map<string, TopicPartition & { readonly offset: number }>;

export interface OffsetCommitsOptions {
  readonly membership: Pick<GroupMembership, 'commit'>;
  readonly signal: AbortSignal;
  /** Told of every failure: it may mean that the group rebalances. */
  onFailure(thrown: unknown): void;
}

/** Commits of all partitions that come up in one turn share one request. */
export class OffsetCommits {
  private waiting: Offsets = new Map();
  private flushing: Promise<void> | undefined;

  constructor(private readonly options: OffsetCommitsOptions) {}

  /**
   * Resolves when the offset is committed.
   * @throws AppError `failed_precondition` (FENCED) if the partition was lost meanwhile, `unavailable` (COMMIT_FAILED)
   */
  commit(target: TopicPartition, offset: number): Promise<void> {
    const { topic, partition } = target;
    this.waiting.set(partitionName(target), { topic, partition, offset });
    return (this.flushing ??= this.flush());
  }

  private async flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const offsets = this.waiting;
    this.waiting = new Map();
    this.flushing = undefined;
    await this.send(offsets);
  }

  private async send(offsets: Offsets): Promise<void> {
    const { membership, signal, onFailure } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await membership.commit(offsets);
      } catch (thrown) {
        onFailure(thrown);
        if (isLostMembership(thrown))
          throw failedPrecondition(`${[...offsets.keys()].join(', ')}: given to another member`, {
            code: 'FENCED',
            cause: thrown,
          });
        if (attempt === COMMIT_ATTEMPTS || signal.aborted) {
          throw unavailable(`committing ${[...offsets.keys()].join(', ')}: ${asError(thrown).message}`, {
            code: 'COMMIT_FAILED',
            cause: thrown,
          });
        }
        await delay(COMMIT_RETRY_MS * attempt, signal);
      }
    }
  }
}
