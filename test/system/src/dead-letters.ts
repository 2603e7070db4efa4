import { deadLetterTopicName, HEADERS } from '@fraudflow/contracts';
import { type DecodedRecord, headerText, type OutgoingRecord } from '@fraudflow/messaging';
import type { RunningSystem } from './running-system.js';
import { metricOf } from './service-metrics.js';
import { httpUrl } from './service-urls.js';
import { recordsOf, transactionCounts } from './topic-records.js';
import { waitFor } from './wait-for.js';

export type Letter = DecodedRecord<Buffer | null>;

/** Produces to one partition in order, so that good and bad records share it. */
export const PARTITION = 0;

export interface RawWrite {
  readonly value: Buffer;
  readonly key?: string;
  readonly headers?: OutgoingRecord['headers'];
}

/**
 * Appends raw records to the partition, in order. No other producer may write to it concurrently.
 * @returns their offsets
 */
export async function write(
  { bus }: RunningSystem,
  topic: string,
  records: readonly (Buffer | RawWrite)[],
): Promise<readonly number[]> {
  const firstOffset = (await bus.admin.offsets(topic))[PARTITION]?.end ?? 0;
  const producer = bus.producer();
  try {
    const place = { topic, partition: PARTITION, key: null, headers: {} };
    await producer.write(
      records.map((record) => ({ ...place, ...(Buffer.isBuffer(record) ? { value: record } : record) })),
    );
  } finally {
    await producer.close();
  }
  return records.map((_, index) => firstOffset + index);
}

/** Waits until each of these transactions has its features. */
export async function untilFeaturesOf({ bus }: RunningSystem, ids: readonly string[]): Promise<void> {
  await waitFor(
    'the features of every good transaction',
    async () => {
      const counts = await transactionCounts(bus.admin, 'features');
      return ids.filter((id) => !counts.has(id));
    },
    (missing) => missing.length === 0,
    60_000,
  );
}

/** The dead letters of the record with this offset. */
export async function deadLettersOf({ bus }: RunningSystem, topic: string, offset: number): Promise<readonly Letter[]> {
  const letters = await recordsOf(bus.admin, deadLetterTopicName(topic));
  return letters.filter(
    ({ raw }) =>
      headerText(raw, HEADERS.dlqPartition) === String(PARTITION) &&
      headerText(raw, HEADERS.dlqOffset) === String(offset),
  );
}

/** Waits for the dead letters of a record. */
export function awaitDeadLetters(system: RunningSystem, topic: string, offset: number): Promise<readonly Letter[]> {
  return waitFor(
    'the dead letter',
    () => deadLettersOf(system, topic, offset),
    (found) => found.length > 0,
    60_000,
  );
}

/** The headers as text. */
export function whyDead(letter: Letter | undefined): Readonly<Record<string, unknown>> {
  const header = (name: string): string | undefined => letter?.header(name);
  return {
    topic: header(HEADERS.dlqTopic),
    partition: header(HEADERS.dlqPartition),
    code: header(HEADERS.dlqErrorCode),
    field: header(HEADERS.dlqField),
    attempts: header(HEADERS.dlqAttempts),
    hasReason: (header(HEADERS.dlqReason) ?? '').length > 0,
  };
}

/** Dead letters by code, from the metrics of ingestion. */
export function deadLettersCounted(system: RunningSystem, topic: string, code: string): Promise<number> {
  return metricOf(httpUrl(system, 'ingestion'), 'messaging_dead_letters_total', { topic, code });
}
