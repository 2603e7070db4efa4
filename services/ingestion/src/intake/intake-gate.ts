import { resourceExhausted, timedOut } from '@fraudflow/core';

export interface IntakeLimits {
  /** Calls that wait for the log at a time. */
  readonly maxCalls: number;
  /** Bytes of their records. */
  readonly maxBytes: number;
  /** Longest wait of a call, ms. */
  readonly timeoutMs: number;
}

/** Bounds what waits for the log: too much is refused at once, and nobody waits longer than the limit. */
export class IntakeGate {
  private calls = 0;
  private bytes = 0;

  constructor(private readonly limits: IntakeLimits) {}

  /**
   * @param timeoutMs the caller's own limit, if it has one
   * @throws AppError resource_exhausted INTAKE_OVERLOADED before any work, timeout INTAKE_TIMEOUT: then the records may
   * be written still
   */
  async pass(bytes: number, work: () => Promise<void>, timeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { maxCalls, maxBytes } = this.limits;
    // A lone call passes whatever its size: the interfaces bound that.
    if (this.calls >= maxCalls || (this.calls > 0 && this.bytes + bytes > maxBytes)) {
      throw resourceExhausted(
        `${this.calls} calls with ${this.bytes} bytes wait for Kafka already; send the records again a little later`,
        { code: 'INTAKE_OVERLOADED' },
      );
    }
    this.calls++;
    this.bytes += bytes;
    const done = work().finally(() => {
      this.calls--;
      this.bytes -= bytes;
    });
    await within(done, Math.min(timeoutMs, this.limits.timeoutMs));
  }
}

/** A wait that ends does not end the work: what it holds of the limits stays held until it is done. */
async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => {
        reject(
          timedOut(
            'Kafka has not acknowledged the records in time. They may be written still: send them again with the same ids',
            {
              code: 'INTAKE_TIMEOUT',
            },
          ),
        );
      },
      Math.max(0, timeoutMs),
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
