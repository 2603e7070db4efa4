/** Outcome of one call. */
export interface FuzzOutcome {
  /** The gRPC method's path, or method and path of an HTTP request. */
  readonly target: string;
  /** Number of the call. With the seed it reproduces the call. */
  readonly call: number;
  /** gRPC status or HTTP status; undefined if no response arrived in time. */
  readonly status: number | undefined;
  readonly detail: string;
}

/** Counts the outcomes of a run and keeps the first violations. */
export class FuzzReport {
  readonly violations: FuzzOutcome[] = [];
  /** Calls by target and status. */
  readonly counts = new Map<string, number>();
  calls = 0;

  add(outcome: FuzzOutcome, isAllowed: boolean): void {
    const key = `${outcome.target} ${outcome.status ?? 'no response'}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.calls++;
    if (!isAllowed && this.violations.length < MAX_KEPT) this.violations.push(outcome);
  }
}

const MAX_KEPT = 20;

/** Runs `work` for the numbers 0 to `count` − 1, at most `lanes` concurrently. */
export async function inParallel(count: number, lanes: number, work: (call: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
