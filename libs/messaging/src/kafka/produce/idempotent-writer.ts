import { AppError, asError, delay, failedPrecondition, invalidInput, unavailable } from '@fraudflow/core';
import { partitionName, type OutgoingRecord } from '../../port/record.js';
import type { Failures, PartitionRecords, RecordWriter } from '../../port/record-writer.js';
import { requestBuffers } from '../wire/request-buffers.js';
import { asBusError, PRODUCE_CODES } from '../client/kafka-errors.js';
import type { ProducerIdentity } from '../client/kafkajs-internals.js';
import { encodeRecordBatch } from '../wire/record-batch.js';
import type { SharedCluster } from '../cluster/shared-cluster.js';

const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 1_000;
const SEQUENCE_LIMIT = 2 ** 31;

/** A group in flight: encoded once, so that every attempt sends the same bytes and sequence. */
interface Attempt extends PartitionRecords {
  readonly batch: Buffer;
  readonly giveUpAt: number;
}

/** The producer id that a partition is written with, and the sequence number of its next record. */
interface SequenceState {
  readonly identity: ProducerIdentity;
  next: number;
}

const NO_FAILURES: Failures = new Map();

export interface IdempotentWriterOptions {
  readonly deliveryTimeoutMs: number;
  /** Allocates a producer id. Called at the first write and again when the broker no longer accepts the old one. */
  identify(): Promise<ProducerIdentity>;
  /** False: the id is a fence and must not be replaced without its owner. */
  readonly renewable: boolean;
}

/**
 * Produces with sequence numbers, one batch of a partition at a time. A batch is retried unchanged until the broker
 * confirms it, so a lost response causes no duplicate. kafkajs's producer cannot guarantee that: between two attempts
 * of one send, another send may take the same sequence, and the broker silently drops the second as a duplicate.
 */
export class IdempotentWriter implements RecordWriter {
  private newest: Promise<ProducerIdentity> | undefined;
  private spent: AppError | undefined;
  private readonly lines = new Map<string, SequenceState>();
  private readonly closing = new AbortController();

  constructor(
    private readonly cluster: SharedCluster,
    private readonly options: IdempotentWriterOptions,
  ) {}

  write(
    groups: readonly PartitionRecords[],
    settled: (group: PartitionRecords, failures: Failures) => void,
  ): Promise<void> {
    return new Promise((resolve) => {
      let open = groups.length;
      for (const group of groups) {
        let isOpen = true;
        const answered = (): void => {
          if (isOpen && --open === 0) resolve();
          isOpen = false;
        };
        void this.deliver(group, answered).then((failures) => {
          settled(group, failures);
          answered();
        });
      }
    });
  }

