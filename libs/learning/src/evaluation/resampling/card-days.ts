import { DAY_MS } from '@fraudflow/core';
import type { CardNumbers } from './card-numbers.js';

/** Rows and options of card precision. */
export interface CardDayRows {
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly occurredAtMs: ArrayLike<number>;
  readonly firstDayMs: number;
}

/** Cards of one day, highest score first; equal scores by card id. */
interface RankedDay {
  readonly cards: Int32Array;
  /** 1 if the card has a fraud on this day. */
  readonly isFraud: Uint8Array;
}

/**
 * Best score and label of each card and day, ranked once. A card that was drawn n times counts as n cards. The formula
 * is that of `cardPrecisionTopK` of @fraudflow/stats.
 */
export class CardDays {
  private readonly days: readonly RankedDay[];

  constructor(
    rows: CardDayRows,
    private readonly topCards: number,
    cards: CardNumbers,
  ) {
    const days = bestByDay(rows, cards);
    this.days = [...days.keys()].sort((a, b) => a - b).map((day) => rank(days.get(day) ?? new Map(), cards));
  }

  /**
   * Card precision top-k, mean over the days with a drawn card.
   * @param multiplicities how often each card was drawn
   */
  cardPrecision(multiplicities: Int32Array): number {
    const undetected = multiplicities.slice();
    let days = 0;
    let sum = 0;
    for (const day of this.days) {
      if (day.cards.every((card) => multiplicities[card] === 0)) continue;
      days++;
      sum += this.detect(day, undetected) / this.topCards;
    }
    return sum / days;
  }

  /** Fraud cards among the first k; removes them from `undetected`. */
  private detect({ cards, isFraud }: RankedDay, undetected: Int32Array): number {
    let places = this.topCards;
    let hits = 0;
    for (let at = 0; at < cards.length && places > 0; at++) {
      const card = cards[at] as number;
      const checked = Math.min(places, undetected[card] as number);
      places -= checked;
      if (isFraud[at] === 0) continue;
      hits += checked;
      undetected[card] = (undetected[card] as number) - checked;
    }
    return hits;
  }
}

type BestOfCards = Map<number, { score: number; isFraud: boolean }>;

function bestByDay(rows: CardDayRows, cards: CardNumbers): Map<number, BestOfCards> {
  const days = new Map<number, BestOfCards>();
  for (let row = 0; row < rows.scores.length; row++) {
    const day = Math.floor(((rows.occurredAtMs[row] as number) - rows.firstDayMs) / DAY_MS);
    const ofDay: BestOfCards = days.get(day) ?? new Map();
    days.set(day, ofDay);
    const [card, score] = [cards.ofRow[row] as number, rows.scores[row] as number];
    const best = ofDay.get(card) ?? { score, isFraud: false };
    ofDay.set(card, best);
    best.score = Math.max(best.score, score);
    best.isFraud ||= rows.labels[row] === 1;
  }
  return days;
}

function rank(best: BestOfCards, { ids }: CardNumbers): RankedDay {
  const isBefore = (a: number, b: number): number =>
    (ids[a] as string | number) < (ids[b] as string | number) ? -1 : 1;
  const entries = [...best].sort(([cardA, a], [cardB, b]) => b.score - a.score || isBefore(cardA, cardB));
  return {
    cards: Int32Array.from(entries, ([card]) => card),
    isFraud: Uint8Array.from(entries, ([, { isFraud }]) => (isFraud ? 1 : 0)),
  };
}
