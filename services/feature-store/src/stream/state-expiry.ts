import { DAY_MS } from '@fraudflow/core';
import { type EntityEngine, lastEventAtMs, segmentKeys, type StateEntity, STATE_REACH_MS } from '@fraudflow/features';
import type { StageContext } from '@fraudflow/messaging';
import { EventProgress } from './event-progress.js';
import { ExpiredEntities } from './expired-entities.js';

export interface ExpiryPace {
  /** Number of records per epoch of the partition's event-time progress. */
  readonly epochRecords: number;
  /** Number of records between two pages of keys. */
  readonly pageRecords: number;
}

/**
 * Default pace. It is slow, because nothing waits for the memory; a page takes a fraction of a millisecond of Redis.
 */
export const EXPIRY_PACE: ExpiryPace = { epochRecords: 16_384, pageRecords: 256 };

/** Largest number of entities removed with one commit. */
const MAX_REMOVALS_PER_COMMIT = 64;
const RESERVED_KEY_CHAR = '#';

type Context = Pick<StageContext, 'read' | 'scan'>;

/**
 * Removes the states of entities whose newest event is so old, relative to the partition's event time, that no later
 * event can use it. It never uses the clock, so a replay of old history expires no state that it still needs. States
 * are removed in small steps that are committed with the batches.
 */
export class StateExpiry {
  readonly entities = new ExpiredEntities();
  private readonly progress: EventProgress;
  private records = 0;
  /** Keys of the last pages that are not checked yet. */
  private candidates: string[] = [];
  private isScanning = false;
  /** True during a scan over all keys, which continues at `cursor`. */
  private isRoundActive = false;
  private cursor: string | undefined;
  private lastBoundMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly entity: StateEntity,
    private readonly pace: ExpiryPace = EXPIRY_PACE,
  ) {
    this.progress = new EventProgress(pace.epochRecords);
  }

  /** Call it with the event time of each transaction. */
  observe(atMs: number): void {
    this.progress.observe(atMs);
    this.records++;
  }

  /**
   * Adds the removal of some expired states to the writes of a batch. Call it after the changes of the batch were
   * added.
   * @returns number of entities removed
   */
  async sweep(engine: EntityEngine, context: Context, writes: Map<string, Uint8Array | null>): Promise<number> {
    const boundMs = this.progress.reachedMs - STATE_REACH_MS;
    this.scanNext(boundMs, context);
    if (this.candidates.length === 0) return 0;
    const ids = this.candidates.splice(0, MAX_REMOVALS_PER_COMMIT).filter((id) => !writes.has(id));
    const heads = await context.read(ids);
    const expired: string[] = [];
    let newestMs = Number.NEGATIVE_INFINITY;
    ids.forEach((id, i) => {
      const lastMs = this.lastEventAt(heads[i]);
      if (lastMs >= boundMs) return;
      for (const key of segmentKeys(this.entity, id, heads[i] as Uint8Array)) writes.set(key, null);
      writes.set(id, null);
      engine.drop(id);
      expired.push(id);
      newestMs = Math.max(newestMs, lastMs);
    });
    if (expired.length > 0) await this.entities.add(expired, newestMs, context, writes);
    return expired.length;
  }

  /** Reads the next page of keys concurrently with the stage. */
  private scanNext(boundMs: number, context: Context): void {
    if (this.isScanning || this.candidates.length > 0 || this.records < this.pace.pageRecords) return;
    if (!this.isRoundActive) {
      if (!Number.isFinite(boundMs) || boundMs < this.lastBoundMs + DAY_MS) return;
      this.lastBoundMs = boundMs;
      this.isRoundActive = true;
      this.cursor = undefined;
    }
    this.records = 0;
    this.isScanning = true;
    this.scanPage(boundMs, context).then(
      () => (this.isScanning = false),
      // The stage reports an unreachable store itself; the page is read again.
      () => (this.isScanning = false),
    );
  }

  private async scanPage(boundMs: number, { scan, read }: Context): Promise<void> {
    const { keys, cursor } = await scan(this.cursor);
    const ids = [...new Set(keys)].filter((key) => !key.includes(RESERVED_KEY_CHAR));
    const heads = await read(ids);
    this.candidates.push(...ids.filter((_, i) => this.lastEventAt(heads[i]) < boundMs));
    this.cursor = cursor;
    this.isRoundActive = cursor !== undefined;
  }

  /** Infinity for states that are absent or unreadable, so that they are not removed here. */
  private lastEventAt(head: Uint8Array | undefined): number {
    if (head === undefined) return Number.POSITIVE_INFINITY;
    try {
      return lastEventAtMs(this.entity, head);
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }
}
