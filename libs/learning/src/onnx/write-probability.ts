import { invalidInput } from '@fraudflow/core';
import { type Calibration, RANKING_SHARE, stepWeight } from '../calibration/calibration.js';
import type { RegressionTree } from '../model/tree-ensemble.js';
import { writeConstant, writeOperator, writeTreeNode } from './graph/write-node.js';
import type { MessageWriter } from './protobuf/message-writer.js';

/** Names of a value in log-odds, float32 [batch, 1], and of the probability that is computed from it. */
export interface ProbabilityNames {
  readonly margin: string;
  readonly output: string;
}

/**
 * Adds the operators that turn the margin into the probability: `applyCalibration` as a graph. All of them are on the
 * allow-list of `inspectOnnx`.
 *
 * - none: Sigmoid.
 * - platt: Mul and Add before the Sigmoid.
 * - isotonic: a second TreeEnsembleRegressor on the margin, one tree with a leaf for each step, plus a share of the
 *   Sigmoid.
 * @throws AppError invalid_input for a calibration with values that are not finite or lists that do not ascend.
 */
export function writeProbability(
  graph: MessageWriter,
  names: ProbabilityNames,
  calibration: Calibration = { kind: 'none' },
): void {
  const { margin, output } = names;
  switch (calibration.kind) {
    case 'none':
      return writeOperator(graph, { name: 'sigmoid', operator: 'Sigmoid', inputs: [margin], output });
    case 'platt':
      return writePlatt(graph, names, calibration);
    case 'isotonic':
      return writeIsotonic(graph, names, calibration);
  }
}

function writePlatt(
  graph: MessageWriter,
  { margin, output }: ProbabilityNames,
  { slope, offset }: Extract<Calibration, { kind: 'platt' }>,
): void {
  if (![slope, offset].every((value) => Number.isFinite(Math.fround(value)))) {
    throw invalidInput(`the calibration has slope ${slope} and offset ${offset}, not two float32 numbers`, {
      field: 'calibration',
    });
  }
  writeOperator(graph, {
    name: 'scale',
    operator: 'Mul',
    inputs: [margin, 'calibration_slope'],
    output: 'calibration_scaled_margin',
  });
  writeOperator(graph, {
    name: 'shift',
    operator: 'Add',
    inputs: ['calibration_scaled_margin', 'calibration_offset'],
    output: 'calibration_log_odds',
  });
  writeOperator(graph, { name: 'sigmoid', operator: 'Sigmoid', inputs: ['calibration_log_odds'], output });
  writeConstant(graph, 'calibration_slope', slope);
  writeConstant(graph, 'calibration_offset', offset);
}

function writeIsotonic(
  graph: MessageWriter,
  { margin, output }: ProbabilityNames,
  calibration: Extract<Calibration, { kind: 'isotonic' }>,
): void {
  const { margins, probabilities } = calibration;
  const isUsable =
    margins.length > 0 &&
    margins.length === probabilities.length &&
    ascends(margins) &&
    probabilities.every((value, at) => value >= (probabilities[at - 1] ?? 0) && value <= 1);
  if (!isUsable) {
    throw invalidInput('the calibration needs as many probabilities as margins, both finite and ascending', {
      field: 'calibration',
    });
  }
  const ensemble = { featureCount: 1, baseMargin: 0, trees: [stepTree(margins, probabilities)] };
  writeTreeNode(graph, { name: 'steps', input: margin, output: 'calibration_step' }, ensemble);
  writeOperator(graph, { name: 'sigmoid', operator: 'Sigmoid', inputs: [margin], output: 'calibration_uncalibrated' });
  writeOperator(graph, {
    name: 'share',
    operator: 'Mul',
    inputs: ['calibration_uncalibrated', 'calibration_share'],
    output: 'calibration_ranking',
  });
  writeOperator(graph, { name: 'sum', operator: 'Add', inputs: ['calibration_step', 'calibration_ranking'], output });
  writeConstant(graph, 'calibration_share', RANKING_SHARE);
}

function ascends(values: Float32Array): boolean {
  return values.every((value, at) => Number.isFinite(value) && (at === 0 || value > (values[at - 1] as number)));
}

/** A balanced tree whose inner nodes compare with the start of a step: depth ⌈log2 steps⌉. */
function stepTree(margins: Float32Array, probabilities: Float32Array): RegressionTree {
  const nodes = 2 * margins.length - 1;
  const tree: RegressionTree = {
    left: new Int32Array(nodes).fill(-1),
    right: new Int32Array(nodes).fill(-1),
    feature: new Int32Array(nodes),
    value: new Float32Array(nodes),
    missingGoesLeft: new Uint8Array(nodes),
  };
  let used = 0;
  /** Adds the steps [from, to) and returns the node at their root. */
  const add = (from: number, to: number): number => {
    const node = used++;
    if (to - from === 1) {
      tree.value[node] = stepWeight(probabilities[from] as number);
      return node;
    }
    const middle = (from + to) >>> 1;
    tree.value[node] = margins[middle] as number;
    tree.left[node] = add(from, middle);
    tree.right[node] = add(middle, to);
    return node;
  };
  add(0, margins.length);
  return tree;
}
