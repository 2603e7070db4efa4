import { invalidInput } from '@fraudflow/core';
import { checkLengths } from './check-columns.js';
import type { Costs } from './costs.js';

/** Scored rows with amounts, one entry each, in any order. */
export interface AmountRows {
  /** Fraud probability, 0..1. */
  readonly scores: ArrayLike<number>;
  /** 1 fraud, 0 genuine. */
  readonly labels: ArrayLike<number>;
  /** At least 0, in the currency unit of the costs. */
  readonly amounts: ArrayLike<number>;
}

/** What the decisions at one threshold cost. */
export interface Money {
  /** Missed frauds and false alarms by the costs. */
  readonly cost: number;
  /** Sum of the amounts of frauds without and with alert. */
  readonly missedAmount: number;
  readonly caughtAmount: number;
  /** Alerts for genuine transactions. */
  readonly falseAlarms: number;
}

/**
 * Money lost and saved if every row with a score at or above the threshold is an alert. O(n).
 * @param threshold in the unit of the scores.
 * @returns costs and amounts in the currency unit of the amounts.
 * @throws AppError invalid_input for no rows, unequal lengths, NaN scores, or amounts that are negative or not finite.
 */
export function moneyAt(rows: AmountRows, threshold: number, costs: Costs): Money {
  checkAmountRows(rows);
  const { scores, labels, amounts } = rows;
  let [missedCost, missedAmount, caughtAmount, falseAlarms] = [0, 0, 0, 0];
  for (let row = 0; row < scores.length; row++) {
    const isAlert = (scores[row] as number) >= threshold;
    const amount = amounts[row] as number;
    if (labels[row] !== 1) falseAlarms += isAlert ? 1 : 0;
    else if (isAlert) caughtAmount += amount;
    else {
      missedAmount += amount;
      missedCost += costs.missedFraud === 'amount' ? amount : costs.missedFraud;
    }
  }
  return { cost: missedCost + falseAlarms * costs.falseAlarm, missedAmount, caughtAmount, falseAlarms };
}

/** @throws AppError invalid_input for no rows, unequal lengths, NaN scores, or negative or infinite amounts. */
export function checkAmountRows(rows: AmountRows): void {
  checkLengths(rows);
  for (let row = 0; row < rows.scores.length; row++) {
    if (Number.isNaN(rows.scores[row])) throw invalidInput(`score ${row} is NaN`, { field: 'scores' });
    const amount = rows.amounts[row] as number;
    if (!(amount >= 0 && amount < Infinity)) {
      throw invalidInput(`amount ${row} is ${amount}, not a number of at least 0`, { field: 'amounts' });
    }
  }
}
