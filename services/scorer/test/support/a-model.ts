import { FEATURE_COUNT, FEATURE_NAMES, featureIndex } from '@fraudflow/features';
import { writeTreeEnsembleOnnx, type XgboostModelJson, type XgboostTreeJson } from '@fraudflow/learning';
import type { ModelArtifact } from '../../src/models/model-artifact.js';

/** A tree of one split. It adds `below` log-odds if the feature is missing or below the threshold, else `above`. */
interface Stump {
  readonly feature: string;
  readonly threshold: number;
  readonly below: number;
  readonly above: number;
}

/** Small amounts and low terminal risk give low probabilities; a risky terminal gives a high probability. */
const STUMPS: readonly Stump[] = [
  { feature: 'tx_amount', threshold: 220, below: -2, above: 2.5 },
  { feature: 'terminal_id_risk_7day_window', threshold: 0.5, below: -1, above: 2 },
];

/** Files of a model version as downloaded from the registry. */
export function anArtifact(
  over: Partial<ModelArtifact & { readonly stumps: readonly Stump[]; readonly threshold: number }> = {},
): ModelArtifact {
  const { stumps = STUMPS, threshold, ...rest } = over;
  return {
    name: 'fraud_detector',
    version: '1',
    onnx: treesOnnx(stumps.map(stumpTree), FEATURE_NAMES, threshold),
    ...rest,
  };
}

/** A model that declares missing values as unsupported. */
export function aModelWithoutMissing(): ModelArtifact {
  return anArtifact({ scoringJson: '{"missing_values":"unsupported"}' });
}

/** A model with the same probability for every row. */
export function aConstantArtifact(version: string, probability: number): ModelArtifact {
  const logOdds = Math.log(probability / (1 - probability));
  return anArtifact({ version, stumps: [{ feature: 'tx_amount', threshold: 0, below: logOdds, above: logOdds }] });
}

/** ONNX bytes of complete trees over the feature service, in the trainer's format. */
export function treesOnnx(
  trees: readonly XgboostTreeJson[],
  featureNames = FEATURE_NAMES,
  threshold = 0.75,
): Uint8Array {
  const model: XgboostModelJson = {
    learner: {
      learner_model_param: { base_score: '5E-1', num_class: '0', num_feature: String(featureNames.length) },
      objective: { name: 'binary:logistic' },
      gradient_booster: { name: 'gbtree', model: { trees } },
    },
    version: [2, 1, 4],
  };
  return writeTreeEnsembleOnnx(model, {
    featureNames,
    metadata: {
      featureService: 'fraud_detection_features:1',
      dataDigest: 'none',
      trainingRange: { fromMs: 0, toMs: 1 },
      threshold,
    },
  });
}

/** A complete tree of random splits. @param random returns numbers from 0 (inclusive) to 1 (exclusive) */
export function aRandomTree(depth: number, random: () => number): XgboostTreeJson {
  const inner = 2 ** depth - 1;
  const nodes = 2 * inner + 1;
  const children = (offset: number) =>
    Array.from({ length: nodes }, (_, node) => (node < inner ? 2 * node + offset : -1));
  return {
    left_children: children(1),
    right_children: children(2),
    split_indices: Array.from({ length: nodes }, (_, node) =>
      node < inner ? Math.floor(random() * FEATURE_COUNT) : 0,
    ),
    split_conditions: Array.from({ length: nodes }, (_, node) =>
      node < inner ? random() * 100 : random() * 0.2 - 0.1,
    ),
    default_left: Array.from({ length: nodes }, () => (random() < 0.5 ? 0 : 1)),
  };
}

function stumpTree({ feature, threshold, below, above }: Stump): XgboostTreeJson {
  return {
    left_children: [1, -1, -1],
    right_children: [2, -1, -1],
    split_indices: [featureIndex(feature), 0, 0],
    split_conditions: [threshold, below, above],
    default_left: [1, 0, 0],
  };
}
