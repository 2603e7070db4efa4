import type { Clock } from '@fraudflow/core';

interface Kept<Value> {
  /** A promise only until it settles: a stored promise would keep its asynchronous context alive. */
  value: Value | Promise<Value>;
  readonly expiresAtMs: number;
}

/**
 * Caches results by key, so a repeated request gets the same result and concurrent requests compute it once. A full
 * cache evicts the result that was computed first. Failures are not cached, nor are results for which `isLasting` is
 * false.
 */
export class ResultCache<Value> {
  private readonly kept = new Map<string, Kept<Value>>();

  /** @param size largest number of results; 0 disables the cache. */
  constructor(
    private readonly size: number,
    private readonly ttlMs: number,
    private readonly clock: Clock,
    private readonly isLasting: (value: Value) => boolean = () => true,
  ) {}

  /** The cached result if it has not expired, else the result of `make`. */
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
