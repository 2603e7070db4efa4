/** Smallest size that is allocated and kept. */
const SMALLEST_BYTES = 4_096;

/** Limits of a pool. */
export interface BufferPoolOptions {
  /** Shorter buffers come from Node's shared slab and are not pooled: there pooling costs more than allocating. */
  readonly pooledFromBytes: number;
  /** Upper bound of the memory that is free and kept. */
  readonly maxFreeBytes: number;
}

/**
 * Pool of buffers that their users give back. V8 schedules garbage collection by the bytes of new buffers, so a new
 * buffer for every request would cause a full marking of the heap every second.
 */
export class BufferPool {
  /** By size, which is a power of two. */
  private readonly free = new Map<number, ArrayBuffer[]>();
  private readonly lent = new WeakSet<ArrayBufferLike>();
  private freeBytes = 0;
  private readonly pooledFromBytes: number;
  private readonly maxFreeBytes: number;

  constructor({ pooledFromBytes, maxFreeBytes }: BufferPoolOptions) {
    this.pooledFromBytes = pooledFromBytes;
    this.maxFreeBytes = maxFreeBytes;
  }

  /** Returns a buffer of this length with undefined content. A buffer that is not given back is garbage collected. */
  take(bytes: number): Buffer {
    if (bytes < this.pooledFromBytes) return Buffer.allocUnsafe(bytes);
    const size = bytes <= SMALLEST_BYTES ? SMALLEST_BYTES : 2 ** Math.ceil(Math.log2(bytes));
    let memory = this.free.get(size)?.pop();
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer;
    else this.freeBytes -= size;
    this.lent.add(memory);
    return Buffer.from(memory, 0, bytes);
  }

  /** Returns a copy of these bytes in a buffer of the pool. */
  copy(bytes: Uint8Array): Buffer {
    const taken = this.take(bytes.length);
    taken.set(bytes);
    return taken;
  }

  /**
   * Takes a buffer back; the caller must not use it afterwards. Buffers of other origin and repeated returns are
   * ignored.
   */
  give({ buffer: memory }: Buffer): void {
    if (!this.lent.delete(memory) || this.freeBytes + memory.byteLength > this.maxFreeBytes) return;
    const list = this.free.get(memory.byteLength);
    if (list === undefined) this.free.set(memory.byteLength, [memory as ArrayBuffer]);
    else list.push(memory as ArrayBuffer);
    this.freeBytes += memory.byteLength;
  }
}
