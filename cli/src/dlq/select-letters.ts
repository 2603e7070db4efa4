import { ALL_TOPICS, deadLetterTopicName } from '@fraudflow/contracts';
import { invalidInput, notFound } from '@fraudflow/core';
import { type LogReader, readTopic } from '@fraudflow/bench';
import { deadLetterOf, type DeadLetterRecord, placeText } from './dead-letter.js';

/** Selection of dead letters; all fields must match. */
export interface LetterFilter {
  /** Source topic: `transactions` or `labels`; undefined for all. */
  readonly topic?: string | undefined;
  readonly code?: string | undefined;
  /** Dead letters appended at or after this instant, ms since the epoch. */
  readonly sinceMs?: number | undefined;
}

/** Source topics that have a dead-letter topic. */
export const LETTER_SOURCES: readonly string[] = ALL_TOPICS.filter(({ deadLetters }) => deadLetters).map(
  ({ name }) => name,
);

/**
 * Reads the dead letters that match, partition by partition in the order they were written.
 * @throws AppError invalid_input for a topic without dead letters.
 */
export async function* selectLetters(log: LogReader, filter: LetterFilter): AsyncGenerator<DeadLetterRecord> {
  if (filter.topic !== undefined && !LETTER_SOURCES.includes(filter.topic)) {
    throw invalidInput(`topic ${filter.topic} has no dead letters; choose one of ${LETTER_SOURCES.join(', ')}`, {
      field: '--topic',
    });
  }
  for (const source of filter.topic === undefined ? LETTER_SOURCES : [filter.topic]) {
    const topic = deadLetterTopicName(source);
    for await (const { partition, records } of readTopic(log, topic)) {
      for (const raw of records) {
        const letter = deadLetterOf({ topic, partition }, raw);
        if (matches(letter, filter)) yield letter;
      }
    }
  }
}

/** @throws AppError not_found if there is none: it was never written, or its retention time is over. */
export async function letterAt(log: LogReader, place: DeadLetterRecord['place']): Promise<DeadLetterRecord> {
  const { topic, partition, offset } = place;
  const range = (await log.offsets(topic))[partition];
  if (range !== undefined && offset >= range.start && offset < range.end) {
    const { records } = await log.read({ topic, partition }, offset, 1);
    const raw = records.find((record) => record.offset === offset);
    if (raw !== undefined) return deadLetterOf({ topic, partition }, raw);
  }
  throw notFound(`no dead letter at ${placeText(place)}; run "dlq list" to see the existing ones`);
}

function matches(letter: DeadLetterRecord, { code, sinceMs }: LetterFilter): boolean {
  return (code === undefined || letter.code === code) && (sinceMs === undefined || letter.appendedAtMs >= sinceMs);
}
