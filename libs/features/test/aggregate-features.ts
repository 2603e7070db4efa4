import { DAY_MS } from '@fraudflow/core';
import type { Aggregate, RowSelection } from '../src/catalog/aggregates/contract/aggregate.js';
import { declareFeature } from '../src/catalog/declare-feature.js';
import type { FeatureDefinition, FeatureFilter } from '../src/catalog/definitions.js';

type Of = 'customer' | 'terminal';

const FILTERS: Readonly<Record<Exclude<RowSelection, 'all'>, readonly FeatureFilter[]>> = {
  // In the first one the median's window contains the feature's window, in the second one it does not.
  above_median: [
    { kind: 'above_median', times: 1.5, medianOverMs: 7 * DAY_MS },
    { kind: 'above_median', times: 0.5, medianOverMs: DAY_MS },
  ],
  known_fraud: [{ kind: 'known_fraud' }],
  known_genuine: [{ kind: 'known_genuine' }],
};
const BY_LABEL: ReadonlySet<RowSelection> = new Set(['known_fraud', 'known_genuine']);

export type Current = 'with' | 'before';

export interface Forms {
  /** Lengths of the windows. */
  readonly days?: readonly number[];
  /** Whether the request's transaction is one of the rows. */
  readonly currents?: readonly Current[];
}

/**
 * Features of one aggregate in every form that the planner accepts: each selection of rows, of customers and terminals,
 * with and without the request's transaction, delayed or not.
 */
export function featuresOf(
  aggregate: Aggregate,
  aggregates: readonly Aggregate[],
  { days = [3, 7], currents = ['with', 'before'] }: Forms = {},
): readonly FeatureDefinition[] {
  return aggregate.rows.flatMap((rows) =>
    filtersOf(rows).flatMap((where, which) =>
      viewsOf(rows).flatMap(({ of, behindLabelDelay }) =>
        days.flatMap((length) =>
          currents.map((current): FeatureDefinition => {
            const filter = where === undefined ? {} : { where };
            const form = { of, aggregate: aggregate.name, days: length, current, behindLabelDelay, ...filter };
            const feature = declareFeature(form, aggregates);
            return { ...feature, name: `${feature.name} ${rows} ${which} ${current}` };
          }),
        ),
      ),
    ),
  );
}

function filtersOf(rows: RowSelection): readonly (FeatureFilter | undefined)[] {
  return rows === 'all' ? [undefined] : FILTERS[rows];
}

/** Labels count only behind the label delay, and a median is that of now. */
function viewsOf(rows: RowSelection): readonly { readonly of: Of; readonly behindLabelDelay: boolean }[] {
  const delayed = { of: 'terminal' as const, behindLabelDelay: true };
  const now = (['customer', 'terminal'] as const).map((of) => ({ of, behindLabelDelay: false }));
  if (BY_LABEL.has(rows)) return [delayed];
  return rows === 'all' ? [...now, delayed] : now;
}
