import type { OutgoingRecord, RawProducer } from '@fraudflow/messaging';
import type { CardTokeniser } from './card-tokeniser.js';

/** Header that says a dead letter is not byte for byte what came in: card numbers in it were replaced by their tokens. */
export const SCRUBBED_HEADER = 'dlq-card-numbers-replaced';

/**
 * A producer for dead letters that lets no card number through. Everything else stays the very bytes that came in: latin1 maps
 * each byte to one character and back.
 */
export function scrubbedDeadLetters(producer: RawProducer, cards: CardTokeniser): RawProducer {
  return {
    write: (records) => producer.write(records.map((record) => scrubbed(record, cards))),
    flush: () => producer.flush(),
    close: () => producer.close(),
  };
}

function scrubbed(record: OutgoingRecord, cards: CardTokeniser): OutgoingRecord {
  if (record.value === null) return record;
  const text = typeof record.value === 'string' ? record.value : record.value.toString('latin1');
  const clean = cards.scrub(text);
  if (clean === text) return record;
  const value = typeof record.value === 'string' ? clean : Buffer.from(clean, 'latin1');
  return { ...record, value, headers: { ...record.headers, [SCRUBBED_HEADER]: 'true' } };
}
