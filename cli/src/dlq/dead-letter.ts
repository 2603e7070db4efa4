import { HEADERS } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { headerText, type RawRecord, type TopicPartition } from '@fraudflow/messaging';

/** A rejected record in a dead-letter topic. */
export interface DeadLetterRecord {
  /** Place of the dead letter. */
  readonly place: TopicPartition & { readonly offset: number };
  /** Place of the rejected record; undefined if the headers do not state it. */
  readonly source: (TopicPartition & { readonly offset: number }) | undefined;
  readonly code: string;
  readonly field: string | undefined;
  readonly reason: string;
  readonly attempts: number;
  /** Append time of the dead letter by the broker's clock, ms since the epoch. */
  readonly appendedAtMs: number;
  readonly raw: RawRecord;
}

/** Reads the headers that the messaging library adds to a dead letter. */
export function deadLetterOf(target: TopicPartition, raw: RawRecord): DeadLetterRecord {
  const topic = headerText(raw, HEADERS.dlqTopic);
  const [partition, offset, attempts] = [HEADERS.dlqPartition, HEADERS.dlqOffset, HEADERS.dlqAttempts].map((name) =>
    Number(headerText(raw, name) ?? Number.NaN),
  ) as [number, number, number];
  const hasSource = topic !== undefined && Number.isInteger(partition) && Number.isInteger(offset);
  return {
    place: { ...target, offset: raw.offset },
    source: hasSource ? { topic, partition, offset } : undefined,
    code: headerText(raw, HEADERS.dlqErrorCode) ?? 'UNKNOWN',
    field: headerText(raw, HEADERS.dlqField),
    reason: headerText(raw, HEADERS.dlqReason) ?? '',
    attempts: Number.isInteger(attempts) ? attempts : 0,
    appendedAtMs: raw.appendedAtMs,
    raw,
  };
}

/** The name of a dead letter in the command line, e.g. `transactions.dlq:3:17`. */
export function placeText({ topic, partition, offset }: DeadLetterRecord['place']): string {
  return `${topic}:${partition}:${offset}`;
}

/** @throws AppError invalid_input if the text is not `topic:partition:offset`. */
export function parsePlace(text: string): DeadLetterRecord['place'] {
  const found = /^([a-zA-Z0-9._-]+):(\d{1,9}):(\d{1,15})$/.exec(text);
  if (!found) {
    throw invalidInput(
      `"${text.slice(0, 80)}" is not the place of a dead letter; write topic:partition:offset as dlq list prints it`,
      {
        field: 'place',
      },
    );
  }
  return { topic: String(found[1]), partition: Number(found[2]), offset: Number(found[3]) };
}
