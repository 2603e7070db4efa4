import type { XgboostModelJson, XgboostTreeJson } from '../src/model/xgboost-model-json.js';

/** One split with two leaves, for tests. */
export function aTree(
  over: Partial<{ feature: number; threshold: number; left: number; right: number; missingGoesLeft: number }>,
): XgboostTreeJson {
  return {
    left_children: [1, -1, -1],
    right_children: [2, -1, -1],
    split_indices: [over.feature ?? 0, 0, 0],
    split_conditions: [over.threshold ?? 0, over.left ?? -1, over.right ?? 1],
    default_left: [over.missingGoesLeft ?? 0, 0, 0],
  };
}

/** A boosted classifier as XGBoost writes it, for tests. */
export function aModel(
  over: Partial<{ featureCount: number; baseScore: string; trees: readonly XgboostTreeJson[] }>,
): XgboostModelJson {
  return {
    learner: {
      learner_model_param: {
        base_score: over.baseScore ?? '5E-1',
        num_class: '0',
        num_feature: String(over.featureCount ?? 1),
      },
      objective: { name: 'binary:logistic' },
      gradient_booster: { name: 'gbtree', model: { trees: over.trees ?? [aTree({})] } },
    },
    version: [2, 1, 4],
  };
}

export function xgboostModelJson(tree: XgboostTreeJson): XgboostModelJson {
  return aModel({ trees: [tree] });
}
