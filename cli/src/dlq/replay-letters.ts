import { partitionOf } from '@fraudflow/core';
import type { BusAdmin, OutgoingRecord, RawProducer } from '@fraudflow/messaging';
import { type DeadLetterRecord, placeText } from './dead-letter.js';

const BATCH = 500;
/** Headers of dead letters that contain only the first bytes of the record. */
const TRUNCATED = ['dlq-value-bytes', 'dlq-truncated'] as const;

export interface ReplayOutcome {
  readonly sent: number;
  /** Dead letters that cannot be sent again, with the reason. */
  readonly refused: readonly { readonly place: string; readonly reason: string }[];
}

/**
 * Sends dead letters to their source topic again: same key and value, headers without those of the dead letter. The
 * dead letters are not deleted. Ingestion drops a record whose transaction id it has processed, so that sending twice
 * has no effect.
 */
export async function replayLetters(
  letters: AsyncIterable<DeadLetterRecord>,
  producer: Pick<RawProducer, 'write' | 'flush'>,
  admin: Pick<BusAdmin, 'partitionCount'>,
  options: { readonly isDryRun: boolean; readonly onSent?: (sent: number) => void },
): Promise<ReplayOutcome> {
  const refused: { place: string; reason: string }[] = [];
  const counts = new Map<string, number | undefined>();
  let batch: OutgoingRecord[] = [];
  let sent = 0;
  const flush = async (): Promise<void> => {
    if (!options.isDryRun) await producer.write(batch);
    sent += batch.length;
    batch = [];
    options.onSent?.(sent);
  };
  for await (const letter of letters) {
    const reason = whyNot(letter);
    if (reason !== undefined) {
      refused.push({ place: placeText(letter.place), reason });
      continue;
    }
    const topic = String(letter.source?.topic);
    if (!counts.has(topic)) counts.set(topic, await admin.partitionCount(topic));
    batch.push(outgoing(letter, topic, counts.get(topic) ?? 1));
    if (batch.length >= BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  if (!options.isDryRun) await producer.flush();
  return { sent, refused };
}

function whyNot({ source, raw }: DeadLetterRecord): string | undefined {
  if (source === undefined) return 'its headers do not contain its source topic';
  if (TRUNCATED.some((name) => raw.headers[name] !== undefined))
    return 'only its first bytes were kept: the record was too large';
  return undefined;
}

function outgoing({ raw }: DeadLetterRecord, topic: string, partitions: number): OutgoingRecord {
  const headers = Object.fromEntries(Object.entries(raw.headers).filter(([name]) => !name.startsWith('dlq-')));
  const key = raw.key?.toString('utf8') ?? '';
  return { topic, partition: partitionOf(key, partitions), key: raw.key, value: raw.value, headers };
}
