import type { Caller, Callers } from './callers.js';

export interface Steadily {
  readonly ms: number;
  readonly callsPerSecond: number;
}

/** Responses are read at least this often: the largest error of a latency. */
const LONGEST_NAP_MS = 0.1;
const nap = new Int32Array(new SharedArrayBuffer(4));

/**
 * Makes calls at a steady rate, independent of earlier responses. A latency counts from the time the call was due, so
 * that a slow response also counts for the calls it delays. A call without a free caller waits for one.
 * @returns latencies in ms after all responses. @throws AppError unavailable if any call fails
 */
export function openLoop(callers: Callers, nextRequest: () => Buffer, load: Steadily): Promise<Float64Array> {
  return new Promise((resolve, reject) => new OpenLoop(callers.all, nextRequest, load, { resolve, reject }).turn());
}

interface Outcome {
  readonly resolve: (latencies: Float64Array) => void;
  readonly reject: (thrown: unknown) => void;
}

class OpenLoop {
  /** The most recently used caller is taken first, as connection pools do. */
  private readonly free: Caller[];
  /** Preallocated: copies of a growing list would count as latency. */
  private readonly latencies: Float64Array;
  private answered = 0;
  private readonly beganAt = performance.now();
  private readonly total: number;
  private readonly gapMs: number;
  private made = 0;
  private hasFailed = false;

  constructor(
    callers: readonly Caller[],
    private readonly nextRequest: () => Buffer,
    { ms, callsPerSecond }: Steadily,
    private readonly outcome: Outcome,
  ) {
    this.free = [...callers];
    this.gapMs = 1_000 / callsPerSecond;
    this.total = Math.floor(ms / this.gapMs);
    this.latencies = new Float64Array(this.total);
  }

  /**
   * Makes the calls that are due. Timers are too coarse for the rest of the wait: up to eight more calls would be due.
   */
  readonly turn = (): void => {
    if (this.hasFailed) return;
    if (this.answered === this.total) return this.outcome.resolve(this.latencies);
    while (this.made < this.total && this.dueAt(this.made) <= performance.now()) {
      const caller = this.free.pop();
      if (caller === undefined) break;
      this.make(caller, this.dueAt(this.made++));
    }
    const waitMs = this.made < this.total ? this.dueAt(this.made) - performance.now() : LONGEST_NAP_MS;
    // A sleeping driver leaves its core to the server's store.
    if (waitMs > 0) Atomics.wait(nap, 0, 0, Math.min(waitMs, LONGEST_NAP_MS));
    setImmediate(this.turn);
  };

  private dueAt(call: number): number {
    return this.beganAt + call * this.gapMs;
  }

  private make(caller: Caller, dueAt: number): void {
    caller(this.nextRequest()).then(
      () => {
        this.latencies[this.answered++] = performance.now() - dueAt;
        this.free.push(caller);
      },
      (thrown: unknown) => {
        this.hasFailed = true;
        this.outcome.reject(thrown);
      },
    );
  }
}
