import type { Backfill } from './backfill-client.js';

const STALLED_AFTER_MS = 60_000;

/**
 * Reports once that a backfill has made no progress for a while. It may be reading the history before its first row, be
 * retried after an error, or have no worker.
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

  update({ rowsDone, featureService }: Pick<Backfill, 'rowsDone' | 'featureService'>): void {
    if (rowsDone !== this.rowsDone) {
      this.rowsDone = rowsDone;
      this.movedAtMs = this.nowMs();
      this.isSaid = false;
    }
    if (this.isSaid || this.nowMs() - this.movedAtMs < STALLED_AFTER_MS) return;
    this.isSaid = true;
    this.say(
      `no row was completed for a minute: the feature store may be reading the history before the first row, or retrying after an error that its log names; ` +
        `if its worker has ended, run ./fraudflow features backfill ${featureService} again to continue it`,
    );
  }
}
