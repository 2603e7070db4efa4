/** Below this size pooling costs more than allocating. */
const SMALLEST_BYTES = 4_096;
const MAX_FREE_BYTES = 8 * 1024 * 1024;

/**
 * Pool of buffers that their users give back. V8 schedules garbage collection by the bytes of new buffers, so a new
 * buffer for every request would cause a full marking of the heap every second.
 */
export class BufferPool {
  /** By size, which is a power of two. */
  private readonly free = new Map<number, ArrayBuffer[]>();
  private readonly lent = new WeakSet<ArrayBufferLike>();
  private freeBytes = 0;

  /** Returns a buffer of this length with undefined content. A buffer that is not given back is garbage collected. */
  take(bytes: number): Buffer {
    if (bytes < SMALLEST_BYTES) return Buffer.allocUnsafe(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    let memory = this.free.get(size)?.pop();
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer;
    else this.freeBytes -= size;
    this.lent.add(memory);
    return Buffer.from(memory, 0, bytes);
  }

  /**
   * Takes a buffer back; the caller must not use it afterwards. Buffers of other origin and repeated returns are
   * ignored.
   */
  give({ buffer: memory }: Buffer): void {
    if (!this.lent.delete(memory) || this.freeBytes + memory.byteLength > MAX_FREE_BYTES) return;
    const list = this.free.get(memory.byteLength);
    if (list === undefined) this.free.set(memory.byteLength, [memory as ArrayBuffer]);
    else list.push(memory as ArrayBuffer);
    this.freeBytes += memory.byteLength;
  }
}

/** Shared by all connections of the process. */
export const requestBuffers = new BufferPool();
