import type { StageRebuild } from './stage-store.port.js';

/** Records whose states are written together, at most: what a crash in a rebuild throws back. */
const MOST_RECORDS = 20_000;

/**
 * What a rebuild has applied and not yet written. As long as all outputs of the records are in the log already, nothing outside hears of them, so
 * their states may be written in few large commits, each state once, and a crash only repeats the work.
 */
export class Deferral {
  private records = 0;
  private readonly seen = new Map<string, number>();
  private isTrusted = true;

  get isEmpty(): boolean {
    return this.records === 0;
  }

  /** Whether so many records that end before `next` may wait for a later commit. */
  allows(rebuild: StageRebuild | undefined, next: number, count: number): boolean {
    if (rebuild === undefined || !this.isTrusted || this.records + count > MOST_RECORDS) return false;
    return next <= rebuild.emitFrom && next < rebuild.until;
  }

  /** @param seen marks of the sources in these records */
  add(count: number, seen: ReadonlyMap<string, number>): void {
    // Also a piece without records has to be written some time.
    this.records += Math.max(1, count);
    for (const [source, mark] of seen) this.seen.set(source, mark);
  }

  /** The marks to be written with the next commit. */
  marksWith(seen: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    return this.isEmpty ? seen : new Map([...this.seen, ...seen]);
  }

  clear(): void {
    this.records = 0;
    this.seen.clear();
  }

  /** A record in what was deferred did harm: from now on batch by batch, so that it is found. */
  distrust(): void {
    this.isTrusted = false;
  }
}
