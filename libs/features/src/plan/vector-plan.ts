import { invalidInput } from '@fraudflow/core';
import type { FeatureDefinition, FeatureFormula } from '../catalog/definitions.js';
import { type EntityPlan, planEntity, readsAttributes } from './entity-plan.js';
import { ALLOWED_LATENESS_MS, CUSTOMER_RETENTION_MS, TERMINAL_RETENTION_MS } from '../catalog/time-rules.js';

/** Kind and slot of a feature of the transaction alone. */
export interface TransactionSlot {
  readonly kind: Exclude<FeatureFormula['kind'], 'window'>;
  readonly slot: number;
}

/** A list of computed features, compiled once: what is maintained, evaluated and written. */
export interface VectorPlan {
  readonly features: readonly FeatureDefinition[];
  /** Length of the vectors the plan fills; slot i holds `features[i]`. */
  readonly length: number;
  readonly transaction: readonly TransactionSlot[];
  readonly customer: EntityPlan;
  readonly terminal: EntityPlan;
  /** Whether the customer stage has to compute attributes of a transaction. */
  readonly needsAttributes: boolean;
}

/**
 * Compiles a list of computed features, in any order, of any service or of none.
 * @param options `withAttributes`: also compute attributes for features that are not in the list
 * @throws AppError invalid_input `FEATURE_NOT_COMPUTED` for a feature of a pushed view, `FORMULA_UNSUPPORTED`,
 * `WINDOW_TOO_LONG`
 */
export function planVector(
  features: readonly FeatureDefinition[],
  { withAttributes = false }: { readonly withAttributes?: boolean } = {},
): VectorPlan {
  const needsAttributes = withAttributes || features.some(readsAttributes);
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
    }),
    terminal: planEntity(features, 'terminal_id', {
      longestMs: TERMINAL_RETENTION_MS - ALLOWED_LATENESS_MS,
      needsAttributes: false,
    }),
    needsAttributes,
  };
}
