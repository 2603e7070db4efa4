/**
 * Answers "surely not in the ring" in O(1) for rings too long to scan per event. Counts the low hash halves present;
 * a positive answer has to be confirmed in the ring, as two ids may share a low half.
 */
export class IdFilter {
  // Keys are signed 32-bit, which V8 keeps unboxed.
  readonly #counts = new Map<number, number>();

  add(lo: number): void {
    this.#counts.set(lo | 0, (this.#counts.get(lo | 0) ?? 0) + 1);
  }

  remove(lo: number): void {
    const left = (this.#counts.get(lo | 0) ?? 0) - 1;
    if (left > 0) this.#counts.set(lo | 0, left);
    else this.#counts.delete(lo | 0);
  }

  mayContain(lo: number): boolean {
    return this.#counts.has(lo | 0);
  }
}
