import type { Label, ValidatedTransaction } from '@fraudflow/contracts';
import type { Clock } from '@fraudflow/core';
import type { RawRecord } from '@fraudflow/messaging';
import type { CardTokeniser } from '../cards/card-tokeniser.js';
import { cleanValue } from '../cards/scrubbed-dead-letters.js';
import { checkedLabel, type LabelRules } from '../labels/canonical-label.js';
import type { Canonicaliser } from '../transactions/canonical-transaction.js';
import { decodeJsonObject, tooLarge } from '../decoding/decode-json.js';

/**
 * Maximum size that the canonical form adds to its record: names of fields, the amount in the base currency.
 */
const CANONICAL_EXTRA_BYTES = 4_096;
/**
 * A record that is this many times smaller than the limit cannot grow beyond it: a card number and a number with an
 * exponent become at most five times as long.
 */
const MAX_GROWTH = 8;

export interface RecordReaderParts {
  readonly maxRecordBytes: number;
  readonly canonicaliser: Canonicaliser;
  readonly labelRules: LabelRules;
  readonly cards: CardTokeniser;
  readonly clock: Clock;
}

/** Reads transactions and labels as producers send them: the same checks for Kafka, REST and gRPC. */
export class RecordReader {
  constructor(private readonly parts: RecordReaderParts) {}

  get maxRecordBytes(): number {
    return this.parts.maxRecordBytes;
  }

  /** @throws AppError invalid_input, see decodeJsonObject */
  decode(bytes: Uint8Array | null): Record<string, unknown> {
    return decodeJsonObject(bytes, this.parts.maxRecordBytes);
  }

  /**
   * @param bytes size of the record that contains the input
   * @param takenAtMs time at which the broker received the record, ms
   * @throws AppError invalid_input, see Canonicaliser; RECORD_TOO_LARGE if tokens made it too large for the services
   * that read it
   */
  transaction(input: Record<string, unknown>, bytes: number, takenAtMs: number): ValidatedTransaction {
    const { canonicaliser, maxRecordBytes } = this.parts;
    const canonical = canonicaliser.canonical(input, takenAtMs);
    if (bytes * MAX_GROWTH > maxRecordBytes) {
      const size = Buffer.byteLength(JSON.stringify(canonical));
      if (size > maxRecordBytes + CANONICAL_EXTRA_BYTES)
        throw tooLarge(`with tokens the record has ${size} bytes`, maxRecordBytes);
    }
    return canonical;
  }

  /** @throws AppError invalid_input, see checkedLabel */
  label(input: Record<string, unknown>, takenAtMs: number): Label {
    return checkedLabel(input, takenAtMs, this.parts.labelRules, this.parts.cards);
  }

  /** Time at which the broker received a record, ms; now if the topic stores no such time (-1). */
  takenAtMs({ appendedAtMs }: Pick<RawRecord, 'appendedAtMs'>): number {
    return appendedAtMs > 0 ? appendedAtMs : this.parts.clock.nowMs();
  }

  /** The bytes of a record with tokens instead of card numbers. */
  withoutCards(bytes: Buffer | null): Buffer {
    const clean = cleanValue(bytes, this.parts.cards);
    return typeof clean === 'string' ? Buffer.from(clean) : (clean ?? Buffer.alloc(0));
  }
}
