import { type SeededRandom } from '@fraudflow/stats';

/** Cards as numbers 0 … count − 1, in the order of their first row. */
export interface CardNumbers {
  readonly count: number;
  /** Number of each row's card. */
  readonly ofRow: Int32Array;
  /** Id of each card. */
  readonly ids: readonly (string | number)[];
}

/** Numbers the cards of the rows. */
export function cardNumbers(cardIds: ArrayLike<string | number>): CardNumbers {
  const numbers = new Map<string | number, number>();
  const ofRow = new Int32Array(cardIds.length);
  for (let row = 0; row < cardIds.length; row++) {
    const id = cardIds[row] as string | number;
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    ofRow[row] = number;
  }
  return { count: numbers.size, ofRow, ids: [...numbers.keys()] };
}

/**
 * Draws as many cards as there are, with replacement.
 * @param multiplicities how often each card was drawn; overwritten
 */
export function drawCards(random: SeededRandom, multiplicities: Int32Array): void {
  multiplicities.fill(0);
  for (let draw = 0; draw < multiplicities.length; draw++) {
    const card = Math.floor(random.uniform() * multiplicities.length);
    multiplicities[card] = (multiplicities[card] as number) + 1;
  }
}
