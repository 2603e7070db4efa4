/** Smaller ones are cheap to make, and so many that keeping them is not. */
const SMALLEST_BYTES = 4_096;
const MOST_FREE_BYTES = 8 * 1024 * 1024;

/**
 * Buffers whose end of use is known, lent and taken back. V8 collects garbage by the bytes of new buffers, so those of every request would have it
 * mark the whole heap every second.
 */
export class BufferPool {
  /** By size, which is a power of two. */
  private readonly free = new Map<number, ArrayBuffer[]>();
  private readonly lent = new WeakSet<ArrayBufferLike>();
  private freeBytes = 0;

  /** So many bytes, with anything in them. Who does not give them back loses nothing but their use. */
  take(bytes: number): Buffer {
    if (bytes < SMALLEST_BYTES) return Buffer.allocUnsafe(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    let memory = this.free.get(size)?.pop();
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer;
    else this.freeBytes -= size;
    this.lent.add(memory);
    return Buffer.from(memory, 0, bytes);
  }

  /** Takes the memory of a buffer back. Nobody may look at it any more; what is not ours or comes twice is left alone. */
  give({ buffer: memory }: Buffer): void {
    if (!this.lent.delete(memory) || this.freeBytes + memory.byteLength > MOST_FREE_BYTES) return;
    const list = this.free.get(memory.byteLength);
    if (list === undefined) this.free.set(memory.byteLength, [memory as ArrayBuffer]);
    else list.push(memory as ArrayBuffer);
    this.freeBytes += memory.byteLength;
  }
}

/** One for all connections of the process. */
export const requestBuffers = new BufferPool();
