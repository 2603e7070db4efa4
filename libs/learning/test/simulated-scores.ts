import { DAY_MS } from '@fraudflow/core';
import { seededRandom, type SeededRandom } from '@fraudflow/stats';
import type { ScoredColumns } from '../src/evaluation/evaluate-scores.js';

/** Shape of a simulated evaluation set. */
export interface SimulatedSet {
  readonly cards: number;
  readonly rowsPerCard: number;
  /** Share of frauds, 0..1. */
  readonly fraudShare: number;
  /** Distance of the classes on the normal scale of the scores. */
  readonly separation: number;
  /** Correlation of the rows of a card on that scale, 0..1; default 0. */
  readonly cardEffect?: number;
}

/** A set with the scores of several models. */
export interface SimulatedModels {
  readonly columns: Omit<ScoredColumns, 'scores'>;
  readonly scores: readonly Float64Array[];
}

/**
 * Rows of seven days whose scores are the logistic of normal numbers, so that population values are known:
 * AUC = Φ(separation/√2). Rows of a card depend on each other, models do not beyond the labels.
 * @param separations one per model; default: that of the set for one model
 */
export function simulatedModels(set: SimulatedSet, seed: number, separations = [set.separation]): SimulatedModels {
  const random = seededRandom(seed);
  const rows = set.cards * set.rowsPerCard;
  const labels = Float32Array.from({ length: rows }, () => (random.uniform() < set.fraudShare ? 1 : 0));
  return {
    columns: {
      labels,
      cardIds: Int32Array.from(labels, (_, row) => Math.floor(row / set.rowsPerCard)),
      occurredAtMs: Float64Array.from(labels, () => Math.floor(random.uniform() * 7 * DAY_MS)),
    },
    scores: separations.map((separation) => scoresOf(labels, set, separation, random)),
  };
}

function scoresOf(labels: Float32Array, set: SimulatedSet, separation: number, random: SeededRandom): Float64Array {
  const shared = Math.sqrt(set.cardEffect ?? 0);
  const own = Math.sqrt(1 - shared ** 2);
  let ofCard = 0;
  return Float64Array.from(labels, (label, row) => {
    if (row % set.rowsPerCard === 0) ofCard = random.normal();
    const value = label * separation + shared * ofCard + own * random.normal();
    return 1 / (1 + Math.exp(-value));
  });
}
