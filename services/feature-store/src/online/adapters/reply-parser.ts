import { unavailable } from '@fraudflow/core';

/** What Redis answers (RESP2) to the few commands that reading takes. */
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
/** No array has begun. */
const NONE = -1;
/** The line has not come whole. */
const UNKNOWN = -2;

/**
 * Takes replies apart as they come, in memory of its own that is used again and again. A buffer for each chunk and each
 * value lies outside of the heap, and a hundred rows take 200 KB: V8 answers some MB of them with a collection of the
 * whole heap.
 */
export class ReplyParser {
  private bytes = Buffer.allocUnsafeSlow(START_BYTES);
  private end = 0;
  private at = 0;
  private missing = NONE;
  private values: (Buffer | null)[] = [];

  /**
   * @param onReply called for each reply that is whole; its values are valid during the call only
   * @throws AppError unavailable for what is no such reply
   */
  take(chunk: Uint8Array, onReply: (reply: Reply) => void): void {
    this.append(chunk);
    for (let reply = this.next(); reply !== undefined; reply = this.next()) onReply(reply);
    if (this.at === this.end && this.missing === NONE) this.clear();
  }

  /** Forgets a reply that has not come whole. */
  clear(): void {
    this.end = 0;
    this.at = 0;
    this.missing = NONE;
    this.values = [];
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(START_BYTES);
  }

  /** Memory that becomes too small is left to the values that lie in it. */
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
      `Redis answers "${String.fromCharCode(type ?? 0)}${text.slice(0, 80)}", which is no answer to a read`,
    );
  }

  /** One value, undefined if it has not come whole. */
  private bulk(): Buffer | null | undefined {
    const { at } = this;
    if (at === this.end) return undefined;
    if (this.bytes[at] !== TYPE.bulk) throw unavailable('Redis answers a list of other things than strings');
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

  /** Reads a whole number to the end of its line and goes on behind it, unless the line has not come whole. */
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
