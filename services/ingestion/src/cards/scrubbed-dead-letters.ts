import type { HeaderValue, OutgoingRecord, RawProducer, RecordHeaders } from '@fraudflow/messaging';
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
  return isSame ? record : { ...record, ...clean, headers: { ...clean.headers, [SCRUBBED_HEADER]: 'true' } };
}

/** The same object if nothing had to be replaced. */
function cleanHeaders(headers: RecordHeaders, cards: CardTokeniser): RecordHeaders {
  let changed: Record<string, RecordHeaders[string]> | undefined;
  for (const [name, value] of Object.entries(headers)) {
    const clean = Array.isArray(value)
      ? value.map((one: HeaderValue) => cleanValue(one, cards))
      : cleanValue((value as HeaderValue | undefined) ?? null, cards);
    const isSame = Array.isArray(value)
      ? (clean as readonly HeaderValue[]).every((one, index) => one === value[index])
      : clean === (value ?? null);
    if (!isSame) (changed ??= { ...headers })[name] = clean;
  }
  return changed ?? headers;
}

function cleanValue(value: HeaderValue, cards: CardTokeniser): HeaderValue {
  if (value === null) return null;
  const text = typeof value === 'string' ? value : value.toString('latin1');
  const clean = cards.scrub(text);
  if (clean === text) return value;
  return typeof value === 'string' ? clean : Buffer.from(clean, 'latin1');
}
