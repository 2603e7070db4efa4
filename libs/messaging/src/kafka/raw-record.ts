import type { RawRecord } from '../port/record.js';
import type { KafkajsMessage } from './kafkajs-internals.js';

const NO_HEADERS = {};

/** kafkajs's message with numbers for its decimal strings: offsets stay below 2^53 for some thousand years of records. */
export function toRawRecord(message: KafkajsMessage): RawRecord {
  return {
    offset: Number(message.offset),
    key: message.key,
    value: message.value,
    headers: message.headers ?? NO_HEADERS,
    appendedAtMs: Number(message.timestamp),
  };
}
