import type { EntityPlan } from './entity-plan.js';
import { EntityTable } from './entity-table.js';
import { FoundEntities } from './found-entities.js';
import { NearRings } from './near-rings.js';
import { segmentKeys } from './packed-ring.js';
import { PackedRoom } from './packed-room.js';
import { END, FIRST, SEGMENTED } from './ring-layout.js';
import { RingPacker } from './ring-packer.js';
import { type PackedRing, RingUnpacker } from './ring-unpacker.js';
import { Rings } from './rings.js';
import { RunningFeatures } from './running-features.js';
import { SEGMENT_ROWS, Segments } from './segments.js';
import { segmentKey, type StateEntity } from './state-keys.js';
import type { TerminalLabels } from './terminal-labels.js';
import { WindowReading } from './window-reading.js';

/** What is packed together shares blocks of this size. */
const BLOCK_BYTES = 65_536;
const OWN_MEMORY = new PackedRoom(0);

/** Number of an entity in its engine's memory; valid until the engine lets go of it. */
export type EntityHandle = number;

export interface EngineSizes {
  readonly retentionMs: number;
  /** Rows of a closed segment. All who write or read the same store must agree. */
  readonly segmentRows?: number | undefined;
}

/**
 * What the engines of both kinds of entity share: which entities are in memory, their rings, and their way from and to packed
 * bytes. The bytes of an entity are a pure function of what was applied to it, whatever was evicted or written in between.
 */
export abstract class EntityEngine {
  protected readonly rings: Rings;
  protected readonly reading: WindowReading;
  protected readonly running: RunningFeatures;
  protected readonly table = new EntityTable();
  readonly #entity: StateEntity;
  readonly #packer: RingPacker;
  readonly #unpacker: RingUnpacker;
  readonly #segmentRows: number;
  readonly #near: NearRings;
  readonly #room = new PackedRoom(BLOCK_BYTES);
  readonly #found = new FoundEntities();
  readonly #segments = new Map<EntityHandle, Segments>();

  constructor(entity: StateEntity, plan: EntityPlan, { retentionMs, segmentRows = SEGMENT_ROWS }: EngineSizes) {
    this.#entity = entity;
    this.#segmentRows = segmentRows;
    this.rings = new Rings(plan, retentionMs);
    this.reading = new WindowReading(plan, this.rings);
    this.running = new RunningFeatures(this.rings.arena, plan, this.rings.layout);
    this.#near = new NearRings(this.rings);
    this.#packer = new RingPacker(this.rings, entity);
    this.#unpacker = new RingUnpacker(this.rings, entity);
  }

  /** Number of entities in memory. */
  get size(): number {
    return this.table.size;
  }

  /** Bytes of memory held for all entities, free room included. */
  get byteLength(): number {
    return this.rings.arena.byteLength;
  }

  /** Whether `takeChanges` would give something of an entity. */
  isChanged(entity: EntityHandle): boolean {
    return this.table.isChanged(entity);
  }

  /** Whether `takeChanges` would give something. */
  get hasChanges(): boolean {
    return this.table.hasChanged;
  }

  /** Bytes of memory that the entities in memory take up. */
  get usedBytes(): number {
    return this.rings.usedBytes;
  }

  /**
   * The handle of an entity in memory, or −1. Also brings what `apply` will look at into the processor's caches: whoever has a
   * batch finds all its entities first, so that the misses of several overlap.
   */
  find(id: string): EntityHandle {
    const entity = this.table.find(id);
    this.#found.add(id, entity);
    if (entity >= 0) this.#near.add(entity);
    return entity;
  }

  /** The handle of an entity in memory; one that is not is opened as never seen. */
  findOrOpen(id: string): EntityHandle {
    this.#near.bring();
    const found = this.#found.take(id);
    if (found >= 0) return found;
    const entity = this.table.find(id);
    return entity < 0 ? this.open(id) : entity;
  }

  /** Opens an entity that was never seen. It must not be in memory. */
  open(id: string): EntityHandle {
    const entity = this.rings.open(0, false);
    this.table.add(id, entity);
    return entity;
  }

  /**
   * Keys of the values that an entity consists of besides its head; most have none. To be read before `load`.
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  segmentKeys(id: string, head: Uint8Array): readonly string[] {
    return segmentKeys(this.#entity, id, head);
  }

  /**
   * Takes an entity into memory from what was stored of it. It must not be in memory.
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
   * Opens what was stored of an entity for one reading, outside the entities in memory: its windows are only looked up, so they
   * are not made. To be closed again with `closeReading`.
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

  /** Bytes of memory that an entity holds. */
  bytesOf(entity: EntityHandle): number {
    return this.rings.bytesOf(entity);
  }

