import { defined } from '@fraudflow/core';
import type { RegressionTree, TreeEnsemble } from '../../model/tree-ensemble.js';
import type { MessageWriter } from '../protobuf/message-writer.js';
import { writeFloats, writeInteger, writeIntegers, writeText, writeTexts } from './write-attribute.js';

interface NodeRow {
  readonly tree: number;
  readonly id: number;
  readonly feature: number;
  readonly value: number;
  readonly mode: 'LEAF' | 'BRANCH_LT';
  /** Node ids of the children where the comparison holds and where not. */
  readonly yes: number;
  readonly no: number;
  /** 1 if a missing value takes the `yes` branch. */
  readonly missingYes: number;
}

interface LeafRow {
  readonly tree: number;
  readonly id: number;
  readonly target: 0;
  readonly weight: number;
}

/** The rows that ONNX's TreeEnsembleRegressor holds column by column. */
export interface TreeLists {
  readonly nodes: NodeRow[];
  readonly leaves: LeafRow[];
}

const LEAF = { feature: 0, value: 0, mode: 'LEAF', yes: 0, no: 0, missingYes: 0 } as const;

/**
 * Tree 0 is one leaf that holds the base margin: ONNX Runtime then adds it first and in float32, as XGBoost does.
 * Given as `base_values` it is added last and costs about 1e-5.
 */
export function treeLists(ensemble: TreeEnsemble): TreeLists {
  const lists: TreeLists = { nodes: [], leaves: [] };
  lists.nodes.push({ tree: 0, id: 0, ...LEAF });
  lists.leaves.push({ tree: 0, id: 0, target: 0, weight: Math.fround(ensemble.baseMargin) });
  ensemble.trees.forEach((tree, index) => appendTree(lists, tree, index + 1));
  return lists;
}

function appendTree(lists: TreeLists, source: RegressionTree, tree: number): void {
  source.left.forEach((yes, id) => {
    const value = Math.fround(defined(source.value[id], 'node value'));
    if (yes < 0) {
      lists.nodes.push({ tree, id, ...LEAF });
      lists.leaves.push({ tree, id, target: 0, weight: value });
      return;
    }
    const feature = defined(source.feature[id], 'split feature');
    const no = defined(source.right[id], 'right child');
    const missingYes = defined(source.missingGoesLeft[id], 'missing direction');
    lists.nodes.push({ tree, id, feature, value, mode: 'BRANCH_LT', yes, no, missingYes });
  });
}

/** Writes the attributes of one TreeEnsembleRegressor (ai.onnx.ml opset 3) with a single target. */
export function writeTreeAttributes(node: MessageWriter, { nodes, leaves }: TreeLists): void {
  writeText(node, 'aggregate_function', 'SUM');
  writeText(node, 'post_transform', 'NONE');
  writeInteger(node, 'n_targets', 1);
  writeIntegers(node, 'nodes_treeids', column(nodes, 'tree'));
  writeIntegers(node, 'nodes_nodeids', column(nodes, 'id'));
  writeIntegers(node, 'nodes_featureids', column(nodes, 'feature'));
  writeFloats(node, 'nodes_values', column(nodes, 'value'));
  writeTexts(node, 'nodes_modes', column(nodes, 'mode'));
  writeIntegers(node, 'nodes_truenodeids', column(nodes, 'yes'));
  writeIntegers(node, 'nodes_falsenodeids', column(nodes, 'no'));
  writeIntegers(node, 'nodes_missing_value_tracks_true', column(nodes, 'missingYes'));
  writeIntegers(node, 'target_treeids', column(leaves, 'tree'));
  writeIntegers(node, 'target_nodeids', column(leaves, 'id'));
  writeIntegers(node, 'target_ids', column(leaves, 'target'));
  writeFloats(node, 'target_weights', column(leaves, 'weight'));
}

function column<Row, Key extends keyof Row>(rows: readonly Row[], key: Key): Row[Key][] {
  return rows.map((row) => row[key]);
}
