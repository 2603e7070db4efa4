import type { StageRebuild } from '@fraudflow/contracts';

/** Maximum number of records whose states one commit writes: the work that a crash during a rebuild repeats. */
const MAX_RECORDS = 20_000;

/**
 * The records that a rebuild has applied and not yet written. As long as all outputs of the records are in the log
 * already, they have no external effect, so their states may be written in few large commits, and a crash only repeats
 * the work.
 */
export class Deferral {
  private records = 0;
  private readonly seen = new Map<string, number>();
  private isEnabled = true;

  get isEmpty(): boolean {
    return this.records === 0;
  }

  /** True if `count` more records that end before `next` may wait for a later commit. */
  allows(rebuild: StageRebuild | undefined, next: number, count: number): boolean {
    if (rebuild === undefined || !this.isEnabled || this.records + count > MAX_RECORDS) return false;
    return next <= rebuild.emitFrom && next < rebuild.until;
  }

  /** @param seen high-water marks of the sources in these records */
  add(count: number, seen: ReadonlyMap<string, number>): void {
    // A batch without records counts as one, so that it is written eventually.
    this.records += Math.max(1, count);
    for (const [source, mark] of seen) this.seen.set(source, mark);
  }

  /** The high-water marks to write with the next commit. */
  marksWith(seen: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    return this.isEmpty ? seen : new Map([...this.seen, ...seen]);
  }

  clear(): void {
    this.records = 0;
    this.seen.clear();
  }

  /** A deferred record failed: from now on nothing is deferred, so that the failing record can be found. */
  disable(): void {
    this.isEnabled = false;
  }
}
