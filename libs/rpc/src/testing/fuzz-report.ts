/** What became of one call. */
export interface FuzzOutcome {
  /** The gRPC method's path, or method and path of an HTTP request. */
  readonly target: string;
  /** Number of the call, which with the seed makes the same call again. */
  readonly call: number;
  /** gRPC status or HTTP status; undefined if no answer came in time. */
  readonly status: number | undefined;
  readonly detail: string;
}

/** Counts the outcomes of a run and keeps the first ones that must not be. */
export class FuzzReport {
  readonly violations: FuzzOutcome[] = [];
  /** Calls by target and status. */
  readonly counts = new Map<string, number>();
  calls = 0;

  add(outcome: FuzzOutcome, isAllowed: boolean): void {
    const key = `${outcome.target} ${outcome.status ?? 'unanswered'}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.calls++;
    if (!isAllowed && this.violations.length < MAX_KEPT) this.violations.push(outcome);
  }
}

const MAX_KEPT = 20;

/** Runs `work` for the numbers from 0 to below `count`, so many at once. */
export async function inParallel(count: number, lanes: number, work: (call: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
