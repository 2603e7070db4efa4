import type { Clock } from '@fraudflow/core';

interface Kept<Value> {
  /** A promise only until it is settled: it would keep its asynchronous context alive for as long as the answer. */
  value: Value | Promise<Value>;
  readonly expiresAtMs: number;
}

/**
 * Remembers answers, so that asking again gives the same one, and asking twice at once computes one. Least recently made go
 * first when full. Failures are not remembered, nor are answers that `isLasting` turns down once they are there.
 */
export class AnswerCache<Value> {
  private readonly kept = new Map<string, Kept<Value>>();

  /** @param size 0 remembers nothing. */
  constructor(
    private readonly size: number,
    private readonly ttlMs: number,
    private readonly clock: Clock,
    private readonly isLasting: (value: Value) => boolean = () => true,
  ) {}

  /** The remembered answer, else the one `make` gives. */
  get(key: string, make: () => Promise<Value>): Promise<Value> {
    const nowMs = this.clock.nowMs();
    const found = this.kept.get(key);
    if (found && found.expiresAtMs > nowMs) return Promise.resolve(found.value);
    const making = make();
    const made: Kept<Value> = { value: making, expiresAtMs: nowMs + this.ttlMs };
    this.kept.delete(key);
    this.kept.set(key, made);
    if (this.kept.size > this.size) this.dropOldest();
    making.then(
      (value) => {
        made.value = value;
        if (!this.isLasting(value)) this.forget(key, made);
      },
      () => this.forget(key, made),
    );
    return making;
  }

  private forget(key: string, made: Kept<Value>): void {
    if (this.kept.get(key) === made) this.kept.delete(key);
  }

  private dropOldest(): void {
    for (const oldest of this.kept.keys()) {
      this.kept.delete(oldest);
      return;
    }
  }
}
