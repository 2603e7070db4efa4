import { expect, test } from 'vitest';
import { aModel, aTree, xgboostModelJson } from '../../test/model-factory.js';
import { treeMargins, treeProbabilities } from './evaluate-trees.js';
import { parseXgboostModel } from './parse-xgboost-model.js';

test('a value below the threshold goes left, an equal one right, and a missing one in the default direction of the node', () => {
  const ensemble = parseXgboostModel(
    aModel({ trees: [aTree({ threshold: 5, left: -1, right: 2, missingGoesLeft: 1 })] }),
  );

  const margins = treeMargins(ensemble, Float32Array.of(4.9, 5, NaN));

  expect([...margins]).toEqual([-1, 2, -1]);
});

test('values and thresholds are compared as float32', () => {
  const ensemble = parseXgboostModel(aModel({ trees: [aTree({ threshold: 0.1 + 1e-12, left: -1, right: 2 })] }));

  expect([...treeMargins(ensemble, Float32Array.of(0.1))]).toEqual([2]);
});

test('the base score is a probability, whose log-odds are the initial margin of every row', () => {
  const half = parseXgboostModel(aModel({ baseScore: '5E-1', trees: [] }));
  const rare = parseXgboostModel(aModel({ baseScore: '[1E-2]', trees: [] }));

  expect(half.baseMargin).toBe(0);
  expect(treeProbabilities(rare, Float32Array.of(1))[0]).toBeCloseTo(0.01, 7);
});

test('pruned nodes are left out and children renumbered', () => {
  const json = xgboostModelJson({
    left_children: [3, -1, -1, -1, -1],
    right_children: [4, -1, -1, -1, -1],
    split_indices: [0, 0, 0, 0, 0],
    split_conditions: [1, 9, 9, 0.25, 0.75],
    default_left: [0, 0, 0, 0, 0],
  });

  const { trees } = parseXgboostModel(json);

  expect(trees[0]?.left.length).toBe(3);
  expect([...treeMargins(parseXgboostModel(json), Float32Array.of(0, 2, NaN))]).toEqual([0.25, 0.75, 0.75]);
});

test('unsupported models are refused with the name of the unsupported part', () => {
  const model = aModel({});
  const learner = model.learner;
  const booster = learner.gradient_booster;

  expect(() => parseXgboostModel('{')).toThrow(/not JSON/);
  expect(() => parseXgboostModel('{}')).toThrow(/not an XGBoost JSON model/);
  expect(() =>
    parseXgboostModel({ ...model, learner: { ...learner, gradient_booster: { ...booster, name: 'dart' } } }),
  ).toThrow(/dart/);
  expect(() => parseXgboostModel({ ...model, learner: { ...learner, objective: { name: 'multi:softprob' } } })).toThrow(
    /multi:softprob/,
  );
  expect(() => parseXgboostModel(aModel({ baseScore: '1' }))).toThrow(/base_score/);
  expect(() => parseXgboostModel(aModel({ trees: [{ ...aTree({}), split_type: [1, 0, 0] }] }))).toThrow(/categorical/);
  expect(() => parseXgboostModel(aModel({ trees: [{ ...aTree({}), split_indices: [7, 0, 0] }] }))).toThrow(/feature/);
});

test('broken trees are refused: cycles, shared children, missing nodes', () => {
  const broken = (left: number[], right: number[]): (() => unknown) => {
    return () => parseXgboostModel(aModel({ trees: [{ ...aTree({}), left_children: left, right_children: right }] }));
  };

  expect(broken([1, 0, -1], [2, 2, -1])).toThrow(/broken/);
  expect(broken([1, -1, -1], [1, -1, -1])).toThrow(/broken/);
  expect(broken([1, -1, -1], [9, -1, -1])).toThrow(/broken/);
  expect(broken([1, -1, -1], [-1, -1, -1])).toThrow(/broken/);
});

test('rows that are not whole are refused', () => {
  const ensemble = parseXgboostModel(aModel({ featureCount: 2 }));

  expect(() => treeMargins(ensemble, new Float32Array(3))).toThrow(/3 values/);
});
