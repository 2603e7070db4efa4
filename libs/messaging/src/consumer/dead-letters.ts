import { deadLetterTopicName, HEADERS } from '@fraudflow/contracts';
import { AppError, asError } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BusAdmin, RawProducer } from '../port/bus.js';
import type { OutgoingRecord, RawRecord, TopicPartition } from '../port/record.js';
import type { MessagingMetrics } from './messaging-metrics.js';

const MAX_REASON_CHARACTERS = 500;

export interface DeadLetter {
  readonly origin: TopicPartition;
  readonly raw: RawRecord;
  readonly reason: Error;
  readonly attempts: number;
}

/** Where bad records go: `<topic>.dlq`, with the very key, value and headers they came with, and why. */
export class DeadLetters {
  private readonly partitionCounts = new Map<string, number | undefined>();

  constructor(
    private readonly producer: RawProducer,
    private readonly admin: BusAdmin,
    private readonly logger: Logger,
    private readonly metrics?: MessagingMetrics,
  ) {}

  /**
   * Resolves when all are on the dead-letter topic; only then may their offsets be committed. Without such a topic the record stays
   * where it lies in the log, and a loud line says where.
   */
  async write(letters: readonly DeadLetter[]): Promise<void> {
    const records: OutgoingRecord[] = [];
    for (const letter of letters) {
      const topic = deadLetterTopicName(letter.origin.topic);
      const partitions = await this.partitionCount(topic);
      if (partitions === undefined) this.reportUnkept(letter);
      else records.push(toRecord(letter, { topic, partition: letter.origin.partition % partitions }));
    }
    await this.producer.write(records);
    for (const { origin, reason } of letters)
      this.metrics?.deadLetters.inc({ topic: origin.topic, code: codeOf(reason) });
  }

  private async partitionCount(topic: string): Promise<number | undefined> {
    if (!this.partitionCounts.has(topic)) this.partitionCounts.set(topic, await this.admin.partitionCount(topic));
    return this.partitionCounts.get(topic);
  }

  private reportUnkept({ origin, raw, reason }: DeadLetter): void {
    // Field by field: the origin may be the record itself, whose payload must not reach the log.
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

function codeOf(reason: Error): string {
  return reason instanceof AppError ? reason.code : `HANDLER_${asError(reason).name.toUpperCase()}`;
}
