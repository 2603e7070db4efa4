/** Number of rows at which a segment is closed. A segment that late rows have made twice as long is split. */
export const SEGMENT_ROWS = 512;

/**
 * A closed part of a large ring. It is a separate value in the store, written again only if one of its rows changes.
 */
export interface Segment {
  readonly id: number;
  readonly rows: number;
}

/**
 * The closed segments of one large ring, oldest first. The newest rows are open and stored with the ring's head.
 * Segment bounds depend only on the rows applied, not on when they are written, so the stored bytes do, too.
 */
export class Segments {
  readonly #segmentRows: number;
  readonly #list: Segment[] = [];
  #nextId = 0;
  #rows = 0;
  readonly #changed = new Set<number>();
  readonly #removed: number[] = [];

  constructor(segmentRows: number) {
    this.#segmentRows = segmentRows;
  }

  get list(): readonly Segment[] {
    return this.#list;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** Rows in all closed segments. */
  get rows(): number {
    return this.#rows;
  }

  /** Sets the list as read from the store. */
  restore(list: readonly Segment[], nextId: number): void {
    this.#list.push(...list);
    this.#nextId = nextId;
    this.#rows = list.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Closes the oldest open rows if there are enough. */
  close(openRows: number): void {
    if (openRows < 2 * this.#segmentRows) return;
    this.#changed.add(this.#nextId);
    this.#list.push({ id: this.#nextId++, rows: this.#segmentRows });
    this.#rows += this.#segmentRows;
  }

  /** Records that a row was inserted as row `index`, counted from the oldest stored row. */
  insertAt(index: number): void {
    const at = this.#segmentOf(index);
    const segment = this.#list[at];
    if (segment === undefined) return;
    this.#rows++;
    this.#changed.add(segment.id);
    const rows = segment.rows + 1;
    if (rows < 2 * this.#segmentRows) {
      this.#list[at] = { id: segment.id, rows };
      return;
    }
    const second = { id: this.#nextId++, rows: rows - this.#segmentRows };
    this.#changed.add(second.id);
    this.#list.splice(at, 1, { id: segment.id, rows: this.#segmentRows }, second);
  }

  /** Records that a row changed. */
  touch(index: number): void {
    const segment = this.#list[this.#segmentOf(index)];
    if (segment !== undefined) this.#changed.add(segment.id);
  }

  /** Removes the oldest segment if all its rows are among the `expired` oldest. @returns number of rows removed */
  removeOldest(expired: number): number {
    const oldest = this.#list[0];
    if (oldest === undefined || oldest.rows > expired) return 0;
    this.#list.shift();
    this.#rows -= oldest.rows;
    this.#changed.delete(oldest.id);
    this.#removed.push(oldest.id);
    return oldest.rows;
  }

  /** Ids to write and to delete since the last call, with the index of each segment's first row. */
  takeChanges(): { readonly written: readonly (Segment & { readonly from: number })[]; readonly removed: number[] } {
    const written: (Segment & { readonly from: number })[] = [];
    let from = 0;
    for (const segment of this.#list) {
      if (this.#changed.has(segment.id)) written.push({ ...segment, from });
      from += segment.rows;
    }
    this.#changed.clear();
    return { written, removed: this.#removed.splice(0) };
  }

  /** Index of a row's segment; the number of segments for an open row. */
  #segmentOf(index: number): number {
    let end = 0;
    for (let at = 0; at < this.#list.length; at++) {
      end += (this.#list[at] as Segment).rows;
      if (index < end) return at;
    }
    return this.#list.length;
  }
}