  /** An entity's head, packed. */
  pack(entity: EntityHandle): Uint8Array {
    return this.#packHead(entity, OWN_MEMORY);
  }

  /** What has changed since the last call, packed, by key; null = to be deleted. The values share blocks of memory: not to be kept for long. */
  takeChanges(): Map<string, Uint8Array | null> {
    const changes = new Map<string, Uint8Array | null>();
    const changed = this.table.takeChanged();
    for (let i = 0; i < changed.length; i++) {
      if (i + 1 < changed.length) this.#near.bringAll(changed[i + 1] as EntityHandle);
      this.#pack(changed[i] as EntityHandle, changes);
    }
    return changes;
  }

  /**
   * Evicts the least recently used unchanged entities until at most `limit` are in memory and take up at most `bytes`, or all are changed.
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

  /** Lets go of one entity, changed or not. */
  drop(id: string): void {
    const entity = this.table.find(id);
    if (entity >= 0) this.#release(entity);
  }

  /** Labels to be filled by `load`; undefined for entities that have none. */
  protected abstract newLabels(): TerminalLabels | undefined;
  protected abstract labelsOf(entity: EntityHandle): TerminalLabels | undefined;
  /** Called when an entity's rows are in memory. */
  protected abstract loaded(entity: EntityHandle, labels: TerminalLabels | undefined): void;
  protected abstract released(entity: EntityHandle): void;

  /** To be called after a row was appended: closes and removes segments of a long ring. */
  protected appended(entity: EntityHandle): void {
    const p = this.rings.blockOf(entity);
    const { i32 } = this.rings.arena;
    const end = i32[p + END] as number;
    const most = 2 * this.#segmentRows;
    const isLong = end >= most && this.rings.lengthOf(p) >= most;
    if (isLong || this.rings.has(p, SEGMENTED)) this.#arrange(entity, p, end);
  }

  /** To be called after a row was inserted at `slot`. */
  protected inserted(entity: EntityHandle, slot: number): void {
    const p = this.rings.blockOf(entity);
    this.#segments.get(entity)?.insertAt(slot - this.rings.physicalOf(p));
    this.appended(entity);
  }

  /** To be called after something of the row at `slot` changed that is packed with it. */
  protected touched(entity: EntityHandle, slot: number): void {
    const p = this.rings.blockOf(entity);
    this.#segments.get(entity)?.touch(slot - this.rings.physicalOf(p));
  }

  #arrange(entity: EntityHandle, p: number, end: number): void {
    let segments = this.#segments.get(entity);
    if (segments === undefined) this.#segments.set(entity, (segments = new Segments(this.#segmentRows)));
    this.rings.windows.letGo(p, 0);
    let physical = this.rings.physicalOf(p);
    segments.close(end - physical - segments.rows);
    const first = this.rings.arena.i32[p + FIRST] as number;
    for (;;) {
      const removed = segments.removeOldest(first - physical);
      if (removed === 0) break;
      physical += removed;
    }
    this.rings.setSegments(p, segments.list.length, physical);
  }

  #packHead(entity: EntityHandle, room: PackedRoom): Uint8Array {
    const extras = { labels: this.labelsOf(entity), segments: this.#segments.get(entity) };
    const p = this.rings.blockOf(entity);
    this.rings.windows.letGo(p, 0);
    return this.#packer.packHead(p, extras, room);
  }

  #pack(entity: EntityHandle, changes: Map<string, Uint8Array | null>): void {
    const p = this.rings.blockOf(entity);
    const id = this.table.idOf(entity);
    const segments = this.#segments.get(entity);
    changes.set(id, this.#packHead(entity, this.#room));
    if (segments === undefined) return;
    const extras = { labels: this.labelsOf(entity), segments };
    const { written, removed } = segments.takeChanges();
    for (const segment of written)
      changes.set(segmentKey(id, segment.id), this.#packer.packSegment(p, segment, extras, this.#room));
    for (const segment of removed) changes.set(segmentKey(id, segment), null);
  }

  #release(entity: EntityHandle): void {
    this.#found.clear();
    this.#near.clear();
    this.table.remove(entity);
    this.#segments.delete(entity);
    this.rings.close(entity);
    this.released(entity);
  }
}
