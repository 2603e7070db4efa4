/** Finds of a batch that are remembered; a power of two is not needed. */
const MOST = 2_048;
const UNKNOWN = -1;

/**
 * What was found of a batch, in order: whoever finds all entities of a batch and then takes in its events asks for each entity twice, the
 * second time in the same order. The second answer costs a comparison of two ids, mostly the same string, instead of a search.
 */
export class FoundEntities {
  readonly #ids: string[] = [];
  readonly #entities = new Int32Array(MOST);
  #count = 0;
  #next = 0;

  /** Remembers a find. One after the first `take` begins a new batch. */
  add(id: string, entity: number): void {
    if (this.#next > 0) this.clear();
    if (this.#count === MOST) return;
    this.#ids[this.#count] = id;
    this.#entities[this.#count++] = entity;
  }

  /** What was found for the next id; −1 if nothing was, or another id was next. */
  take(id: string): number {
    const at = this.#next;
    if (at >= this.#count || this.#ids[at] !== id) return UNKNOWN;
    this.#next = at + 1;
    return this.#entities[at] as number;
  }

  /** To be called when a find may no longer hold. */
  clear(): void {
    this.#count = 0;
    this.#next = 0;
  }
}
