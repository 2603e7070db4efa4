/** Entity states of one partition, decoded, the least recently used ones dropped first. Dropped ones are read from Redis again. */
export class EntityCache<State> {
  private readonly states = new Map<string, State>();

  /** @param limit most states kept between batches; a batch may hold more while it runs */
  constructor(private readonly limit: number) {}

  get(id: string): State | undefined {
    const state = this.states.get(id);
    if (state === undefined) return undefined;
    // A Map iterates in order of insertion, so putting it in again makes it the newest.
    this.states.delete(id);
    this.states.set(id, state);
    return state;
  }

  has(id: string): boolean {
    return this.states.has(id);
  }

  set(id: string, state: State): void {
    this.states.set(id, state);
  }

  get size(): number {
    return this.states.size;
  }

  /** Drops the oldest states beyond the limit. Only between batches. */
  trim(): void {
    for (const id of this.states.keys()) {
      if (this.states.size <= this.limit) return;
      this.states.delete(id);
    }
  }
}
