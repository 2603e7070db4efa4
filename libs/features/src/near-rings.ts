import type { Rings } from './rings.js';

/** Rings asked for last. A power of two. */
const HELD = 16;
/** How many later one's header is read, and then its rows: by then the read before has arrived. */
const HEADER_AFTER = 4;
const ROWS_AFTER = 8;

/**
 * Brings rings near whose entities are found one after the other: into the processor's caches before they are needed. With
 * thousands of entities the cost of an event is mostly waiting for memory; the reads of several rings, a step of each at a time,
 * are waited for together.
 */
export class NearRings {
  readonly #rings: Rings;
  readonly #entities = new Int32Array(HELD);
  #count = 0;

  constructor(rings: Rings) {
    this.#rings = rings;
  }

  /** To be called with each entity found; there is at least one ring. */
  bring(entity: number): void {
    const rings = this.#rings;
    const entities = this.#entities;
    const at = this.#count++;
    entities[at % HELD] = entity;
    if (at < ROWS_AFTER) return;
    rings.windows.touchHeader(rings.blockOf(entities[(at - HEADER_AFTER) % HELD] as number));
    rings.windows.touchRows(rings.blockOf(entities[(at - ROWS_AFTER) % HELD] as number));
  }
}
