import type { EntityColumn } from './entity-rows.js';
import type { Resolution } from './feature-resolver.js';
import type { FeatureValue } from '../pushed/pushed-row.js';

/** Field statuses with Feast's numbers. */
export const FIELD_STATUS = { present: 1, nullValue: 2, notFound: 3, outsideMaxAge: 4 } as const;

/**
 * Statuses and times that all columns of one view share, per row of the response. Plain arrays, because most requests
 * have one row, for which a typed array is four times as large.
 */
export interface ServedViewRows {
  /** One of FIELD_STATUS per row. */
  readonly statuses: readonly number[];
  /** Event time of the entity's newest event or row; 0 and 0 = none. */
  readonly eventSeconds: readonly number[];
  readonly eventNanos: readonly number[];
  /** 1 = values are hidden: the entity is missing, or the value is too old and the policy of the view is `null`. */
  readonly hidden: readonly number[];
}

/**
 * Computed views share vectors that hold every computed feature (NaN = missing); pushed views have rows of typed
 * values.
 */
export type ServedView =
  | (ServedViewRows & { readonly kind: 'computed'; readonly vectors: readonly Float64Array[] })
  | (ServedViewRows & { readonly kind: 'pushed'; readonly rows: readonly (readonly FeatureValue[] | undefined)[] });

/** Result of an online request as columns, independent of the wire format. */
export interface ServedFeatures {
  readonly rowCount: number;
  /** Join keys of the request in its order; they are the first columns of every response. */
  readonly entities: readonly EntityColumn[];
  readonly resolution: Resolution;
  /** In the order of `resolution.views`. */
  readonly views: readonly ServedView[];
}

/** The value of a cell; null = missing or hidden. Computed values are numbers for every type on the wire. */
export function servedValue(view: ServedView, slot: number, row: number): FeatureValue {
  if (view.hidden[row] === 1) return null;
  if (view.kind === 'pushed') return view.rows[row]?.[slot] ?? null;
  const value = view.vectors[row]?.[slot];
  return value === undefined || Number.isNaN(value) ? null : value;
}
