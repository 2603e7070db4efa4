import { seededRandom } from '@fraudflow/stats';
import { expect, test } from 'vitest';
import type { XgboostSettings } from '../recipe/recipe.js';
import { DEFAULT_RECIPE } from '../recipe/recipes.js';
import { parseSettings } from '../recipe/settings-schema.js';
import { sampleXgboostSettings } from './sample-settings.js';
import { successiveHalving, type Trial, type TrialRequest } from './successive-halving.js';

const BASE = DEFAULT_RECIPE.settings as XgboostSettings;
const aTrial = (id: number): Trial => ({ id, settings: BASE });
const TRIALS = Array.from({ length: 8 }, (_, id) => aTrial(id));

/** Runs a search whose scores the test defines. */
function search(
  trials: readonly Trial[],
  scoreOf: (request: TrialRequest) => number,
  options = { rounds: 3, keep: 0.5 },
): { best: Trial; asked: TrialRequest[] } {
  const halving = successiveHalving(trials, options);
  const asked: TrialRequest[] = [];
  for (let step = halving.next(); ; step = halving.next(scoreOf(step.value))) {
    if (step.done === true) return { best: step.value, asked };
    asked.push(step.value);
  }
}

test('each round keeps the better half and uses more of the data', () => {
  const { best, asked } = search(TRIALS, ({ trial }) => trial.id);

  expect(best.id).toBe(7);
  expect(asked.map(({ round }) => round)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
  expect([...new Set(asked.map(({ budget }) => budget))]).toEqual([1 / 3, 2 / 3, 1]);
  expect(asked.filter(({ round }) => round === 2).map(({ trial }) => trial.id)).toEqual([7, 6]);
});

test('the last round decides, not an earlier one', () => {
  const { best } = search(TRIALS, ({ trial, round }) => (round === 2 && trial.id === 7 ? 0 : trial.id));

  expect(best.id).toBe(6);
});

test('equal scores go to the lower id, whatever the order of the trials', () => {
  expect(search(TRIALS.toReversed(), () => 1).best.id).toBe(0);
});

test('a score that is not a number is the worst', () => {
  expect(search(TRIALS, ({ trial }) => (trial.id === 3 ? -5 : Number.NaN)).best.id).toBe(3);
});

test('a search without trials or with options out of range is refused', () => {
  expect(() => search([], () => 1)).toThrow('at least one trial');
  expect(() => search(TRIALS, () => 1, { rounds: 0, keep: 0.5 })).toThrow(
    'rounds must be a positive whole number, not 0',
  );
  expect(() => search(TRIALS, () => 1, { rounds: 2, keep: 1 })).toThrow('keep must be between 0 and 1, not 1');
});

test('the same seed draws the same settings, another seed others, and all are accepted as a settings file', () => {
  const draw = (seed: number): XgboostSettings[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => sampleXgboostSettings(random, BASE));
  };

  const drawn = draw(1);

  expect(draw(1)).toEqual(drawn);
  expect(draw(2)).not.toEqual(drawn);
  expect(new Set(drawn.map((settings) => JSON.stringify(settings))).size).toBe(20);
  for (const settings of drawn) expect(parseSettings(DEFAULT_RECIPE, settings).settings).toEqual(settings);
});

test('settings that a search does not try keep their value', () => {
  const drawn = sampleXgboostSettings(seededRandom(1), { ...BASE, seed: 42, maxBin: 512 });

  expect(drawn).toMatchObject({ seed: 42, maxBin: 512, treeMethod: 'hist' });
});
