import { DAY_MS } from '@fraudflow/core';
import type {
  EntityName,
  FeatureAggregate,
  FeatureDefinition,
  FeatureDtype,
  FeatureFilter,
  FeatureFormula,
  FeatureWindow,
} from './definitions.js';
import { LABEL_DELAY_MS } from './time-rules.js';

/** Declaration of one windowed feature. Its name, type, description and computation are derived from it. */
export interface FeatureDeclaration {
  readonly of: 'customer' | 'terminal';
  readonly aggregate: FeatureAggregate;
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

const COMPARISONS: ReadonlySet<FeatureAggregate> = new Set([
  'ratio_to_mean',
  'ratio_to_median',
  'ratio_to_max',
  'z_score',
]);
const WHOLE: ReadonlySet<FeatureAggregate> = new Set(['count', 'distinct_days', 'streak', 'last_attribute']);

/** Derives the definition of a feature from its declaration. */
export function declareFeature(declaration: FeatureDeclaration): FeatureDefinition {
  const { of: view, aggregate, days, where } = declaration;
  const isDelayed = view === 'terminal' && declaration.behindLabelDelay !== false;
  const window = { lengthMs: days * DAY_MS, delayMs: isDelayed ? LABEL_DELAY_MS : 0 };
  const withCurrent = !COMPARISONS.has(aggregate) && declaration.current !== 'before';
  const entity: EntityName = view === 'customer' ? 'customer_id' : 'terminal_id';
  const formula: WindowFormula = {
    kind: 'window',
    entity,
    aggregate,
    window,
    withCurrent,
    ...(where === undefined ? {} : { filter: where }),
  };
  const dtype: FeatureDtype = WHOLE.has(aggregate) ? 'int64' : 'double';
  return { name: nameOf(declaration, entity), view, dtype, description: describe(formula), window, formula };
}

/** Follows the naming of the published features: `customer_id_nb_tx_7day_window`. */
function nameOf({ aggregate, days, where, current, behindLabelDelay }: FeatureDeclaration, entity: EntityName): string {
  const recent = entity === 'terminal_id' && behindLabelDelay === false ? 'recent_' : '';
  const before = current === 'before' && !COMPARISONS.has(aggregate) ? '_before' : '';
  return `${entity}_${recent}${subjectOf(aggregate, where)}${before}_${days}day_window`;
}

function subjectOf(aggregate: FeatureAggregate, where: FeatureFilter | undefined): string {
  if (where === undefined) return PLAIN_SUBJECTS[aggregate] ?? `${aggregate}_amount`;
  const rows = where.kind === 'above_median' ? `above_${String(where.times).replace('.', '_')}_median` : where.kind;
  if (aggregate === 'count') return `nb_${rows}`;
  if (aggregate === 'share') return where.kind === 'known_fraud' ? 'risk' : `${rows}_share`;
  if (aggregate === 'last_attribute') return `last_${rows}_is_ordinary`;
  return aggregate === 'streak' ? `${rows}_streak` : `${aggregate}_${rows}`;
}

const PLAIN_SUBJECTS: Readonly<Partial<Record<FeatureAggregate, string>>> = {
  count: 'nb_tx',
  mean: 'avg_amount',
  distinct_days: 'nb_days',
  ratio_to_mean: 'amount_to_mean',
  ratio_to_median: 'amount_to_median',
  ratio_to_max: 'amount_to_max',
  z_score: 'amount_z_score',
  days_since_last: 'days_since_last_tx',
  days_since_first: 'days_since_first_tx',
};

function describe(formula: WindowFormula): string {
  const { aggregate, filter, entity, window, withCurrent } = formula;
  const owner = entity === 'customer_id' ? 'of the customer' : 'on the terminal';
  const rows = `${rowsOf(filter)} ${owner} ${spanOf(window, withCurrent)}`;
  const none = (window.lengthMs + window.delayMs) / DAY_MS;
  const sentences: Readonly<Record<FeatureAggregate, string>> = {
    count: `Number of ${rows}.`,
    sum: `Sum of the amounts, in major units, of the ${rows}.`,
    mean: `Mean amount, in major units, of the ${rows}; 0 if there are none.`,
    std: `Sample standard deviation of the amounts, in major units, of the ${rows}; 0 of fewer than two.`,
    min: `Least amount, in major units, of the ${rows}; 0 if there are none.`,
    max: `Greatest amount, in major units, of the ${rows}; 0 if there are none.`,
    median: `Median amount, in major units, of the ${rows}; 0 if there are none.`,
    last: `Amount, in major units, of the newest of the ${rows}; 0 if there are none.`,
    distinct_days: `Number of UTC days with ${rows}.`,
    share: `Share of ${rowsOf(filter)} among the transactions ${owner} ${spanOf(window, withCurrent)}; 0 if there are none.`,
    ratio_to_mean: `Amount / mean amount of the ${rows}; 1 if there is nothing to compare with.`,
    ratio_to_median: `Amount / median amount of the ${rows}; 1 if there is nothing to compare with.`,
    ratio_to_max: `Amount / greatest amount of the ${rows}; 1 if there is nothing to compare with.`,
    z_score: `(Amount − mean) / sample standard deviation of the amounts of the ${rows}; 0 if they do not vary.`,
    streak: `How many of the newest transactions ${owner} ${spanOf(window, withCurrent)} are ${rowsOf(filter)}, without a gap.`,
    days_since_last: `Days since the newest of the ${rows}; ${none} if there are none.`,
    days_since_first: `Days since the oldest of the ${rows}; ${none} if there are none.`,
    last_attribute: `1 if the newest of the ${rows} was of an ordinary amount (at most 220, below 2.5 × its card's median), else 0.`,
  };
  return sentences[aggregate];
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
