/** The parts of XGBoost's JSON model (`XGBoosterSaveModel`, 1.x to 3.x) that a boosted binary classifier needs. */
export interface XgboostModelJson {
  readonly learner: {
    readonly learner_model_param: {
      /**
       * A probability in (0, 1), as text, although the booster starts from its log-odds. `[p]` since 3.1: one value per
       * output.
       */
      readonly base_score: string;
      readonly num_class: string;
      readonly num_feature: string;
    };
    readonly objective: { readonly name: string };
    readonly gradient_booster: {
      readonly name: string;
      readonly model: { readonly trees: readonly XgboostTreeJson[] };
    };
  };
  readonly version: readonly number[];
}

/** Parallel arrays by node id. Pruned nodes stay in the arrays, unreachable. */
export interface XgboostTreeJson {
  readonly left_children: readonly number[];
  readonly right_children: readonly number[];
  readonly split_indices: readonly number[];
  /** Threshold of an inner node, value of a leaf. */
  readonly split_conditions: readonly number[];
  readonly default_left: readonly (number | boolean)[];
  /** 1 marks a categorical split. */
  readonly split_type?: readonly number[];
}
