/** Maximum number of lookups remembered per batch; any number is allowed. */
const MOST = 2_048;
const UNKNOWN = -1;

/**
 * Results of a batch's lookups, in order. A caller that looks up all entities of a batch and then applies its events
 * looks each one up twice, in the same order. The second lookup compares one id instead of searching.
 */
export class FoundEntities {
  readonly #ids: string[] = [];
  readonly #entities = new Int32Array(MOST);
  #count = 0;
  #next = 0;

  /** Remembers a lookup. The first one after a `take` begins a new batch. */
  add(id: string, entity: number): void {
    if (this.#next > 0) this.clear();
    if (this.#count === MOST) return;
    this.#ids[this.#count] = id;
    this.#entities[this.#count++] = entity;
  }

  /** The result for the next id; −1 if there is none or another id was next. */
  take(id: string): number {
    const at = this.#next;
    if (at >= this.#count || this.#ids[at] !== id) return UNKNOWN;
    this.#next = at + 1;
    return this.#entities[at] as number;
  }

  /** Forgets all results. Call it when one of them may be outdated. */
  clear(): void {
    this.#count = 0;
    this.#next = 0;
  }
}
