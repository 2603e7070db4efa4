import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { flatHeaders, type HeaderValue, type OutgoingRecord, type RawProducer } from '@fraudflow/messaging';
import type { CardTokeniser } from './card-tokeniser.js';
import { isJson, scrubJson } from './json-scrubber.js';

/**
 * Header of a dead letter that differs from the original bytes: card numbers in it were replaced by their tokens.
 */
export const SCRUBBED_HEADER = 'dlq-card-numbers-replaced';
/** Header of a dead letter whose value is the summary of a larger one; contains the size of that value in bytes. */
export const TRUNCATED_HEADER = 'dlq-value-bytes';

/** Number of first bytes that a summary keeps. */
const HEAD_BYTES = 8_192;
/** Matches digits and separators at the end of a text: truncation may leave them of a card number. */
const TAIL_OF_NUMBER = /[^A-Za-z"',:;{}[\]]$/;
/** Larger headers are omitted. */
const MAX_HEADER_BYTES = 8_192;

export interface DeadLetterLimits {
  /** Values up to this size are kept whole, bytes. */
  readonly maxValueBytes: number;
}

/**
 * A producer of dead letters that replaces card numbers by tokens. Everything else is written unchanged up to a size
 * limit: a larger value becomes a JSON object with its size, its SHA-256 digest and its first bytes as text. JSON
 * remains JSON.
 */
export function scrubbedDeadLetters(
  producer: RawProducer,
  cards: CardTokeniser,
  limits: DeadLetterLimits,
): RawProducer {
  return {
    write: (records) => producer.write(records.map((record) => scrubbed(record, cards, limits))),
    flush: () => producer.flush(),
    close: () => producer.close(),
  };
}

function scrubbed(record: OutgoingRecord, cards: CardTokeniser, { maxValueBytes }: DeadLetterLimits): OutgoingRecord {
  const { value } = record;
  const isTooLarge = value !== null && value.length > maxValueBytes;
  const clean = {
    key: cleanText(record.key, cards),
    value: isTooLarge ? summary(value, cards) : cleanValue(value, cards),
    headers: cleanHeaders(record.headers, cards),
  };
  const isSame = clean.key === record.key && clean.value === value && clean.headers === record.headers;
  if (isSame) return record;
  const headers = [...flatHeaders(clean.headers), SCRUBBED_HEADER, 'true'];
  if (isTooLarge) headers.push(TRUNCATED_HEADER, String(value.length));
  return { ...record, ...clean, headers };
}

/** Returns the same object if nothing had to be replaced. */
function cleanHeaders(headers: OutgoingRecord['headers'], cards: CardTokeniser): OutgoingRecord['headers'] {
  const flat = flatHeaders(headers);
  const clean: HeaderValue[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const [name = null, value = null] = [flat[at], flat[at + 1]];
    if (value !== null && value.length > MAX_HEADER_BYTES) continue;
    clean.push(cleanText(name, cards), cleanText(value, cards));
  }
  return clean.length === flat.length && clean.every((part, index) => part === flat[index]) ? headers : clean;
}

/** Replaces the card numbers of a value. Returns the same object if it has none. JSON remains JSON. */
export function cleanValue(value: HeaderValue, cards: CardTokeniser): HeaderValue {
  return replaced(value, (text) => (isJson(text) ? scrubJson(text, cards) : cards.scrub(text, true)));
}

function cleanText(value: HeaderValue, cards: CardTokeniser): HeaderValue {
  return replaced(value, (text) => cards.scrub(text));
}

function replaced(value: HeaderValue, clean: (text: string) => string): HeaderValue {
  if (value === null || value.length === 0) return value;
  if (typeof value === 'string') return clean(value);
  // latin1 maps each byte to one character and back.
  const encoding = isUtf8(value) ? 'utf8' : 'latin1';
  const text = value.toString(encoding);
  const result = clean(text);
  return result === text ? value : Buffer.from(result, encoding);
}

function summary(value: Buffer | string, cards: CardTokeniser): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  let head = bytes.toString('utf8', 0, HEAD_BYTES);
  // The truncation may split a card number, whose first part would not be found.
  let end = head.length;
  while (end > 0 && TAIL_OF_NUMBER.test(head.charAt(end - 1))) end--;
  head = cards.scrub(head.slice(0, end), true);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return Buffer.from(JSON.stringify({ bytes: bytes.length, sha256, head }));
}
