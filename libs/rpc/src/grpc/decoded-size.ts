import type { FieldShape, MessageShape } from './message-shape.js';
import { WireCursor } from './wire-fields.js';

/** Estimated heap of one decoded message, bytes: object, fields and list element. */
const MESSAGE_BYTES = 64;
/** Estimated heap of one string or Buffer in addition to its content, and of an unknown field, bytes. */
const TEXT_BYTES = 96;
const NUMBER_BYTES = 8;
const MAX_DEPTH = 64;

/**
 * Estimates an upper bound of the heap that an encoded message takes once decoded, without decoding it. A message can
 * decode to far more than its size: an empty element of a repeated field takes 2 bytes on the wire. The estimate stops
 * at `limit`.
 * @returns bytes; any number above `limit` if the message is larger than `limit` or nested more than 64 levels deep
 */
export function decodedSize(
  bytes: Buffer,
  shape: MessageShape,
  messages: ReadonlyMap<string, MessageShape>,
  limit: number,
): number {
  return new SizeEstimate(bytes, messages, limit).of(shape, 0, bytes.length, 0);
}

class SizeEstimate {
  private total = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly messages: ReadonlyMap<string, MessageShape>,
    private readonly limit: number,
  ) {}

  of(shape: MessageShape, from: number, until: number, depth: number): number {
    if (depth > MAX_DEPTH) this.total = Number.POSITIVE_INFINITY;
    this.total += MESSAGE_BYTES;
    const cursor = new WireCursor(this.bytes, from, until);
    while (this.total <= this.limit && cursor.next()) this.add(shape.get(cursor.number), cursor, depth);
    return this.total;
  }

  private add(field: FieldShape | undefined, { from, until }: WireCursor, depth: number): void {
    if (from < 0) this.total += field ? NUMBER_BYTES : TEXT_BYTES;
    else if (field?.kind === 'number') this.total += NUMBER_BYTES * this.packedCount(field.width, from, until);
    else if (field?.kind === 'message') this.of(this.messages.get(field.type) ?? NO_FIELDS, from, until, depth + 1);
    else this.total += TEXT_BYTES + until - from;
  }

  private packedCount(width: number, from: number, until: number): number {
    if (width > 0) return (until - from) / width;
    let count = 0;
    for (let at = from; at < until; at++) if ((this.bytes[at] as number) < 0x80) count++;
    return count;
  }
}

const NO_FIELDS: MessageShape = new Map();
