import { invalidInput } from '@fraudflow/core';
import { AGGREGATES } from '../catalog/aggregates/aggregates.js';
import type { Aggregate } from '../catalog/aggregates/contract/aggregate.js';
import type { FeatureDefinition, FeatureFormula } from '../catalog/definitions.js';
import { type EntityPlan, planEntity, readsAttributes } from './entity-plan.js';
import { ALLOWED_LATENESS_MS, CUSTOMER_RETENTION_MS, TERMINAL_RETENTION_MS } from '../catalog/time-rules.js';

/** Kind and slot of a feature of the transaction alone. */
export interface TransactionSlot {
  readonly kind: Exclude<FeatureFormula['kind'], 'window'>;
  readonly slot: number;
}

/** A compiled list of computed features: what the engine maintains, evaluates and writes. */
export interface VectorPlan {
  readonly features: readonly FeatureDefinition[];
  /** Length of the vectors the plan fills; slot i holds `features[i]`. */
  readonly length: number;
  readonly transaction: readonly TransactionSlot[];
  readonly customer: EntityPlan;
  readonly terminal: EntityPlan;
  /** Whether the customer stage has to compute attributes of a transaction. */
  readonly needsAttributes: boolean;
  /** Whether features and attributes may be computed by accelerators. */
  readonly withAccelerators: boolean;
}

export interface PlanOptions {
  /** Whether to compute attributes also if no feature of the list needs them. Default false. */
  readonly withAttributes?: boolean;
  /** Aggregates that the features may use. Default: all of the catalogue. */
  readonly aggregates?: readonly Aggregate[];
  /** Whether aggregates may use their accelerators; the values are the same. Default true, false for tests. */
  readonly withAccelerators?: boolean;
}

/**
 * Compiles a list of computed features, in any order, of any service or of none.
 * @param features slot i of the vectors holds `features[i]`; the list may be empty
 * @returns a plan that any number of engines and readers may share
 * @throws AppError invalid_input `FEATURE_NOT_COMPUTED` for a feature of a pushed view, `FORMULA_UNSUPPORTED`,
 * `WINDOW_TOO_LONG`
 */
export function planVector(
  features: readonly FeatureDefinition[],
  { withAttributes = false, aggregates = AGGREGATES, withAccelerators = true }: PlanOptions = {},
): VectorPlan {
  const needsAttributes = withAttributes || features.some((feature) => readsAttributes(feature, aggregates));
  const pushed = features.find(({ formula }) => formula === undefined);
  if (pushed !== undefined) {
    throw invalidInput(`feature "${pushed.name}" is pushed, not computed`, {
      code: 'FEATURE_NOT_COMPUTED',
      field: pushed.name,
    });
  }
  return {
    features,
    length: features.length,
    transaction: features.flatMap(({ formula }, slot) =>
      formula === undefined || formula.kind === 'window' ? [] : [{ kind: formula.kind, slot }],
    ),
    customer: planEntity(features, 'customer_id', {
      longestMs: CUSTOMER_RETENTION_MS - ALLOWED_LATENESS_MS,
      needsAttributes,
      aggregates,
      withAccelerators,
    }),
    terminal: planEntity(features, 'terminal_id', {
      longestMs: TERMINAL_RETENTION_MS - ALLOWED_LATENESS_MS,
      needsAttributes: false,
      aggregates,
      withAccelerators,
    }),
    needsAttributes,
    withAccelerators,
  };
}
