const NO_ENTITY = -1;

/** Entities in memory by id: their numbers, which of them have changed, and when each was last used. */
export class EntityTable {
  readonly #numbers = new Map<string, number>();
  readonly #ids: string[] = [];
  #usedAt = new Float64Array(64);
  #isChanged = new Uint8Array(64);
  #changed: number[] = [];
  #clock = 0;

  get size(): number {
    return this.#numbers.size;
  }

  get hasChanged(): boolean {
    return this.#changed.length > 0;
  }

  /** Number of an entity, or −1. */
  find(id: string): number {
    return this.#numbers.get(id) ?? NO_ENTITY;
  }

  idOf(entity: number): string {
    return this.#ids[entity] as string;
  }

  add(id: string, entity: number): void {
    if (entity >= this.#usedAt.length) this.#grow(entity);
    this.#numbers.set(id, entity);
    this.#ids[entity] = id;
    this.#isChanged[entity] = 0;
    this.#usedAt[entity] = this.#clock++;
  }

  remove(entity: number): void {
    this.#numbers.delete(this.idOf(entity));
    this.#ids[entity] = '';
  }

  isChanged(entity: number): boolean {
    return this.#isChanged[entity] === 1;
  }

  markChanged(entity: number): void {
    if (this.#isChanged[entity] === 1) return;
    this.#isChanged[entity] = 1;
    this.#changed.push(entity);
  }

  /** Entities changed since the last call. Their time of last use is updated here, not by every event. */
  takeChanged(): readonly number[] {
    const changed = this.#changed;
    this.#changed = [];
    for (const entity of changed) {
      this.#isChanged[entity] = 0;
      this.#usedAt[entity] = this.#clock++;
    }
    return changed;
  }

  /** Least recently used clean entities beyond `limit`, oldest first. */
  leastRecentlyUsed(limit: number): readonly number[] {
    const excess = this.size - limit;
    if (excess <= 0) return [];
    const clean: number[] = [];
    for (const entity of this.#numbers.values()) if (this.#isChanged[entity] === 0) clean.push(entity);
    clean.sort((a, b) => (this.#usedAt[a] as number) - (this.#usedAt[b] as number));
    return clean.slice(0, excess);
  }

  #grow(entity: number): void {
    const usedAt = new Float64Array(2 * entity);
    const isChanged = new Uint8Array(2 * entity);
    usedAt.set(this.#usedAt);
    isChanged.set(this.#isChanged);
    this.#usedAt = usedAt;
    this.#isChanged = isChanged;
  }
}
