/**
 * e-CUSUM in logarithms: M ← max(M, 1)·e. An alarm is raised at M ≥ threshold and resets M.
 *
 * If every e has mean at most 1 before a change, the mean time to a false alarm is at least `threshold` windows. O(1).
 *
 * @see [1] J. Shin, A. Ramdas, A. Rinaldo, E-detectors, arXiv 2203.03532.
 */
export class ECusum {
  #logM = 0;

  /** @param logThreshold ln of the minimum mean number of windows between false alarms. */
  constructor(readonly logThreshold: number) {}

  /** ln M since the last alarm; 0 or less means no evidence. */
  get logEvidence(): number {
    return this.#logM;
  }

  get isOverThreshold(): boolean {
    return this.#logM >= this.logThreshold;
  }

  /** Adds one window's ln e and returns ln M. */
  add(logE: number): number {
    this.#logM = Math.max(this.#logM, 0) + logE;
    return this.#logM;
  }

  reset(): void {
    this.#logM = 0;
  }

  /** Restores a stored value. */
  restore(logM: number): void {
    this.#logM = logM;
  }
}
