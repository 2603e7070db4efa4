/** Default number of bins of the calibration error. */
export const CALIBRATION_BINS = 15;

/**
 * Expected calibration error over bins with equal numbers of rows, fed with runs of equal scores in score order. A run
 * across the edge of two bins is divided in proportion, frauds included, so the order of equal scores has no effect.
 */
export class EqualCountBins {
  private bin = 1;
  private end: number;
  private position = 0;
  private excess = 0;
  private error = 0;

  constructor(
    private readonly rows: number,
    private readonly bins: number,
  ) {
    this.end = this.endOf(1);
  }

  add(score: number, rows: number, frauds: number): void {
    const excessPerRow = score - frauds / rows;
    let left = rows;
    while (left > this.end - this.position) {
      const taken = this.end - this.position;
      this.excess += taken * excessPerRow;
      left -= taken;
      this.position = this.end;
      this.closeBin();
      this.end = this.endOf(++this.bin);
    }
    this.excess += left * excessPerRow;
    this.position += left;
  }

  /** Σ |sum of scores − frauds| of the bins / rows. */
  finish(): number {
    this.closeBin();
    return this.error / this.rows;
  }

  private closeBin(): void {
    this.error += Math.abs(this.excess);
    this.excess = 0;
  }

  /** The last bin has no end, so that rounding cannot leave rows over. */
  private endOf(bin: number): number {
    return bin < this.bins ? (this.rows * bin) / this.bins : Infinity;
  }
}
