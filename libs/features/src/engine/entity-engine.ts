import { PackedSlab } from '@fraudflow/runtime-tuning';
import type { EntityPlan } from '../plan/entity-plan.js';
import { EntityTable } from '../memory/entity-table.js';
import { FoundEntities } from '../memory/found-entities.js';
import { RingPrefetcher } from '../ring/ring-prefetcher.js';
import { segmentKeys } from '../packed/packed-ring.js';
import { END, FIRST, SEGMENTED } from '../ring/ring-layout.js';
import { RingPacker } from '../packed/ring-packer.js';
import { type PackedRing, RingUnpacker } from '../packed/ring-unpacker.js';
import { Rings } from '../ring/rings.js';
import { FeatureRows } from '../evaluation/feature-rows.js';
import { RunningFeatures } from '../evaluation/running-features.js';
import { SEGMENT_ROWS, Segments } from '../packed/segments.js';
import { segmentKey, type StateEntity } from '../packed/state-keys.js';
import type { TerminalLabels } from '../labels/terminal-labels.js';
import { WindowReading } from '../evaluation/window-reading.js';

/** Size of the slab blocks that packed values share. */
const BLOCK_BYTES = 65_536;
const OWN_MEMORY = new PackedSlab(0);

/** Number of an entity in its engine's memory; valid until the entity is evicted. */
export type EntityHandle = number;

export interface EngineSizes {
  readonly retentionMs: number;
  /** Rows per closed segment. All readers and writers of a store must use the same number. */
  readonly segmentRows?: number | undefined;
}

/**
 * Base of the engines of both kinds of entity: the entities in memory, their rings, packing and unpacking. The bytes of
 * an entity are a pure function of the events applied to it, whatever was evicted or written in between.
 */
export abstract class EntityEngine {
  protected readonly rings: Rings;
  protected readonly reading: WindowReading;
  protected readonly featureRows: FeatureRows;
  protected readonly running: RunningFeatures;
  protected readonly table = new EntityTable();
  readonly #entity: StateEntity;
  readonly #packer: RingPacker;
  readonly #unpacker: RingUnpacker;
  readonly #segmentRows: number;
  readonly #prefetcher: RingPrefetcher;
  readonly #slab = new PackedSlab(BLOCK_BYTES);
  readonly #found = new FoundEntities();
  readonly #segments = new Map<EntityHandle, Segments>();

  constructor(entity: StateEntity, plan: EntityPlan, { retentionMs, segmentRows = SEGMENT_ROWS }: EngineSizes) {
    this.#entity = entity;
    this.#segmentRows = segmentRows;
    this.rings = new Rings(plan, retentionMs);
    this.reading = new WindowReading(plan, this.rings);
    this.featureRows = new FeatureRows(this.reading);
    this.running = new RunningFeatures(this.rings.arena, plan, this.rings.layout);
    this.#prefetcher = new RingPrefetcher(this.rings);
    this.#packer = new RingPacker(this.rings, entity);
    this.#unpacker = new RingUnpacker(this.rings, entity);
  }

  /** Number of entities in memory. */
  get size(): number {
    return this.table.size;
  }

  /** Bytes allocated for all entities, free capacity included. */
  get byteLength(): number {
    return this.rings.arena.byteLength;
  }

  /** True if `takeChanges` would return something of an entity. */
  isChanged(entity: EntityHandle): boolean {
    return this.table.isChanged(entity);
  }

  /** True if `takeChanges` would return something. */
  get hasChanges(): boolean {
    return this.table.hasChanged;
  }

  /** Bytes used by the entities in memory. */
  get usedBytes(): number {
    return this.rings.usedBytes;
  }

  /**
   * The handle of an entity in memory, or −1. Also prefetches what `apply` will read: look up all entities of a batch
   * first, so that their cache misses overlap.
   */
  find(id: string): EntityHandle {
    const entity = this.table.find(id);
    this.#found.add(id, entity);
    if (entity >= 0) this.#prefetcher.add(entity);
    return entity;
  }

  /** The handle of an entity in memory. An entity that is not in memory is opened without events. */
  findOrOpen(id: string): EntityHandle {
    this.#prefetcher.prefetch();
    const found = this.#found.take(id);
    if (found >= 0) return found;
    const entity = this.table.find(id);
    return entity < 0 ? this.open(id) : entity;
  }

  /** Opens an entity without events. It must not be in memory. */
  open(id: string): EntityHandle {
    const entity = this.rings.open(0, false);
    this.table.add(id, entity);
    return entity;
  }

