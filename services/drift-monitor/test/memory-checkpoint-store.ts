import { CheckpointStore } from '../src/session/checkpoint-store.port.js';

/** In-memory checkpoint store with a manual clock: a lease ends by `release`, `expire` or `passTime`. */
export class MemoryCheckpointStore extends CheckpointStore {
  saves = 0;
  /** ms; also the minimum of the next epoch, so that epochs increase after a loss of data. */
  #clockMs = 1;
  #epoch: number | undefined;
  #lease: { readonly holder: string; readonly endMs: number } | undefined;
  #blob: Uint8Array | undefined;

  async acquire(holder: string, leaseMs: number): Promise<number | undefined> {
    const isHeld = this.#lease !== undefined && this.#lease.endMs > this.#clockMs;
    if (isHeld && this.#lease?.holder !== holder) return undefined;
    this.#clockMs += 1;
    this.#epoch = Math.max((this.#epoch ?? 0) + 1, this.#clockMs);
    this.#setLease(holder, leaseMs);
    return this.#epoch;
  }

  async renew(epoch: number, holder: string, leaseMs: number): Promise<boolean> {
    if (epoch !== this.#epoch) return false;
    this.#setLease(holder, leaseMs);
    return true;
  }

  async release(epoch: number, holder: string): Promise<void> {
    if (epoch === this.#epoch && holder === this.#lease?.holder) this.expire();
  }

  async load(): Promise<Uint8Array | undefined> {
    return this.#blob;
  }

  async save(epoch: number, blob: Uint8Array): Promise<boolean> {
    if (epoch !== this.#epoch) return false;
    this.#blob = Uint8Array.from(blob);
    this.saves += 1;
    return true;
  }

  passTime(ms: number): void {
    this.#clockMs += ms;
  }

  /** Simulates an active instance that has not renewed its lease. */
  expire(): void {
    this.#lease = undefined;
  }

  /** Simulates a loss of all data. */
  lose(): void {
    this.#epoch = undefined;
    this.#blob = undefined;
    this.expire();
  }

  /** Simulates a crash of the instance before its newest checkpoints. */
  goBackTo(blob: Uint8Array | undefined): void {
    this.#blob = blob;
    this.expire();
  }

  #setLease(holder: string, leaseMs: number): void {
    this.#lease = { holder, endMs: this.#clockMs + leaseMs };
  }
}
