import { flatHeaders, type HeaderValue, type OutgoingRecord, type RawProducer } from '@fraudflow/messaging';
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
  const clean = {
    key: cleanValue(record.key, cards),
    value: cleanValue(record.value, cards),
    headers: cleanHeaders(record.headers, cards),
  };
  const isSame = clean.key === record.key && clean.value === record.value && clean.headers === record.headers;
  return isSame ? record : { ...record, ...clean, headers: [...flatHeaders(clean.headers), SCRUBBED_HEADER, 'true'] };
}

/** The same object if nothing had to be replaced. */
function cleanHeaders(headers: OutgoingRecord['headers'], cards: CardTokeniser): OutgoingRecord['headers'] {
  const flat = flatHeaders(headers);
  // Names stay: only values can hold what a producer sent.
  const clean = flat.map((part, index) => (index % 2 === 0 ? part : cleanValue(part, cards)));
  return clean.every((part, index) => part === flat[index]) ? headers : clean;
}

function cleanValue(value: HeaderValue, cards: CardTokeniser): HeaderValue {
  if (value === null) return null;
  const text = typeof value === 'string' ? value : value.toString('latin1');
  const clean = cards.scrub(text);
  if (clean === text) return value;
  return typeof value === 'string' ? clean : Buffer.from(clean, 'latin1');
}
