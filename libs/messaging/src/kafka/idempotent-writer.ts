import { AppError, asError, delay, failedPrecondition, invalidInput, unavailable } from '@fraudflow/core';
import { partitionName, type OutgoingRecord } from '../port/record.js';
import type { PartitionRecords, RecordWriter } from '../port/record-writer.js';
import { requestBuffers } from './buffer-pool.js';
import { groupBy } from './group-by.js';
import { asBusError, PRODUCE_CODES } from './kafka-errors.js';
import type { ProducerIdentity } from './kafkajs-internals.js';
import type { PartitionAnswer } from './produce-call.js';
import { encodeRecordBatch } from './record-batch.js';
import type { SharedCluster } from './shared-cluster.js';

const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 1_000;
const SEQUENCE_LIMIT = 2 ** 31;

/** A group on its way: encoded once, so that every attempt sends the very same bytes and sequence. */
interface Attempt extends PartitionRecords {
  readonly batch: Buffer;
}

type Failures = Map<OutgoingRecord, AppError>;

export interface IdempotentWriterOptions {
  readonly deliveryTimeoutMs: number;
  /** Gets a producer id. Called at the first write and again when the broker no longer accepts the old one. */
  identify(): Promise<ProducerIdentity>;
  /** False: the id is a fence and must not be replaced by another behind the owner's back. */
  readonly renewable: boolean;
}

/**
 * Produces with sequence numbers, one request at a time. A batch is tried again unchanged until the broker says yes, so
 * a lost answer makes no duplicate. kafkajs's own producer cannot promise that: between two attempts of one send it lets
 * another send take the same sequence, and the broker then drops the second as a repeat, silently.
 */
export class IdempotentWriter implements RecordWriter {
  private identity: ProducerIdentity | undefined;
  private spent: AppError | undefined;
  private readonly sequences = new Map<string, number>();
  private readonly closing = new AbortController();

  constructor(
    private readonly cluster: SharedCluster,
    private readonly options: IdempotentWriterOptions,
  ) {}