  /**
   * Keys of an entity's segments; most entities have none. Read them before `load`.
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  segmentKeys(id: string, head: Uint8Array): readonly string[] {
    return segmentKeys(this.#entity, id, head);
  }

  /**
   * Loads an entity from its stored state. It must not be in memory.
   * @throws AppError failed_precondition `STATE_CORRUPT`; then the entity is not in memory
   */
  load(id: string, packed: PackedRing): EntityHandle {
    const labels = this.newLabels();
    const unpacked = this.#unpacker.unpack(packed, labels);
    const { entity } = unpacked;
    this.table.add(id, entity);
    if (unpacked.segments.length > 0 || unpacked.nextSegmentId > 0) {
      const segments = new Segments(this.#segmentRows);
      segments.restore(unpacked.segments, unpacked.nextSegmentId);
      this.#segments.set(entity, segments);
    }
    this.rings.rebuild(this.rings.blockOf(entity));
    this.loaded(entity, labels);
    return entity;
  }

  /**
   * Opens a stored state for one reading, separate from the entities in memory and without windows. Close it with
   * `closeReading`.
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  protected openReading(packed: PackedRing | undefined): EntityHandle {
    if (packed === undefined) return this.rings.open(0, false);
    const labels = this.newLabels();
    const { entity } = this.#unpacker.unpack(packed, labels);
    this.rings.rows.passFilter(this.rings.blockOf(entity));
    this.loaded(entity, labels);
    return entity;
  }

  protected closeReading(entity: EntityHandle): void {
    this.rings.close(entity);
    this.released(entity);
  }

  /** Number of transactions held. */
  eventCount(entity: EntityHandle): number {
    return this.rings.lengthOf(this.rings.blockOf(entity));
  }

  /** Time of an entity's newest transaction, −Infinity if there is none. Reads from 7 days before it on are exact. */
  newestAtMs(entity: EntityHandle): number {
    return this.rings.rows.newestOf(this.rings.blockOf(entity));
  }

  /** Bytes of memory that an entity uses. */
  bytesOf(entity: EntityHandle): number {
    return this.rings.bytesOf(entity);
  }

  /** Packs an entity's head. */
  pack(entity: EntityHandle): Uint8Array {
    return this.#packHead(entity, OWN_MEMORY);
  }

  /**
   * Packed changes since the last call, by key; null = to be deleted. Values share slab blocks, so do not keep them for
   * long.
   */
  takeChanges(): Map<string, Uint8Array | null> {
    const changes = new Map<string, Uint8Array | null>();
    const changed = this.table.takeChanged();
    for (let i = 0; i < changed.length; i++) {
      if (i + 1 < changed.length) this.#prefetcher.prefetchAll(changed[i + 1] as EntityHandle);
      this.#pack(changed[i] as EntityHandle, changes);
    }
    return changes;
  }

  /**
   * Evicts the least recently used unchanged entities until at most `limit` are in memory and use at most `bytes`, or
   * all are changed.
   * @returns number of entities evicted
   */
  trim(limit: number, bytes = Infinity): number {
    const excess = this.table.leastRecentlyUsed(limit);
    for (const entity of excess) this.#release(entity);
    return excess.length + (this.usedBytes > bytes ? this.#trimBytes(bytes) : 0);
  }

  #trimBytes(bytes: number): number {
    let count = 0;
    for (const entity of this.table.leastRecentlyUsed(0)) {
      if (this.usedBytes <= bytes) break;
      this.#release(entity);
      count++;
    }
    return count;
  }

  /** Removes one entity from memory, changed or not. */
  drop(id: string): void {
    const entity = this.table.find(id);
    if (entity >= 0) this.#release(entity);
  }

  /** Labels for `load` to fill; undefined for entities without labels. */
  protected abstract newLabels(): TerminalLabels | undefined;
  protected abstract labelsOf(entity: EntityHandle): TerminalLabels | undefined;
  /** Called after an entity's rows were loaded. */
  protected abstract loaded(entity: EntityHandle, labels: TerminalLabels | undefined): void;
  protected abstract released(entity: EntityHandle): void;

  /** Closes and removes segments of a large ring. Call it after a row was appended. */
  protected appended(entity: EntityHandle): void {
    const block = this.rings.blockOf(entity);
    const { i32 } = this.rings.arena;
    const end = i32[block + END] as number;
    const most = 2 * this.#segmentRows;
    const isLong = end >= most && this.rings.lengthOf(block) >= most;
    if (isLong || this.rings.has(block, SEGMENTED)) this.#arrange(entity, block, end);
  }

  /** Updates the segments after a row was inserted at `slot`. */
  protected inserted(entity: EntityHandle, slot: number): void {
    const block = this.rings.blockOf(entity);
    this.#segments.get(entity)?.insertAt(slot - this.rings.physicalOf(block));
    this.appended(entity);
  }

  /** Updates the segments after packed data of the row at `slot` changed. */
  protected touched(entity: EntityHandle, slot: number): void {
    const block = this.rings.blockOf(entity);
    this.#segments.get(entity)?.touch(slot - this.rings.physicalOf(block));
  }

  #arrange(entity: EntityHandle, block: number, end: number): void {
    let segments = this.#segments.get(entity);
    if (segments === undefined) this.#segments.set(entity, (segments = new Segments(this.#segmentRows)));
    this.rings.windows.evict(block, 0);
    let physical = this.rings.physicalOf(block);
    segments.close(end - physical - segments.rows);
    const first = this.rings.arena.i32[block + FIRST] as number;
    for (;;) {
      const removed = segments.removeOldest(first - physical);
      if (removed === 0) break;
      physical += removed;
    }
    this.rings.setSegments(block, segments.list.length, physical);
  }

  #packHead(entity: EntityHandle, slab: PackedSlab): Uint8Array {
    const extras = { labels: this.labelsOf(entity), segments: this.#segments.get(entity) };
    const block = this.rings.blockOf(entity);
    this.rings.windows.evict(block, 0);
    return this.#packer.packHead(block, extras, slab);
  }

  #pack(entity: EntityHandle, changes: Map<string, Uint8Array | null>): void {
    const block = this.rings.blockOf(entity);
    const id = this.table.idOf(entity);
    const segments = this.#segments.get(entity);
    changes.set(id, this.#packHead(entity, this.#slab));
    if (segments === undefined) return;
    const extras = { labels: this.labelsOf(entity), segments };
    const { written, removed } = segments.takeChanges();
    for (const segment of written)
      changes.set(segmentKey(id, segment.id), this.#packer.packSegment(block, segment, extras, this.#slab));
    for (const segment of removed) changes.set(segmentKey(id, segment), null);
  }

  #release(entity: EntityHandle): void {
    this.#found.clear();
    this.#prefetcher.clear();
    this.table.remove(entity);
    this.#segments.delete(entity);
    this.rings.close(entity);
    this.released(entity);
  }
}
