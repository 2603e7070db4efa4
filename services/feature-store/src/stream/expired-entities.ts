import { idHash, type IdHash } from '@fraudflow/features';
import type { StageContext } from '@fraudflow/messaging';

type Writes = Map<string, Uint8Array | null>;
type Reads = Pick<StageContext, 'read'>;

/** Keys of the stage's own, which no id is like. */
const FILTER_KEY = '#expired';
const BLOCKS = 1_024;
const BLOCK_BYTES = 1_024;
const BLOCK_BITS = 8 * BLOCK_BYTES;
/** Bits of a block that stand for an id: parts of the low half of its hash, rotated by this many bits each. */
const ROTATIONS = [0, 7, 14, 21] as const;
const WORD_BITS = 32;

/**
 * Which entities' states have expired: a Bloom filter of their ids in blocks, kept among the states. An old transaction
 * of such an entity may be a repeat; one of an entity never seen is its first. With a million entities in a partition
 * two of 100 never seen are taken for expired ones, with 100,000 practically none; an entity that has expired is never
 * taken for one never seen.
 */
export class ExpiredEntities {
  /** Newest event time of all that have expired; undefined until it is read. */
  private newestMs: number | undefined;

  /**
   * The ids among those not in the store that have expired. None is looked for if no transaction is as old as those
   * that have expired.
   */
  async among(ids: Iterable<string>, oldestMs: number, { read }: Reads): Promise<ReadonlySet<string>> {
    this.newestMs ??= newestOf((await read([FILTER_KEY]))[0]);
    if (oldestMs > this.newestMs) return NONE;
    const asked = [...ids];
    const blocks = await read(asked.map((id) => blockKey(idHash(id))));
    return new Set(asked.filter((id, i) => holds(blocks[i], idHash(id))));
  }

  /** Whether a transaction of an expired entity may be one that its state held. */
  isOld(atMs: number): boolean {
    return atMs <= (this.newestMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Adds entities. @param newestMs of their event times */
  async add(ids: readonly string[], newestMs: number, { read }: Reads, writes: Writes): Promise<void> {
    this.newestMs ??= newestOf((await read([FILTER_KEY]))[0]);
    const hashes = ids.map(idHash);
    const keys = [...new Set(hashes.map(blockKey))];
    const stored = await read(keys);
    const blocks = new Map(keys.map((key, i) => [key, Uint8Array.from(stored[i] ?? new Uint8Array(BLOCK_BYTES))]));
    for (const hash of hashes) {
      const block = blocks.get(blockKey(hash)) as Uint8Array;
      for (const bit of bitsOf(hash)) block[bit >> 3] = (block[bit >> 3] as number) | (1 << (bit & 7));
    }
    for (const [key, block] of blocks) writes.set(key, block);
    if (newestMs <= this.newestMs) return;
    this.newestMs = newestMs;
    const bytes = Buffer.alloc(Float64Array.BYTES_PER_ELEMENT);
    bytes.writeDoubleLE(newestMs);
    writes.set(FILTER_KEY, bytes);
  }
}

const NONE: ReadonlySet<string> = new Set();

function newestOf(bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return Number.NEGATIVE_INFINITY;
  return Buffer.from(bytes).readDoubleLE();
}

function blockKey({ hi }: IdHash): string {
  return `${FILTER_KEY}:${hi % BLOCKS}`;
}

function bitsOf({ lo }: IdHash): readonly number[] {
  return ROTATIONS.map(
    (rotation) => ((lo << rotation) | (rotation === 0 ? 0 : lo >>> (WORD_BITS - rotation))) >>> 0,
  ).map((word) => word % BLOCK_BITS);
}

function holds(block: Uint8Array | undefined, hash: IdHash): boolean {
  return block !== undefined && bitsOf(hash).every((bit) => (((block[bit >> 3] as number) >> (bit & 7)) & 1) === 1);
}