  async write(groups: readonly PartitionRecords[]): Promise<ReadonlyMap<OutgoingRecord, AppError>> {
    const failures: Failures = new Map();
    if (this.spent) {
      failAll(groups, this.spent, failures);
      return failures;
    }
    try {
      const known = await this.withKnownTopics(groups, failures);
      if (known.length > 0) await this.deliver(known, failures);
    } catch (thrown) {
      failAll(groups, asBusError(thrown, 'producing'), failures);
    }
    return failures;
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async withKnownTopics(groups: readonly PartitionRecords[], failures: Failures): Promise<PartitionRecords[]> {
    const known: PartitionRecords[] = [];
    for (const [topic, ofTopic] of groupBy(groups, (group) => group.topic)) {
      try {
        await this.cluster.ready([topic]);
        known.push(...ofTopic);
      } catch (thrown) {
        failAll(ofTopic, asBusError(thrown, `topic ${topic}`), failures);
      }
    }
    return known;
  }

  private async deliver(groups: readonly PartitionRecords[], failures: Failures): Promise<void> {
    const identity = this.identity ?? (await this.renewIdentity());
    let pending = groups.map((group): Attempt => this.encode(group, identity));
    const giveUpAt = performance.now() + this.options.deliveryTimeoutMs;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS)) {
      const { again, reason } = await this.attempt(pending, failures);
      if (again.length === 0) return;
      pending = again;
      if (performance.now() > giveUpAt || this.closing.signal.aborted) {
        return this.spend(pending, unknownOutcome('no broker took the records in time', reason), failures);
      }
      await delay(backoffMs, this.closing.signal);
      await this.cluster.recover(reason);
    }
  }

  private async renewIdentity(): Promise<ProducerIdentity> {
    const identity = await this.options.identify();
    this.sequences.clear();
    this.identity = identity;
    return identity;
  }

  private encode(group: PartitionRecords, identity: ProducerIdentity): Attempt {
    const sequence = this.sequences.get(partitionName(group)) ?? 0;
    return { ...group, batch: encodeRecordBatch(group.records, identity, sequence, Date.now()) };
  }

  /** Sends each leader its share. Returns what has to be sent again, unchanged. */
  private async attempt(
    pending: readonly Attempt[],
    failures: Failures,
  ): Promise<{ again: Attempt[]; reason: unknown }> {
    const again: Attempt[] = [];
    let reason: unknown;
    const byLeader = groupBy(pending, (entry) => this.cluster.leaderOf(entry.topic, entry.partition));
    await Promise.all(
      [...byLeader].map(async ([leader, entries]) => {
        if (leader === undefined) return void again.push(...entries);
        try {
          const answers = await this.cluster.produce(leader, entries);
          again.push(...(await this.settle(entries, answers, failures)));
        } catch (thrown) {
          reason = thrown;
          again.push(...entries);
        }
      }),
    );
    // Made only when needed: an error takes its stack along, and this path runs for every write.
    if (again.length > 0) reason ??= unavailable('the partition has no leader');
    return { again, reason };
  }

  private async settle(
    entries: readonly Attempt[],
    answers: readonly PartitionAnswer[],
    failures: Failures,
  ): Promise<Attempt[]> {
    const codes = new Map(answers.map((answer) => [partitionName(answer), answer.errorCode]));
    const again: Attempt[] = [];
    for (const entry of entries) {
      const code = codes.get(partitionName(entry));
      if (code === PRODUCE_CODES.ok || code === PRODUCE_CODES.duplicateSequence) this.advance(entry);
      else if (includes(PRODUCE_CODES.fenced, code)) this.spend([entry], fenced(entry), failures);
      else if (includes(PRODUCE_CODES.sequenceLost, code))
        this.spend([entry], unknownOutcome(`sequence lost (${code})`), failures);
      else if (includes(PRODUCE_CODES.denied, code))
        failAll([entry], new AppError('permission_denied', `not allowed to write ${entry.topic}`), failures);
      else if (includes(PRODUCE_CODES.tooLarge, code)) await this.isolate(entry, failures);
      else again.push(entry);
    }
    return again;
  }

  private advance(entry: Attempt): void {
    const name = partitionName(entry);
    const next = (this.sequences.get(name) ?? 0) + entry.records.length;
    this.sequences.set(name, next % SEQUENCE_LIMIT);
    requestBuffers.give(entry.batch);
  }

  /** The broker refuses a batch as too large: sends its records one by one, so that only the guilty ones fail. */
  private async isolate(entry: Attempt, failures: Failures): Promise<void> {
    if (entry.records.length === 1) {
      const reason = `a record for ${partitionName(entry)} exceeds the topic's max.message.bytes`;
      return failAll([entry], invalidInput(reason, { code: 'RECORD_TOO_LARGE' }), failures);
    }
    for (const record of entry.records) {
      if (this.spent) failures.set(record, this.spent);
      else await this.deliver([{ ...entry, records: [record] }], failures);
    }
  }

  /** These records are lost or perhaps not; their sequence numbers must never carry other records, so the id ends with them. */
  private spend(entries: readonly PartitionRecords[], error: AppError, failures: Failures): void {
    failAll(entries, error, failures);
    this.identity = undefined;
    if (!this.options.renewable) this.spent = error;
  }
}

function failAll(groups: readonly PartitionRecords[], error: AppError, failures: Failures): void {
  for (const group of groups) for (const record of group.records) failures.set(record, error);
}

function includes(codes: readonly number[], code: number | undefined): boolean {
  return code !== undefined && codes.includes(code);
}

function unknownOutcome(why: string, cause?: unknown): AppError {
  const reason = cause === undefined ? why : `${why}: ${asError(cause).message}`;
  return unavailable(reason, { code: 'PRODUCE_OUTCOME_UNKNOWN', ...(cause === undefined ? {} : { cause }) });
}

function fenced(entry: PartitionRecords): AppError {
  return failedPrecondition(`another writer has taken over ${partitionName(entry)}`, { code: 'FENCED' });
}
