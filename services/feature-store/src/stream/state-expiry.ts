import { DAY_MS } from '@fraudflow/core';
import { type EntityEngine, lastEventAtMs, segmentKeys, type StateEntity, STATE_REACH_MS } from '@fraudflow/features';
import type { StageContext } from '@fraudflow/messaging';
import { EventProgress } from './event-progress.js';
import { ExpiredEntities } from './expired-entities.js';

export interface ExpiryPace {
  /** Records by whose event times a partition's progress is judged. */
  readonly epochRecords: number;
  /** Records between two pages of keys. */
  readonly pageRecords: number;
}

/** Slow: a page is a fraction of a millisecond of Redis, and nothing waits for the memory. */
export const EXPIRY_PACE: ExpiryPace = { epochRecords: 16_384, pageRecords: 256 };

/** Entities removed with one commit. */
const MAX_REMOVALS_PER_COMMIT = 64;
const RESERVED_KEY_CHAR = '#';

type Context = Pick<StageContext, 'read' | 'scan'>;

/**
 * Removes the states of entities whose newest event is so far behind the partition's event time that no event which may
 * still come sees it. Goes by event time, never by the clock, so a replay of old history expires nothing that counts in
 * it; in small steps, each committed with a batch.
 */
export class StateExpiry {
  readonly entities = new ExpiredEntities();
  private readonly progress: EventProgress;
  private records = 0;
  /** Found in a page and still to be looked at. */
  private candidates: string[] = [];
  private isScanning = false;
  /** A round over all keys is under way, from `cursor` on. */
  private isRoundActive = false;
  private cursor: string | undefined;
  private lastBoundMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly entity: StateEntity,
    private readonly pace: ExpiryPace = EXPIRY_PACE,
  ) {
    this.progress = new EventProgress(pace.epochRecords);
  }

  /** To be called with the event time of each transaction. */
  observe(atMs: number): void {
    this.progress.observe(atMs);
    this.records++;
  }

  /**
   * Adds to a batch's writes the removal of some expired states. To be called when the batch's own changes are among
   * them.
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

  /** Looks at the next page of keys, beside the stage's work. */
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
      // The stage itself reports a store that is away; the page is read again.
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

  /** Infinity for what is not there or cannot be read: that is not to be removed here. */
  private lastEventAt(head: Uint8Array | undefined): number {
    if (head === undefined) return Number.POSITIVE_INFINITY;
    try {
      return lastEventAtMs(this.entity, head);
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }
}
