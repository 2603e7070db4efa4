import { type CardNumberRule, holdsRefusedCardNumber } from '@fraudflow/cards';
import type { FeatureDefinition, FeatureViewDefinition } from '@fraudflow/features';
import { invalidRequest, pushedCardNumber } from '../values/request-errors.js';
import { toFeatureValue } from './feature-values.js';
import { type Instant, parseInstant } from '../values/instant.js';
import { eventTimeProblem, isStorableInstant } from './pushed-times.js';
import { entityKeyOf, type FeatureValue, type PushedRow } from './pushed-row.js';
import { toEntityId } from '../values/request-values.js';

/** An unchecked data frame as Feast sends it: columns by name. */
export type Frame = Readonly<Record<string, unknown>>;

const EVENT_TIME = 'event_timestamp';
const CREATED = 'created';

/** Limits of a frame. */
export interface FrameRules {
  readonly maxRows: number;
  /** How entity ids and text values that contain a card number are treated. */
  readonly cardNumbersInPushes: CardNumberRule;
}

interface FrameColumns {
  readonly rowCount: number;
  readonly ids: readonly (readonly unknown[])[];
  readonly eventTimes: readonly unknown[];
  readonly created: readonly unknown[] | undefined;
  readonly features: readonly (readonly unknown[])[];
}

/**
 * The rows of a view in a data frame. Columns that the view does not have are ignored, because one push source may feed
 * several views. Every column of the view is required, because a row replaces the previous one completely.
 * @param now creation time of rows without one; event times may be up to a day after it
 * @throws AppError invalid_input naming the wrong column and row
 */
export function rowsOfFrame(
  view: FeatureViewDefinition,
  frame: Frame,
  now: Instant,
  { maxRows, cardNumbersInPushes: rule }: FrameRules,
): readonly PushedRow[] {
  const columns = columnsOf(view, frame, maxRows);
  return Array.from({ length: columns.rowCount }, (_, row) => ({
    entityKey: entityKeyOf(columns.ids.map((ids, i) => requiredId(ids[row], view.entities[i] ?? '', row, rule))),
    eventAt: requiredTime(columns.eventTimes[row], row, now),
    createdAt: createdAt(columns.created?.[row], row) ?? now,
    values: view.features.map((feature, i) => featureValue(feature, columns.features[i]?.[row], row, rule)),
  }));
}

function columnsOf(view: FeatureViewDefinition, frame: Frame, maxRows: number): FrameColumns {
  const eventTimes = columnOf(frame, EVENT_TIME);
  const rowCount = eventTimes.length;
  if (rowCount === 0) throw invalidRequest(['df'], 'must hold at least one row');
  if (rowCount > maxRows) throw invalidRequest(['df'], `at most ${maxRows} rows per request, not ${rowCount}`);
  for (const name in frame) {
    if (columnOf(frame, name).length !== rowCount)
      throw invalidRequest(['df', name], 'All arrays must be of the same length');
  }
  return {
    rowCount,
    ids: view.entities.map((name) => columnOf(frame, name)),
    eventTimes,
    created: frame[CREATED] === undefined ? undefined : columnOf(frame, CREATED),
    features: view.features.map(({ name }) => columnOf(frame, name)),
  };
}

function columnOf(frame: Frame, name: string): readonly unknown[] {
  const values = frame[name];
  if (values === undefined) throw invalidRequest(['df', name], 'this column is required');
  if (!Array.isArray(values)) throw invalidRequest(['df', name], 'must be a list of values, one per row');
  return values;
}

function requiredId(raw: unknown, column: string, row: number, rule: CardNumberRule): string {
  const id = toEntityId(raw, { root: 'df', column, row });
  if (id === null || id === '') throw invalidRequest(['df', column, row], 'must not be empty');
  if (holdsRefusedCardNumber(id, rule)) throw pushedCardNumber(column, row);
  return id;
}

function requiredTime(raw: unknown, row: number, now: Instant): Instant {
  const instant = parseInstant(raw);
  const problem =
    instant === undefined ? `must be a time from 1970 to 2262: ${TIME_FORMS}` : eventTimeProblem(instant, now);
  if (instant !== undefined && problem === undefined) return instant;
  throw invalidRequest(['df', EVENT_TIME, row], problem ?? '');
}

function createdAt(raw: unknown, row: number): Instant | undefined {
  if (raw === null || raw === undefined) return undefined;
  const instant = parseInstant(raw);
  if (instant !== undefined && isStorableInstant(instant)) return instant;
  throw invalidRequest(['df', CREATED, row], `must be null or a time from 1970 to 2262: ${TIME_FORMS}`);
}

const TIME_FORMS = 'ISO 8601 (without a zone it is UTC), or seconds since the epoch';

function featureValue(feature: FeatureDefinition, raw: unknown, row: number, rule: CardNumberRule): FeatureValue {
  const value = toFeatureValue(feature.dtype, raw);
  if (value === undefined) throw invalidRequest(['df', feature.name, row], `must be of type ${feature.dtype}`);
  if (typeof value === 'string' && holdsRefusedCardNumber(value, rule)) throw pushedCardNumber(feature.name, row);
  return value;
}
