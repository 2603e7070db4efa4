/** Clock and timers of a load driver; tests replace them. */
export interface LoadTime {
  /** Milliseconds with fractions, monotonic. */
  nowMs(): number;
  /** Runs the function after at least this many ms. @returns a function that cancels it */
  after(ms: number, run: () => void): () => void;
}

export const realLoadTime: LoadTime = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export interface CallResult {
  /** From the time the call was due, not from its start, so that a stalled driver or server does not hide waiting. */
  readonly latencyMs: number;
  readonly failure: string | undefined;
}

export interface OpenLoopOptions<Request> {
  readonly perSecond: number;
  /** The next request; undefined if there is none now. */
  next(): Request | undefined;
  call(request: Request): Promise<void>;
  /** Called for every call that ended or could not be made. */
  done(result: CallResult): void;
}

const TICK_MS = 1;
const MAX_IN_FLIGHT = 2_000;

/**
 * Makes calls at a constant rate, independent of the responses (open loop). A call that is due while there is no
 * request is skipped and not repeated. With too many calls in flight a due call counts as a failure, so that an
 * overload is visible.
 */
export class OpenLoop<Request> {
  private dueMs: number;
  private cancel: (() => void) | undefined;
  private inFlight = 0;
  private ending: (() => void) | undefined;

  constructor(
    private readonly options: OpenLoopOptions<Request>,
    private readonly time: LoadTime = realLoadTime,
  ) {
    this.dueMs = time.nowMs();
  }

  start(): void {
    this.dueMs = this.time.nowMs();
    this.tick();
  }

  /** Stops new calls; resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.cancel?.();
    this.cancel = undefined;
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.ending = resolve));
  }

  private tick(): void {
    const nowMs = this.time.nowMs();
    for (; this.dueMs <= nowMs; this.dueMs += 1_000 / this.options.perSecond) {
      const request = this.options.next();
      if (request === undefined) continue;
      if (this.inFlight >= MAX_IN_FLIGHT) this.options.done({ latencyMs: Number.NaN, failure: 'too_many_in_flight' });
      else void this.make(request, this.dueMs);
    }
    this.cancel = this.time.after(TICK_MS, () => this.tick());
  }

  private async make(request: Request, dueMs: number): Promise<void> {
    this.inFlight++;
    let failure: string | undefined;
    try {
      await this.options.call(request);
    } catch (thrown) {
      failure = failureName(thrown);
    }
    this.inFlight--;
    this.options.done({ latencyMs: this.time.nowMs() - dueMs, failure });
    if (this.inFlight === 0) this.ending?.();
  }
}

function failureName(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'kind' in thrown) return String(thrown.kind);
  return thrown instanceof Error ? thrown.name : 'unknown';
}
