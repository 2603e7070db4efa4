import { invalidInput } from '@fraudflow/core';

/** One scored transaction for card precision. */
export interface CardRow {
  /** Day number; only its order and equality matter. */
  readonly day: number;
  readonly card: string | number;
  readonly score: number;
  /** 0 or 1. */
  readonly label: number;
}

/** CP@k with its daily values, days ascending. */
export interface CardPrecision {
  readonly mean: number;
  readonly perDay: readonly number[];
}

/**
 * Card precision top-k of the Fraud Detection Handbook.
 *
 * Days in order: drop the cards detected on earlier days; per card take the maximum score and the maximum label of the
 * day; the day's value is (fraud cards among the k best)/k, always divided by k; the hits become detected. The result
 * is the mean over the days, so its ceiling is below 1. Equal scores rank by card (ascending). No rows give NaN. O(n
 * log n).
 *
 * @param rows scored transactions in any order.
 * @param k cards checked a day, whole number ≥ 1 (the handbook uses 100).
 * @returns the mean and the value of each day, all in [0, 1]; the mean is NaN without rows.
 * @throws AppError invalid_input for other k or NaN scores.
 * @example cardPrecisionTopK([{ day: 1, card: 7, score: 0.9, label: 1 }], 2).mean // 0.5
 * @see [1] Y.-A. Le Borgne et al., Reproducible ML for credit card fraud detection, chapter 4.4.
 */
export function cardPrecisionTopK(rows: Iterable<CardRow>, k: number): CardPrecision {
  if (!Number.isInteger(k) || k < 1) throw invalidInput(`k must be a whole number of at least 1, not ${k}`);
  const days = byDay(rows);
  const detected = new Set<string | number>();
  const perDay = [...days.keys()]
    .sort((a, b) => a - b)
    .map((day) => {
      const cards = [...(days.get(day) ?? [])].filter(([card]) => !detected.has(card));
      cards.sort(([cardA, a], [cardB, b]) => b.score - a.score || (cardA < cardB ? -1 : 1));
      const hits = cards.slice(0, k).filter(([, best]) => best.label === 1);
      for (const [card] of hits) detected.add(card);
      return hits.length / k;
    });
  return { mean: perDay.reduce((sum, value) => sum + value, 0) / perDay.length, perDay };
}

type DayOfCards = Map<string | number, { score: number; label: number }>;

function byDay(rows: Iterable<CardRow>): Map<number, DayOfCards> {
  const days = new Map<number, DayOfCards>();
  for (const { day, card, score, label } of rows) {
    if (Number.isNaN(score)) throw invalidInput('card precision refuses NaN scores');
    const cards: DayOfCards = days.get(day) ?? new Map();
    days.set(day, cards);
    const best = cards.get(card);
    if (best === undefined) {
      cards.set(card, { score, label });
    } else {
      best.score = Math.max(best.score, score);
      best.label = Math.max(best.label, label);
    }
  }
  return days;
}
