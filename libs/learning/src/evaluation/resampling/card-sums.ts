import { decisionMetrics, type DecisionMetrics } from '@fraudflow/stats';
import type { CardNumbers } from './card-numbers.js';

/** Metrics that are sums over rows, or ratios of such sums. */
export interface SummedMetrics extends Pick<DecisionMetrics, 'precision' | 'recall' | 'f1' | 'accuracy'> {
  readonly logLoss: number;
  readonly brier: number;
}

const TRUE_POSITIVES = 0;
const FALSE_POSITIVES = 1;
const FALSE_NEGATIVES = 2;
const TRUE_NEGATIVES = 3;
const LOG_LOSS = 4;
const SQUARED_ERROR = 5;
const COLUMNS = 6;

/**
 * Sums of each card's rows, so that the metrics of a resample need one pass over the cards instead of the rows. The
 * formulas are those of `decisionMetrics`, `logLoss` and `brier` of @fraudflow/stats.
 */
export class CardSums {
  /** Card by card, {@link COLUMNS} values each. */
  private readonly sums: Float64Array;

  constructor(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold: number, cards: CardNumbers) {
    this.sums = new Float64Array(cards.count * COLUMNS);
    for (let row = 0; row < scores.length; row++) {
      const [score, isFraud] = [scores[row] as number, labels[row] === 1];
      const start = (cards.ofRow[row] as number) * COLUMNS;
      this.add(start + outcomeOf(score >= threshold, isFraud), 1);
      this.add(start + LOG_LOSS, lossOf(score, isFraud));
      this.add(start + SQUARED_ERROR, (score - (isFraud ? 1 : 0)) ** 2);
    }
  }

  /** @param multiplicities how often each card was drawn */
  metrics(multiplicities: Int32Array): SummedMetrics {
    const total = new Float64Array(COLUMNS);
    for (let card = 0; card < multiplicities.length; card++) {
      const count = multiplicities[card] as number;
      if (count === 0) continue;
      for (let column = 0; column < COLUMNS; column++) {
        total[column] = (total[column] as number) + count * (this.sums[card * COLUMNS + column] as number);
      }
    }
    const [truePositives, falsePositives, falseNegatives, trueNegatives, loss, squares] = total as unknown as Totals;
    const counts = { truePositives, falsePositives, falseNegatives, trueNegatives };
    const { precision, recall, f1, accuracy } = decisionMetrics(counts);
    const rows = truePositives + falsePositives + falseNegatives + trueNegatives;
    return { precision, recall, f1, accuracy, logLoss: loss / rows, brier: squares / rows };
  }

  private add(at: number, value: number): void {
    this.sums[at] = (this.sums[at] as number) + value;
  }
}

type Totals = readonly [number, number, number, number, number, number];

function outcomeOf(isAlert: boolean, isFraud: boolean): number {
  if (isAlert) return isFraud ? TRUE_POSITIVES : FALSE_POSITIVES;
  return isFraud ? FALSE_NEGATIVES : TRUE_NEGATIVES;
}

function lossOf(score: number, isFraud: boolean): number {
  const clipped = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, score));
  return isFraud ? -Math.log(clipped) : -Math.log1p(-clipped);
}
