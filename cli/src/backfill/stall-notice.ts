import type { Backfill } from './backfill-client.js';

const STALLED_AFTER_MS = 60_000;

/**
 * Says once that a backfill has not moved for a while. It may be reading what lies before its first row, be tried again
 * after an error, or have nobody to run it.
 */
export class StallNotice {
  private movedAtMs: number;
  private rowsDone: number;
  private isSaid = false;

  constructor(
    begun: Pick<Backfill, 'rowsDone'>,
    private readonly say: (text: string) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.movedAtMs = nowMs();
    this.rowsDone = begun.rowsDone;
  }

  look({ rowsDone, featureService }: Pick<Backfill, 'rowsDone' | 'featureService'>): void {
    if (rowsDone !== this.rowsDone) {
      this.rowsDone = rowsDone;
      this.movedAtMs = this.nowMs();
      this.isSaid = false;
    }
    if (this.isSaid || this.nowMs() - this.movedAtMs < STALLED_AFTER_MS) return;
    this.isSaid = true;
    this.say(
      `no row was done for a minute: much history may lie before the first one, or the feature store tries it again after an error, ` +
        `which its log names; if its worker is gone, ./fraudflow features backfill ${featureService} again makes it go on`,
    );
  }
}
