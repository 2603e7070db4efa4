import { asError, defined, invalidInput } from '@fraudflow/core';
import type { RegressionTree, TreeEnsemble } from './tree-ensemble.js';
import type { XgboostModelJson, XgboostTreeJson } from './xgboost-model-json.js';

/**
 * Reads XGBoost's JSON model (text or already parsed) into flat float32 trees.
 * Only `gbtree` with objective `binary:logistic` and numeric splits is accepted; anything else would be scored wrongly.
 * @returns the trees, without pruned nodes.
 * @throws AppError invalid_input naming what is unsupported or broken.
 * Source: dmlc/xgboost `doc/model.schema`, `src/tree/tree_model.cc`.
 */
export function parseXgboostModel(model: string | XgboostModelJson): TreeEnsemble {
  const json = typeof model === 'string' ? parseText(model) : model;
  try {
    return readLearner(json.learner);
  } catch (error) {
    if (error instanceof TypeError) {
      throw invalidInput('not an XGBoost JSON model: expected learner, gradient_booster and trees', { cause: error });
    }
    throw error;
  }
}

function parseText(text: string): XgboostModelJson {
  try {
    return JSON.parse(text) as XgboostModelJson;
  } catch (error) {
    throw invalidInput(`the XGBoost model is not JSON: ${asError(error).message}`, { cause: error });
  }
}

function readLearner(learner: XgboostModelJson['learner']): TreeEnsemble {
  const { learner_model_param: params, gradient_booster: booster, objective } = learner;
  if (booster.name !== 'gbtree') throw invalidInput(`booster "${booster.name}" is not supported, only gbtree`);
  if (objective.name !== 'binary:logistic') {
    throw invalidInput(`objective "${objective.name}" is not supported, only binary:logistic`);
  }
  if (Number(params.num_class) > 1) throw invalidInput(`${params.num_class} classes are not supported`);
  const featureCount = Number(params.num_feature);
  if (!Number.isInteger(featureCount) || featureCount < 1) {
    throw invalidInput(`num_feature "${params.num_feature}" is not a positive integer`);
  }
  return {
    featureCount,
    baseMargin: marginOfBaseScore(params.base_score),
    trees: booster.model.trees.map((tree, index) => readTree(tree, featureCount, index)),
  };
}

/** XGBoost's ProbToMargin, `-logf(1 / p - 1)`, in its own order of float32 steps. XGBoost 3 writes `[p]`. */
function marginOfBaseScore(text: string): number {
  const probability = Math.fround(Number(text.replace(/^\[(.*)\]$/, '$1')));
  if (!(probability > 0 && probability < 1)) throw invalidInput(`base_score "${text}" is not a probability in (0, 1)`);
  const odds = Math.fround(Math.fround(1 / probability) - 1);
  return Math.fround(-Math.fround(Math.log(odds))) + 0;
}

function readTree(json: XgboostTreeJson, featureCount: number, index: number): RegressionTree {
  if (json.split_type?.some((kind) => kind !== 0)) throw invalidInput(`tree ${index} has categorical splits`);
  const order = reachableNodes(json, index);
  const position = new Map(order.map((node, at) => [node, at]));
  const at = <T>(values: readonly T[], node: number): T => defined(values[node], `node ${node} of tree ${index}`);
  const child = (node: number): number => (node < 0 ? -1 : defined(position.get(node), `child ${node}`));
  const tree: RegressionTree = {
    left: Int32Array.from(order, (node) => child(at(json.left_children, node))),
    right: Int32Array.from(order, (node) => child(at(json.right_children, node))),
    feature: Int32Array.from(order, (node) => (at(json.left_children, node) < 0 ? 0 : at(json.split_indices, node))),
    value: Float32Array.from(order, (node) => at(json.split_conditions, node)),
    missingGoesLeft: Uint8Array.from(order, (node) => Number(at(json.default_left, node))),
  };
  if (tree.feature.some((feature) => feature < 0 || feature >= featureCount)) {
    throw invalidInput(`tree ${index} splits on a feature outside 0..${featureCount - 1}`);
  }
  if (!tree.value.every(Number.isFinite)) throw invalidInput(`tree ${index} holds a value that is not finite`);
  return tree;
}

/** Node ids in breadth-first order from the root; drops pruned nodes and rejects cycles and shared children. */
function reachableNodes(json: XgboostTreeJson, index: number): number[] {
  const order = [0];
  const seen = new Set(order);
  for (const node of order) {
    const children = [json.left_children[node], json.right_children[node]];
    if (children.every((child) => child === -1)) continue;
    for (const child of children) {
      if (child === undefined || !(child > 0 && child < json.left_children.length) || seen.has(child)) {
        throw invalidInput(`tree ${index} is broken at node ${node}: child ${child}`);
      }
      seen.add(child);
      order.push(child);
    }
  }
  return order;
}
