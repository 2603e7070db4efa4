/** Sizes of buffers in bytes, and how many of each are kept: a reply of one row and one of a hundred rows fit. */
const KEPT = [
  { byteLength: 4_096, count: 64 },
  { byteLength: 131_072, count: 8 },
] as const;

/**
 * Bytes of replies in buffers that are used again. A new one for each would lie outside of the heap and bring its
 * collection nearer.
 */
export class ReplyBuffers {
  private readonly free: readonly Buffer[][] = KEPT.map(() => []);

  /** A copy. To be given back when it has been sent; what is not, is collected. */
  take(bytes: Uint8Array): Buffer {
    const byteLength = bytes.length;
    const size = KEPT.findIndex((kept) => byteLength <= kept.byteLength);
    if (size < 0) return Buffer.from(bytes);
    const whole = this.free[size]?.pop() ?? Buffer.allocUnsafeSlow(KEPT[size]?.byteLength ?? 0);
    whole.set(bytes);
    return whole.subarray(0, byteLength);
  }

  /** @param bytes as `take` returned them, once, and not to be looked at any more */
  release({ buffer }: Buffer): void {
    const size = KEPT.findIndex(({ byteLength }) => byteLength === buffer.byteLength);
    const free = this.free[size];
    if (free !== undefined && free.length < (KEPT[size]?.count ?? 0)) free.push(Buffer.from(buffer));
  }
}
