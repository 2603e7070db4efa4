import { featureValue, figure, moment, percent, span } from './figures.js';
import type { FeatureFigures, FeatureReport, ViewReport } from './read-feature-statistics.js';

export type Row = readonly string[];

/** Columns of the table of a view's features. */
export const FEATURE_COLUMNS: Row = [
  'feature',
  'type',
  'missing',
  'mean',
  'std',
  'min',
  '5 %',
  'median',
  '95 %',
  'max',
];
/** Columns of the table of an entity's hot keys. */
export const HOT_KEY_COLUMNS: Row = ['key', 'rows', 'share'];

/** Subject and time range of the report. */
export function reportLine({ project, sinceMs, measuredAtMs }: FeatureReport): string {
  return `${project}: rows counted by one worker since ${moment(sinceMs)} (${span(measuredAtMs - sinceMs)})`;
}

/** Rate and freshness, a sentence each. */
export function flowLines(view: ViewReport, measuredAtMs: number): readonly string[] {
  const { rows, rowsPerSecond, newestEventMs, newestWrittenMs, lag } = view;
  if (rows === 0) return ['no rows yet'];
  const lines = [
    `${figure(rows)} rows, ${figure(rowsPerSecond)} a second in the last minute`,
    `newest event ${moment(newestEventMs)}, ${span(measuredAtMs - newestEventMs)} old; last row written ${span(measuredAtMs - newestWrittenMs)} ago`,
  ];
  if (lag === undefined) return lines;
  const of = lag.recentRows > 0 ? 'in the last minute' : 'of all rows';
  return [
    ...lines,
    `lag from event to row ${of}: median ${span(lag.p50Ms)}, 99 % ${span(lag.p99Ms)}, longest ${span(lag.maxMs)}`,
  ];
}

/** `about 4,957 different customer_id (± 0.8 %)`. */
export function entityLine({ entity, distinct, distinctError }: ViewReport['entities'][number]): string {
  return `about ${Math.round(distinct).toLocaleString('en-US')} different ${entity} (± ${percent(distinctError)})`;
}

export interface HotKeyFigures {
  readonly key: string;
  /** `1,234`, or `1,200 to 1,234` where only bounds are known. */
  readonly rows: string;
  /** Of all rows, at least. */
  readonly share: number;
}

/** Hot keys without those whose count is mostly error: these may be no more frequent than others. */
export function hotKeys({ rows, entities }: ViewReport, entity: string): readonly HotKeyFigures[] {
  const found = entities.find((candidate) => candidate.entity === entity);
  return (found?.hotKeys ?? [])
    .filter(({ count, error }) => count - error > error)
    .map(({ key, count, error }) => ({
      key,
      rows: error === 0 ? figure(count) : `${figure(count - error)} to ${figure(count)}`,
      share: (count - error) / rows,
    }));
}

export function featureRow(feature: FeatureFigures): Row {
  const { name, dtype, mean, std, min, max, distribution } = feature;
  const value = (given: number | undefined): string => featureValue(given ?? Number.NaN, dtype);
  return [
    name,
    dtype,
    percent(missingShare(feature)),
    value(mean),
    dtype === 'unix_timestamp' ? span(std * 1_000) : figure(std),
    value(min),
    value(distribution?.p05),
    value(distribution?.p50),
    value(distribution?.p95),
    value(max),
  ];
}

/** NaN if there are no rows. */
export function missingShare({ count, missing }: FeatureFigures): number {
  return missing / (count + missing);
}
