import { resourceExhausted, timedOut } from '@fraudflow/core';

export interface IntakeLimits {
  /** Maximum number of calls that wait for the log at the same time. */
  readonly maxCalls: number;
  /** Maximum number of bytes of their records. */
  readonly maxBytes: number;
  /** Maximum waiting time of a call, ms. */
  readonly timeoutMs: number;
}

/** Limits the calls that wait for the log: further calls are refused immediately, and every wait has a time limit. */
export class IntakeGate {
  private calls = 0;
  private bytes = 0;

  constructor(private readonly limits: IntakeLimits) {}

  /**
   * @param timeoutMs the caller's own limit, if it has one
   * @throws AppError resource_exhausted INTAKE_OVERLOADED before any work is done, timeout INTAKE_TIMEOUT: the records
   * may still be written
   */
  async pass(bytes: number, work: () => Promise<void>, timeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { maxCalls, maxBytes } = this.limits;
    // A single call always passes: the interfaces limit its size.
    if (this.calls >= maxCalls || (this.calls > 0 && this.bytes + bytes > maxBytes)) {
      throw resourceExhausted(
        `${this.calls} calls with ${this.bytes} bytes wait for Kafka; send the records again later`,
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

/** The end of the wait does not end the work, which occupies its capacity until it is done. */
async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => {
        reject(
          timedOut(
            'Kafka has not acknowledged the records in time. They may still be written: send them again with the same ids',
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
