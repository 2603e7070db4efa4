import type { CardNumbers } from './card-numbers.js';
import { CALIBRATION_BINS, EqualCountBins } from './equal-count-bins.js';

/** Metrics that depend on the order of all rows. */
export interface RankingMetrics {
  /** NaN without fraud. */
  readonly averagePrecision: number;
  /** NaN if a class is absent. */
  readonly aucRoc: number;
  /** Expected calibration error, equal-count bins. */
  readonly ece: number;
}

/** A run of equal scores: rows and frauds among them, with multiplicity. */
type VisitRun = (score: number, rows: number, frauds: number) => void;

/**
 * Rows sorted by score once, so that the ranking metrics of each resample need one pass. A row counts as often as its
 * card was drawn. The formulas are those of `averagePrecision` and `rocAuc` of @fraudflow/stats.
 */
export class RankedRows {
  private readonly scores: Float64Array;
  private readonly labels: Uint8Array;
  private readonly cards: Int32Array;
  private readonly rowsOfCard: Float64Array;

  constructor(scores: ArrayLike<number>, labels: ArrayLike<number>, cards: CardNumbers) {
    const order = Uint32Array.from({ length: scores.length }, (_, row) => row);
    order.sort((a, b) => (scores[b] as number) - (scores[a] as number));
    this.scores = Float64Array.from(order, (row) => scores[row] as number);
    this.labels = Uint8Array.from(order, (row) => (labels[row] === 1 ? 1 : 0));
    this.cards = Int32Array.from(order, (row) => cards.ofRow[row] as number);
    this.rowsOfCard = new Float64Array(cards.count);
    for (const card of cards.ofRow) this.rowsOfCard[card] = (this.rowsOfCard[card] as number) + 1;
  }

  /** @param multiplicities how often each card was drawn. @param binCount bins of the calibration error */
  metrics(multiplicities: Int32Array, binCount = CALIBRATION_BINS): RankingMetrics {
    const bins = new EqualCountBins(this.countRows(multiplicities), binCount);
    let frauds = 0;
    let rows = 0;
    let precisions = 0;
    let pairsWon = 0;
    this.eachRun(multiplicities, (score, runRows, runFrauds) => {
      const genuine = runRows - runFrauds;
      pairsWon += genuine * (frauds + runFrauds / 2);
      frauds += runFrauds;
      rows += runRows;
      precisions += (runFrauds * frauds) / rows;
      bins.add(score, runRows, runFrauds);
    });
    const pairs = frauds * (rows - frauds);
    return {
      averagePrecision: frauds === 0 ? NaN : precisions / frauds,
      aucRoc: pairs === 0 ? NaN : pairsWon / pairs,
      ece: bins.finish(),
    };
  }

  private eachRun(multiplicities: Int32Array, visit: VisitRun): void {
    const { scores, labels, cards } = this;
    let runRows = 0;
    let runFrauds = 0;
    for (let rank = 0; rank < scores.length; rank++) {
      const count = multiplicities[cards[rank] as number] as number;
      runRows += count;
      runFrauds += count * (labels[rank] as number);
      if (scores[rank] === scores[rank + 1]) continue;
      if (runRows > 0) visit(scores[rank] as number, runRows, runFrauds);
      runRows = 0;
      runFrauds = 0;
    }
  }

  private countRows(multiplicities: Int32Array): number {
    return this.rowsOfCard.reduce((sum, rows, card) => sum + rows * (multiplicities[card] as number), 0);
  }
}
