import { DEFAULT_RECIPE, type Fold, planFolds, type Trial } from '@fraudflow/learning';
import { expect, test } from 'vitest';
import { Scoreboard } from './scoreboard.js';

const [first, second] = planFolds({ trainStartMs: 0, trainDays: 7, delayDays: 7, testDays: 7, folds: 2 }) as readonly [
  Fold,
  Fold,
];

function aBoard(count: number): { readonly board: Scoreboard; readonly trials: readonly Trial[] } {
  const settings = DEFAULT_RECIPE.settings as Trial['settings'];
  const trials = Array.from({ length: count }, (_, id) => ({ id, settings }));
  return { board: new Scoreboard(trials), trials };
}

test('the leader has the highest mean among the trials scored on the most folds', () => {
  const { board, trials } = aBoard(3);
  const [one, two, three] = trials as readonly [Trial, Trial, Trial];
  board.add(one, { fold: first, averagePrecision: 0.9 });
  board.add(two, { fold: first, averagePrecision: 0.6 });
  board.add(two, { fold: second, averagePrecision: 0.4 });
  board.add(three, { fold: first, averagePrecision: 0.5 });
  board.add(three, { fold: second, averagePrecision: 0.7 });

  expect(board.leader()).toBe(three);
  expect(board.meanOf(two, [first, second])).toBe(0.5);
  expect(board.meanOf(two, [second])).toBe(0.4);
  expect([board.hasScore(one, first), board.hasScore(one, second)]).toEqual([true, false]);
});

test('ties go to the lower id, and without a score there is no leader', () => {
  const { board, trials } = aBoard(2);
  const [one, two] = trials as readonly [Trial, Trial];
  const before = board.leader();
  board.add(two, { fold: first, averagePrecision: 0.5 });
  board.add(one, { fold: first, averagePrecision: 0.5 });

  expect(before).toBeUndefined();
  expect(board.leader()).toBe(one);
});
