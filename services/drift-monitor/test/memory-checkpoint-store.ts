import { CheckpointStore } from '../src/session/checkpoint-store.port.js';

/** Keeps lease and checkpoint in memory; a lease ends only by `release` or `expire`. */
export class MemoryCheckpointStore extends CheckpointStore {
  saves = 0;
  #epoch = 0;
  #holder: string | undefined;
  #blob: Uint8Array | undefined;

  async acquire(holder: string): Promise<number | undefined> {
    if (this.#holder !== undefined && this.#holder !== holder) return undefined;
    this.#holder = holder;
    return ++this.#epoch;
  }

  async renew(epoch: number, holder: string): Promise<boolean> {
    if (epoch !== this.#epoch) return false;
    this.#holder = holder;
    return true;
  }

  async release(epoch: number, holder: string): Promise<void> {
    if (epoch === this.#epoch && holder === this.#holder) this.#holder = undefined;
  }

  async load(): Promise<Uint8Array | undefined> {
    return this.#blob;
  }

  async save(epoch: number, blob: Uint8Array): Promise<boolean> {
    if (epoch !== this.#epoch) return false;
    this.#blob = blob;
    this.saves += 1;
    return true;
  }

  /** As if the active instance had been silent for too long. */
  expire(): void {
    this.#holder = undefined;
  }

  /** As if the instance had died before its newest checkpoints. */
  goBackTo(blob: Uint8Array | undefined): void {
    this.#blob = blob;
    this.expire();
  }
}
