/** The shape that kafkajs accepts as an encoder: it checks `buf` and copies `buffer`. */
export interface EncodedBody {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  /** If set, the body is not copied: see `sendWithoutCopies`. */
  readonly slab?: RequestSlab;
}

/** A slab that holds a request body from `start` to its end, and free bytes before it. */
export interface RequestSlab {
  readonly bytes: Buffer;
  readonly start: number;
}
