import { defined, invalidInput } from '@fraudflow/core';
import { checkBothClasses } from './check-columns.js';
import type { Costs } from './costs.js';
import { type AmountRows, checkAmountRows, moneyAt } from './money-at.js';

/** Validation rows and the number of days that they cover. */
export interface CostRows extends AmountRows {
  /** Above 0. */
  readonly days: number;
}

/**
 * The threshold (alert if score >= threshold) with the lowest cost on validation rows, among those with at most
 * `reviewsPerDay` alerts a day on average. It is half-way to the next lower score, as that of `chooseThreshold`; equal
 * scores stay together; ties of cost go to fewer alerts. If no alert is cheapest, it is above every score: half-way to
 * 1, or the highest score + 1 if that is 1 or more. O(n log n).
 * @returns the threshold in the unit of the scores, and its cost by `moneyAt`.
 * @throws AppError invalid_input for no rows, unequal lengths, NaN scores, invalid amounts, one class, or days that are
 * not above 0.
 */
export function chooseThresholdByCost(rows: CostRows, costs: Costs): { threshold: number; cost: number } {
  checkAmountRows(rows);
  checkBothClasses(rows.labels, 'a threshold by cost');
  if (!(rows.days > 0)) throw invalidInput(`days must be above 0, not ${rows.days}`, { field: 'days' });
  const { scores, labels, amounts } = rows;
  const mostAlerts = costs.reviewsPerDay === undefined ? Infinity : costs.reviewsPerDay * rows.days;
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row);
  order.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  let best = { threshold: aboveAll(scores[defined(order[0], 'row')] as number), saved: 0 };
  let saved = 0;
  for (let rank = 0; rank < order.length && rank < mostAlerts; rank++) {
    const row = order[rank] as number;
    const missed = costs.missedFraud === 'amount' ? (amounts[row] as number) : costs.missedFraud;
    saved += labels[row] === 1 ? missed : -costs.falseAlarm;
    const next = order[rank + 1];
    const [score, lower] = [scores[row] as number, next === undefined ? 0 : (scores[next] as number)];
    if (next !== undefined && lower === score) continue;
    if (saved > best.saved && rank + 1 <= mostAlerts) best = { threshold: between(lower, score), saved };
  }
  return { threshold: best.threshold, cost: moneyAt(rows, best.threshold, costs).cost };
}

function aboveAll(highest: number): number {
  return highest < 1 ? between(highest, 1) : highest + 1;
}

/** Half-way, but above `lower` also if no number is between the two. */
function between(lower: number, upper: number): number {
  const middle = (lower + upper) / 2;
  return middle > lower ? middle : upper;
}
