import { invalidInput } from '@fraudflow/core';
import { aggregateByName } from '../catalog/aggregates/aggregates.js';
import type { Aggregate, RowSelection } from '../catalog/aggregates/contract/aggregate.js';
import type { FeatureFormula } from '../catalog/definitions.js';

/** Formula of a windowed feature. */
export type WindowFormula = Extract<FeatureFormula, { kind: 'window' }>;

/** The rows that a formula is about. */
export function selectionOf({ filter }: Pick<WindowFormula, 'filter'>): RowSelection {
  return filter?.kind ?? 'all';
}

/** True if the filter depends on labels. */
export function isByLabel(rows: RowSelection): boolean {
  return rows === 'known_fraud' || rows === 'known_genuine';
}

/**
 * The aggregate of a formula.
 * @throws AppError invalid_input `FORMULA_UNSUPPORTED` for combinations that have no meaning or are not implemented
 */
export function aggregateOf(name: string, formula: WindowFormula, aggregates: readonly Aggregate[]): Aggregate {
  const { entity, window } = formula;
  const rows = selectionOf(formula);
  const aggregate = aggregateByName(formula.aggregate, aggregates);
  if (aggregate === undefined || !aggregate.rows.includes(rows))
    throw unsupported(name, `${formula.aggregate} of ${rows} rows is not computed`);
  if (isByLabel(rows) && entity !== 'terminal_id') throw unsupported(name, 'labels are kept by terminal');
  if (isByLabel(rows) && window.delayMs === 0) throw unsupported(name, 'labels are known only behind the label delay');
  if (rows === 'above_median' && window.delayMs > 0)
    throw unsupported(name, 'the median is that of now, so the window must reach up to now');
  return aggregate;
}

function unsupported(name: string, why: string): Error {
  return invalidInput(`feature "${name}" cannot be computed: ${why}`, { code: 'FORMULA_UNSUPPORTED', field: name });
}