  /** Resolves when the group is settled. */
  writeOne(group: PartitionRecords): Promise<Failures> {
    return this.deliver(group, () => undefined);
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  /** @param failedOnce called when an attempt fails and is retried */
  private async deliver(group: PartitionRecords, failedOnce: () => void): Promise<Failures> {
    if (this.spent) return allFailed(group, this.spent);
    try {
      await this.cluster.ready([group.topic]);
      return await this.untilSettled(await this.encode(group), failedOnce);
    } catch (thrown) {
      return allFailed(group, asBusError(thrown, `producing to ${group.topic}`));
    }
  }

  private async encode(group: PartitionRecords): Promise<Attempt> {
    const name = partitionName(group);
    let line = this.lines.get(name);
    if (line === undefined) this.lines.set(name, (line = { identity: await this.identity(), next: 0 }));
    const batch = encodeRecordBatch(group.records, line.identity, line.next, Date.now());
    return { ...group, batch, giveUpAt: performance.now() + this.options.deliveryTimeoutMs };
  }

  private identity(): Promise<ProducerIdentity> {
    this.newest ??= this.options.identify().catch((thrown: unknown) => {
      this.newest = undefined;
      throw thrown;
    });
    return this.newest;
  }

  private async untilSettled(attempt: Attempt, failedOnce: () => void): Promise<Failures> {
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS)) {
      let reason: unknown;
      try {
        const leader = this.cluster.leaderOf(attempt.topic, attempt.partition);
        const code = leader === undefined ? undefined : await this.cluster.produce(leader, attempt);
        const failures = code === undefined ? undefined : await this.interpret(attempt, code);
        if (failures) return failures;
      } catch (thrown) {
        reason = thrown;
      }
      failedOnce();
      // Created only when needed: creating an error captures a stack trace, and this path runs for every write.
      reason ??= unavailable(`${partitionName(attempt)} has no leader that accepts records`);
      if (performance.now() > attempt.giveUpAt || this.closing.signal.aborted)
        return this.retireIdentity(attempt, unknownOutcome('no broker accepted the records in time', reason));
      await delay(backoffMs, this.closing.signal);
      await this.cluster.recover(reason);
    }
  }

  /** Interprets the broker's response; undefined: send it again, unchanged. */
  private interpret(attempt: Attempt, code: number): Failures | Promise<Failures> | undefined {
    if (code === PRODUCE_CODES.ok || code === PRODUCE_CODES.duplicateSequence) {
      this.advance(attempt);
      return NO_FAILURES;
    }
    if (PRODUCE_CODES.fenced.includes(code)) return this.retireIdentity(attempt, fenced(attempt));
    if (PRODUCE_CODES.sequenceLost.includes(code))
      return this.retireIdentity(attempt, unknownOutcome(`sequence lost (${code})`));
    if (PRODUCE_CODES.denied.includes(code))
      return allFailed(attempt, new AppError('permission_denied', `not allowed to write ${attempt.topic}`));
    return PRODUCE_CODES.tooLarge.includes(code) ? this.halve(attempt) : undefined;
  }

  private advance(attempt: Attempt): void {
    const line = this.lines.get(partitionName(attempt));
    if (line) line.next = (line.next + attempt.records.length) % SEQUENCE_LIMIT;
    requestBuffers.give(attempt.batch);
  }

  /**
   * The broker rejected the batch as too large and wrote nothing of it: bisects it, in order, so that only records that
   * are too large fail.
   */
  private async halve({ topic, partition, records }: Attempt): Promise<Failures> {
    if (records.length === 1) {
      const reason = `a record for ${topic}:${partition} exceeds the topic's max.message.bytes`;
      return allFailed({ topic, partition, records }, invalidInput(reason, { code: 'RECORD_TOO_LARGE' }));
    }
    const middle = records.length >> 1;
    const failures = new Map<OutgoingRecord, AppError>();
    for (const half of [records.slice(0, middle), records.slice(middle)]) {
      const group = { topic, partition, records: half };
      // After records with an unknown outcome no later record may be written.
      const blocking = [...failures.values()].find(({ code }) => code !== 'RECORD_TOO_LARGE');
      const failed = blocking ? allFailed(group, blocking) : await this.writeOne(group);
      for (const [record, error] of failed) failures.set(record, error);
    }
    return failures;
  }

  /**
   * The outcome of these records is unknown. Their sequence numbers must never carry other records, so the partition
   * gets another producer id.
   */
  private retireIdentity(group: PartitionRecords, error: AppError): Failures {
    this.lines.delete(partitionName(group));
    this.newest = undefined;
    if (!this.options.renewable) this.spent = error;
    return allFailed(group, error);
  }
}

function allFailed({ records }: PartitionRecords, error: AppError): Failures {
  return new Map(records.map((record) => [record, error]));
}

function unknownOutcome(why: string, cause?: unknown): AppError {
  const reason = cause === undefined ? why : `${why}: ${asError(cause).message}`;
  return unavailable(reason, { code: 'PRODUCE_OUTCOME_UNKNOWN', ...(cause === undefined ? {} : { cause }) });
}

function fenced(entry: PartitionRecords): AppError {
  return failedPrecondition(`another writer has taken over ${partitionName(entry)}`, { code: 'FENCED' });
}
