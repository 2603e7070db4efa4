import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Label, labelsTopic, transactionsTopic, type WireTransaction } from '@fraudflow/contracts';
import { AppError, asError, type Clock, type ErrorCode, invalidInput } from '@fraudflow/core';
import type { EventProducer, OutgoingRecord } from '@fraudflow/messaging';
import type { CardTokeniser } from '../cards/card-tokeniser.js';
import { extraFields } from '../cards/extra-fields.js';
import { OWN_LABEL_FIELDS } from '../labels/canonical-label.js';
import { tooLarge } from '../decoding/decode-json.js';
import type { IntakeGate } from './intake-gate.js';
import type { RecordReader } from './record-reader.js';

export const MAX_ITEMS = 1_000;
/**
 * Items prepared in one turn of the event loop. A thousand refusals take 75 ms, during which other callers would wait.
 */
const ITEMS_PER_TURN = 50;

export interface Rejection {
  /** Position in the request. */
  readonly index: number;
  readonly code: ErrorCode;
  readonly field: string;
  readonly reason: string;
}

export interface IntakeResult {
  readonly accepted: number;
  readonly rejections: readonly Rejection[];
}

export interface IntakeParts {
  readonly producer: EventProducer;
  readonly reader: RecordReader;
  readonly cards: CardTokeniser;
  readonly gate: IntakeGate;
  readonly clock: Clock;
}

type Prepare = (bytes: Uint8Array) => Promise<OutgoingRecord>;

/**
 * Intake for producers without Kafka: applies the checks of the consumers immediately, replaces card numbers, and
 * publishes to the same topics. Resolves when all accepted records are in the log.
 */
export class IntakeService {
  constructor(private readonly parts: IntakeParts) {}

  /**
   * @param items one JSON object each
   * @param timeoutMs the caller's own limit, if it has one
   * @throws AppError invalid_input ITEM_COUNT_INVALID; errors of IntakeGate and of the producer
   */
  transactions(items: readonly Uint8Array[], timeoutMs?: number): Promise<IntakeResult> {
    return this.take(items, (bytes) => this.transactionRecord(bytes), timeoutMs);
  }

  /** Like `transactions`. */
  labels(items: readonly Uint8Array[], timeoutMs?: number): Promise<IntakeResult> {
    return this.take(items, (bytes) => this.labelRecord(bytes), timeoutMs);
  }

  private async take(items: readonly Uint8Array[], prepare: Prepare, timeoutMs?: number): Promise<IntakeResult> {
    if (items.length === 0 || items.length > MAX_ITEMS) {
      throw invalidInput(`send 1 to ${MAX_ITEMS} items, not ${items.length}`, { code: 'ITEM_COUNT_INVALID' });
    }
    const { gate, producer } = this.parts;
    const records: OutgoingRecord[] = [];
    const rejections: Rejection[] = [];
    let bytes = 0;
    for (const [index, item] of items.entries()) {
      if (index > 0 && index % ITEMS_PER_TURN === 0) await nextTurn();
      try {
        // Each item is encoded before the next is parsed: all objects of a batch would take many times its size.
        records.push(await prepare(item));
        bytes += item.length;
      } catch (thrown) {
        rejections.push(toRejection(index, thrown));
      }
    }
    if (records.length > 0) await gate.pass(bytes, () => producer.raw.write(records), timeoutMs);
    return { accepted: records.length, rejections };
  }

  /** The record as it was sent, with tokens instead of card numbers. */
  private async transactionRecord(bytes: Uint8Array): Promise<OutgoingRecord> {
    const { reader, clock, producer } = this.parts;
    const input = reader.decode(bytes);
    const canonical = reader.transaction(input, bytes.length, clock.nowMs());
    const { transaction_id, customer_id, terminal_id, card_token, extra } = canonical;
    const { occurred_at, amount, currency } = input as WireTransaction;
    const ids = { transaction_id, occurred_at, customer_id, terminal_id };
    const value = { ...ids, amount, currency, ...(card_token === undefined ? {} : { card_token }), ...extra };
    return this.bounded(
      await producer.encode(transactionsTopic, { value, eventId: transaction_id, occurredAt: canonical.occurred_at }),
    );
  }

  private async labelRecord(bytes: Uint8Array): Promise<OutgoingRecord> {
    const { reader, cards, clock, producer } = this.parts;
    const input = reader.decode(bytes);
    const label = reader.label(input, clock.nowMs());
    const { source, ...own } = label;
    // No field is added, because a record of the maximum size would then exceed the limit.
    const given = input['source'] === undefined ? own : { ...own, source };
    const value = { ...given, ...extraFields(input, OWN_LABEL_FIELDS, cards) } as Label;
    const eventId = `${label.transaction_id}:${source}`;
    return this.bounded(await producer.encode(labelsTopic, { value, eventId, occurredAt: label.labelled_at }));
  }

  /** Checks the size again, because the consumer applies the same limit and tokens are longer than card numbers. */
  private bounded(record: OutgoingRecord): OutgoingRecord {
    const { maxRecordBytes } = this.parts.reader;
    const size = record.value === null ? 0 : Buffer.byteLength(record.value);
    if (size > maxRecordBytes) throw tooLarge(`with tokens the record has ${size} bytes`, maxRecordBytes);
    return record;
  }
}

function toRejection(index: number, thrown: unknown): Rejection {
  if (!(thrown instanceof AppError && thrown.kind === 'invalid_input')) throw asError(thrown);
  return { index, code: thrown.code, field: thrown.field ?? '', reason: thrown.message };
}
