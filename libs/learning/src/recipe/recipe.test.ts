import { featureServiceByName } from '@fraudflow/features';
import { describe, expect, test } from 'vitest';
import { xgboostParameters } from './recipe.js';
import { DEFAULT_RECIPE, recipeNamed, RECIPES } from './recipes.js';
import { parseSettings } from './settings-schema.js';

test.each(RECIPES)(
  'the settings of $name are accepted by their own rules, and its feature service exists',
  (recipe) => {
    expect(parseSettings(recipe, recipe.settings)).toEqual(recipe);
    expect(featureServiceByName(recipe.featureService)).toBeDefined();
  },
);

test('a recipe is found by its name, and the error of an unknown one lists all names', () => {
  expect(recipeNamed('handbook-logistic')).toMatchObject({ learner: 'logistic', trainDays: 7 });
  expect(() => recipeNamed('lightgbm')).toThrow(
    'there is no learner "lightgbm"; there are xgboost-38, handbook-xgboost-default, handbook-logistic',
  );
});

describe('settings', () => {
  test('replace those of the recipe, and the others stay', () => {
    const changed = parseSettings(DEFAULT_RECIPE, { trees: 300, learningRate: 0.03 });

    expect(changed.settings).toEqual({ ...DEFAULT_RECIPE.settings, trees: 300, learningRate: 0.03 });
    expect(changed.name).toBe(DEFAULT_RECIPE.name);
  });

  test('with several problems are refused with all of them, each with what its field accepts', () => {
    const wrong = { trees: 0, learningRate: 0, subsample: 1.1, treeMethod: 'gpu', maxDepth: 2.5, depth: 3, l2: '1' };

    expect(() => parseSettings(DEFAULT_RECIPE, wrong)).toThrow(
      'settings for xgboost-38: trees must be a whole number from 1 to 10000, not 0; ' +
        'learningRate must be a number above 0 and up to 1, not 0; ' +
        'subsample must be a number above 0 and up to 1, not 1.1; ' +
        'treeMethod must be hist or exact, not "gpu"; ' +
        'maxDepth must be a whole number from 1 to 16, not 2.5; ' +
        'depth is unknown; there are trees, learningRate, maxDepth, subsample, columnFraction, minChildWeight, treeMethod, maxBin, l2, seed; ' +
        'l2 must be a number from 0 to 1000000, not "1"',
    );
  });

  test.each([[null], [[]], ['trees=3'], [3]])('that are %j and no object are refused', (json) => {
    expect(() => parseSettings(DEFAULT_RECIPE, json)).toThrow('settings must be a JSON object');
  });

  test('of another learner or from the prototype are unknown', () => {
    expect(() => parseSettings(recipeNamed('handbook-logistic'), { trees: 3 })).toThrow('trees is unknown');
    expect(() => parseSettings(DEFAULT_RECIPE, JSON.parse('{"constructor": 1}'))).toThrow('constructor is unknown');
  });
});

test('the parameters of XGBoost have its names, and bins only where it uses them', () => {
  if (DEFAULT_RECIPE.learner !== 'xgboost') throw new Error('the default learner is XGBoost');
  const { settings } = DEFAULT_RECIPE;

  expect(xgboostParameters(settings)).toEqual({
    tree_method: 'hist',
    eta: 0.05,
    max_depth: 4,
    subsample: 0.8,
    colsample_bytree: 0.6,
    min_child_weight: 5,
    lambda: 1,
    max_bin: 4_096,
  });
  expect(xgboostParameters({ ...settings, treeMethod: 'exact' })).not.toHaveProperty('max_bin');
});
