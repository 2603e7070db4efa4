import { unavailable } from '@fraudflow/core';

/** Replies of Redis (RESP2) to the commands that reads need. */
export type Reply =
  | { readonly kind: 'values'; readonly values: readonly (Buffer | null)[] }
  | { readonly kind: 'status' }
  | { readonly kind: 'error'; readonly message: string };

const START_BYTES = 65_536;
const MAX_KEPT_BYTES = 1 << 23;
const CR = 13;
const ZERO = 48;
const MINUS = 45;
const TYPE = { array: 42, bulk: 36, status: 43, error: 45 } as const;
/** No array is being parsed. */
const NONE = -1;
/** The line is incomplete. */
const UNKNOWN = -2;

/**
 * Incremental parser of replies that works in reused memory. A buffer per chunk and value would be memory outside V8's
 * heap, 200 KB for a hundred rows, and V8 reacts to a few MB of it with a collection of the whole heap.
 */
export class ReplyParser {
  private bytes = Buffer.allocUnsafeSlow(START_BYTES);
  private end = 0;
  private at = 0;
  private missing = NONE;
  private values: (Buffer | null)[] = [];

  /**
   * @param onReply called for each complete reply; its values are valid during the call only
   * @throws AppError unavailable for bytes that are not such a reply
   */
  take(chunk: Uint8Array, onReply: (reply: Reply) => void): void {
    this.append(chunk);
    for (let reply = this.next(); reply !== undefined; reply = this.next()) onReply(reply);
    if (this.at === this.end && this.missing === NONE) this.clear();
  }

  /** Discards an incomplete reply. */
  clear(): void {
    this.end = 0;
    this.at = 0;
    this.missing = NONE;
    this.values = [];
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(START_BYTES);
  }

  /** Memory that becomes too small is replaced, and stays valid for the values in it. */
  private append(chunk: Uint8Array): void {
    if (this.end + chunk.length > this.bytes.length) {
      const needed = 2 * (this.end - this.at + chunk.length);
      const larger = Buffer.allocUnsafeSlow(Math.max(Math.min(this.bytes.length * 2, MAX_KEPT_BYTES), needed));
      this.bytes.copy(larger, 0, this.at, this.end);
      this.bytes = larger;
      this.end -= this.at;
      this.at = 0;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  private next(): Reply | undefined {
    if (this.missing === NONE) {
      if (this.at === this.end) return undefined;
      const type = this.bytes[this.at];
      if (type !== TYPE.array) return this.line(type);
      const count = this.number(this.at + 1);
      if (count === UNKNOWN) return undefined;
      this.missing = count;
    }
    for (; this.missing > 0; this.missing--) {
      const value = this.bulk();
      if (value === undefined) return undefined;
      this.values.push(value);
    }
    const { values } = this;
    this.values = [];
    this.missing = NONE;
    return { kind: 'values', values };
  }

  private line(type: number | undefined): Reply | undefined {
    const end = this.lineEnd(this.at);
    if (end === UNKNOWN) return undefined;
    const text = this.bytes.toString('utf8', this.at + 1, end);
    this.at = end + 2;
    if (type === TYPE.status) return { kind: 'status' };
    if (type === TYPE.error) return { kind: 'error', message: text };
    throw unavailable(
      `Redis responds "${String.fromCharCode(type ?? 0)}${text.slice(0, 80)}", which is not a response to a read`,
    );
  }

  /** One value; undefined if it is incomplete. */
  private bulk(): Buffer | null | undefined {
    const { at } = this;
    if (at === this.end) return undefined;
    if (this.bytes[at] !== TYPE.bulk) throw unavailable('Redis responds with a list of values that are not strings');
    const length = this.number(at + 1);
    if (length === UNKNOWN) return undefined;
    if (length < 0) return null;
    const from = this.at;
    if (from + length + 2 > this.end) {
      this.at = at;
      return undefined;
    }
    this.at = from + length + 2;
    return this.bytes.subarray(from, from + length);
  }

  /** Reads an integer up to the end of its line and advances behind it, unless the line is incomplete. */
  private number(from: number): number {
    const end = this.lineEnd(from);
    if (end === UNKNOWN) return UNKNOWN;
    this.at = end + 2;
    if (this.bytes[from] === MINUS) return -1;
    let value = 0;
    for (let i = from; i < end; i++) value = value * 10 + (this.bytes[i] as number) - ZERO;
    return value;
  }

  private lineEnd(from: number): number {
    for (let i = from; i + 1 < this.end; i++) if (this.bytes[i] === CR) return i;
    return UNKNOWN;
  }
}
