import type { Rings } from './rings.js';

/** Rings brought near together: by the time the last one's header was asked for, the first one's has arrived. */
const GROUP = 32;

/**
 * Brings rings into the processor's caches before they are needed. With thousands of entities the cost of an event is mostly waiting
 * for memory. The rings of a group are read in two short loops, headers and then rows: nothing else lies between their reads, so that
 * the processor waits for those of several rings together.
 */
export class NearRings {
  readonly #rings: Rings;
  readonly #entities = new Int32Array(GROUP);
  #count = 0;

  constructor(rings: Rings) {
    this.#rings = rings;
  }

  /** To be called with each entity that will soon take in a row. */
  add(entity: number): void {
    this.#entities[this.#count++] = entity;
    if (this.#count === GROUP) this.bring();
  }

  /** To be called before the first of them takes one in: brings the last group, which may be smaller. */
  bring(): void {
    const { windows } = this.#rings;
    const entities = this.#entities;
    const count = this.#count;
    for (let i = 0; i < count; i++) windows.touchHeader(this.#rings.blockOf(entities[i] as number));
    for (let i = 0; i < count; i++) windows.touchRows(this.#rings.blockOf(entities[i] as number));
    this.#count = 0;
  }

  /** To be called when one of them may be gone. */
  clear(): void {
    this.#count = 0;
  }
}
