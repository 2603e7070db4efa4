import { DAY_MS } from '@fraudflow/core';
import { aggregateByName, type AGGREGATES, type FeatureAggregate } from './aggregates/aggregates.js';
import type { Aggregate } from './aggregates/contract/aggregate.js';
import type { EntityName, FeatureDefinition, FeatureFilter, FeatureFormula, FeatureWindow } from './definitions.js';
import { LABEL_DELAY_MS } from './time-rules.js';

/** Declaration of one windowed feature. Its name, type, description and computation are derived from it. */
export interface FeatureDeclaration<Name extends string = FeatureAggregate> {
  readonly of: 'customer' | 'terminal';
  /** Name of the aggregate. */
  readonly aggregate: Name;
  /** Length of the window in days. */
  readonly days: number;
  readonly where?: FeatureFilter;
  /**
   * `before`: the request's transaction is not one of the rows. Default `with`; comparisons with it are always
   * `before`.
   */
  readonly current?: 'with' | 'before';
  /** A terminal's windows end one label delay before the read; `false` makes this one reach up to the read. */
  readonly behindLabelDelay?: boolean;
}

type WindowFormula = Extract<FeatureFormula, { kind: 'window' }>;

/**
 * Derives the definition of a feature from its declaration.
 * @param declaration `days` is the length of the window, above 0; whether the engine can compute the feature is checked
 * by `planVector`
 * @param aggregates the list in which the aggregate is looked up, by default all aggregates
 * @returns a definition whose value has the aggregate's type; amounts are in major units, shares from 0 to 1
 * @throws RangeError for an aggregate that is not in the list, which the types exclude
 */
export function declareFeature<Listed extends Aggregate = (typeof AGGREGATES)[number]>(
  declaration: FeatureDeclaration<NoInfer<Listed['name']>>,
  aggregates?: readonly Listed[],
): FeatureDefinition {
  const { of: view, days, where } = declaration;
  const aggregate = aggregateByName(declaration.aggregate, aggregates) ?? missing(declaration.aggregate);
  const isDelayed = view === 'terminal' && declaration.behindLabelDelay !== false;
  const window = { lengthMs: days * DAY_MS, delayMs: isDelayed ? LABEL_DELAY_MS : 0 };
  const withCurrent = !aggregate.isComparison && declaration.current !== 'before';
  const entity: EntityName = view === 'customer' ? 'customer_id' : 'terminal_id';
  const formula: WindowFormula = {
    kind: 'window',
    entity,
    aggregate: aggregate.name,
    window,
    withCurrent,
    ...(where === undefined ? {} : { filter: where }),
  };
  const name = nameOf(declaration, aggregate, entity);
  return { name, view, dtype: aggregate.dtype, description: describe(formula, aggregate), window, formula };
}

function missing(name: string): never {
  throw new RangeError(`aggregate "${name}" is not in the list`);
}

/** Follows the naming of the published features: `customer_id_nb_tx_7day_window`. */
function nameOf(declaration: FeatureDeclaration<string>, aggregate: Aggregate, entity: EntityName): string {
  const { days, where, current, behindLabelDelay } = declaration;
  const recent = entity === 'terminal_id' && behindLabelDelay === false ? 'recent_' : '';
  const before = current === 'before' && !aggregate.isComparison ? '_before' : '';
  return `${entity}_${recent}${aggregate.subject(filterName(where))}${before}_${days}day_window`;
}

function filterName(where: FeatureFilter | undefined): string | undefined {
  return where?.kind === 'above_median' ? `above_${String(where.times).replace('.', '_')}_median` : where?.kind;
}

function describe({ filter, entity, window, withCurrent }: WindowFormula, aggregate: Aggregate): string {
  const owner = entity === 'customer_id' ? 'of the customer' : 'on the terminal';
  const selected = rowsOf(filter);
  const span = `${owner} ${spanOf(window, withCurrent)}`;
  const capDays = (window.lengthMs + window.delayMs) / DAY_MS;
  return aggregate.sentence({ rows: `${selected} ${span}`, selected, span, capDays });
}

function rowsOf(filter: FeatureFilter | undefined): string {
  if (filter === undefined) return 'transactions';
  if (filter.kind === 'known_fraud') return 'known frauds';
  if (filter.kind !== 'above_median') return 'transactions known as genuine';
  const { times, medianOverMs } = filter;
  return `transactions of more than ${times} × the median of the ${medianOverMs / DAY_MS} d before this one`;
}

function spanOf({ lengthMs, delayMs }: FeatureWindow, withCurrent: boolean): string {
  const days = lengthMs / DAY_MS;
  if (delayMs > 0) return `in the ${days} d that ended ${delayMs / DAY_MS} d ago`;
  return `in the last ${days} d, this one ${withCurrent ? 'included' : 'excluded'}`;
}
