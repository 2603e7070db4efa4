import { createHash } from 'node:crypto';
import { deadLetterTopicName, HEADERS } from '@fraudflow/contracts';
import { AppError, asError } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BusAdmin, RawProducer } from '../../port/bus.js';
import {
  headerText,
  type OutgoingRecord,
  type RawRecord,
  type RecordHeaders,
  type TopicPartition,
} from '../../port/record.js';
import type { MessagingMetrics } from './messaging-metrics.js';

const MAX_REASON_CHARACTERS = 500;
/** Bytes kept of a value that is too large for the dead-letter topic. */
const KEPT_BYTES = 64 * 1024;
const KEPT_KEY_BYTES = 1024;

/** Headers of a dead letter whose value is truncated: size and digest of the original value. */
export const VALUE_BYTES_HEADER = 'dlq-value-bytes';
export const VALUE_SHA256_HEADER = 'dlq-value-sha256';

const OWN_HEADERS: ReadonlySet<string> = new Set(Object.values(HEADERS).filter((name) => name.startsWith('dlq-')));

/** A record that cannot be processed, with the reason. */
export interface DeadLetter {
  readonly origin: TopicPartition;
  readonly raw: RawRecord;
  readonly reason: Error;
  readonly attempts: number;
}

/**
 * Writes bad records to `<topic>.dlq` with their original key, value and headers, and with the reason. If the topic
 * rejects a record as too large, only the beginning of its value is kept, with its size and digest: no record may block
 * its partition.
 */
export class DeadLetters {
  private readonly partitionCounts = new Map<string, number | undefined>();

  constructor(
    private readonly producer: RawProducer,
    private readonly admin: BusAdmin,
    private readonly logger: Logger,
    private readonly metrics?: MessagingMetrics,
  ) {}

  /**
   * Resolves when all letters are in the dead-letter topic; only then may their offsets be committed. Without such a
   * topic the record stays in the source log only, and an error line names its position.
   * @throws errors of the producer, e.g. AppError `unavailable`; then the caller repeats the call
   */
  async write(letters: readonly DeadLetter[]): Promise<void> {
    const records: OutgoingRecord[] = [];
    for (const letter of letters) {
      const topic = deadLetterTopicName(letter.origin.topic);
      const partitions = await this.partitionCount(topic);
      if (partitions === undefined) this.reportUnkept(letter);
      else records.push(toRecord(letter, { topic, partition: letter.origin.partition % partitions }));
    }
    await this.writeAll(records, letters);
    for (const { origin, reason } of letters)
      this.metrics?.deadLetters.inc({ topic: origin.topic, code: codeOf(reason) });
  }

  private async writeAll(records: readonly OutgoingRecord[], letters: readonly DeadLetter[]): Promise<void> {
    try {
      return await this.producer.write(records);
    } catch (thrown) {
      if (!isTooLarge(thrown)) throw thrown;
    }
    // Letters that fit may be written twice; each names the position of its original.
    for (const record of records) await this.writeShortened(record, letters);
  }

  private async writeShortened(record: OutgoingRecord, letters: readonly DeadLetter[]): Promise<void> {
    for (const attempt of [record, shortened(record), withoutOrigin(record)]) {
      try {
        return await this.producer.write([attempt]);
      } catch (thrown) {
        if (!isTooLarge(thrown)) throw thrown;
      }
    }
    const offset = headerText({ headers: record.headers as RecordHeaders }, HEADERS.dlqOffset);
    const letter = letters.find(({ raw }) => String(raw.offset) === offset);
    if (letter) this.reportUnkept(letter);
  }

  private async partitionCount(topic: string): Promise<number | undefined> {
    if (!this.partitionCounts.has(topic)) this.partitionCounts.set(topic, await this.admin.partitionCount(topic));
    return this.partitionCounts.get(topic);
  }

  private reportUnkept({ origin, raw, reason }: DeadLetter): void {
    // Copied field by field: the origin may be the record itself, whose payload must not reach the log.
    const { topic, partition } = origin;
    const details = { event: 'bad_record_skipped', topic, partition, offset: raw.offset, code: codeOf(reason) };
    this.logger.error({ ...details, reason: reason.message }, 'no dead-letter topic: the record stays in the log only');
  }
}

function toRecord({ origin, raw, reason, attempts }: DeadLetter, target: TopicPartition): OutgoingRecord {
  return {
    ...target,
    key: raw.key,
    value: raw.value,
    headers: {
      ...raw.headers,
      [HEADERS.dlqTopic]: origin.topic,
      [HEADERS.dlqPartition]: String(origin.partition),
      [HEADERS.dlqOffset]: String(raw.offset),
      [HEADERS.dlqErrorCode]: codeOf(reason),
      [HEADERS.dlqReason]: reason.message.slice(0, MAX_REASON_CHARACTERS),
      [HEADERS.dlqField]: reason instanceof AppError ? reason.field : undefined,
      [HEADERS.dlqAttempts]: String(attempts),
    },
  };
}

/** The same letter with a truncated value. */
function shortened(record: OutgoingRecord): OutgoingRecord {
  const value = Buffer.from(record.value ?? '');
  const headers = { ...(record.headers as RecordHeaders), ...digestOf(value) };
  return { ...record, value: value.subarray(0, KEPT_BYTES), headers };
}

/**
 * As `shortened`, for a record whose key or headers are too large: keeps only the dead-letter headers and a truncated
 * key.
 */
function withoutOrigin(record: OutgoingRecord): OutgoingRecord {
  const value = Buffer.from(record.value ?? '');
  const own = Object.entries(record.headers as RecordHeaders).filter(([name]) => OWN_HEADERS.has(name));
  const key = record.key === null ? null : Buffer.from(record.key).subarray(0, KEPT_KEY_BYTES);
  return {
    ...record,
    key,
    value: value.subarray(0, KEPT_BYTES),
    headers: { ...Object.fromEntries(own), ...digestOf(value) },
  };
}

function digestOf(value: Buffer): RecordHeaders {
  const sha256 = createHash('sha256').update(value).digest('hex');
  return { [VALUE_BYTES_HEADER]: String(value.length), [VALUE_SHA256_HEADER]: sha256 };
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === 'RECORD_TOO_LARGE';
}

function codeOf(reason: Error): string {
  return reason instanceof AppError ? reason.code : `HANDLER_${asError(reason).name.toUpperCase()}`;
}
