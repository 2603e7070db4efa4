import type { FeatureDtype } from '@fraudflow/features';
import type { Resolution } from './feature-resolver.js';
import { formatInstant } from './instant.js';
import type { FeatureValue } from './pushed-row.js';
import { type ServedFeatures, servedValue, type ServedView } from './served-features.js';

/** Names of the field statuses by number. */
const STATUS_JSON = ['"INVALID"', '"PRESENT"', '"NULL_VALUE"', '"NOT_FOUND"', '"OUTSIDE_MAX_AGE"'];
const EPOCH_JSON = '"1970-01-01T00:00:00Z"';

/**
 * The reply of Feast's HTTP feature server. Its clients infer types from the text, so doubles always have a decimal point or
 * an exponent, int64 are bare digits whatever their size, and NaN, which JSON cannot say, is null. All columns of a view share
 * their statuses and times, so these are written once per view.
 */
export function writeServedFeatures(features: ServedFeatures): string {
  const { rowCount, resolution, views, entities } = features;
  const tails = views.map((view) => viewTail(view, rowCount));
  const entityTail = entities.length === 0 ? '' : entityTailOf(rowCount);
  let results = '';
  let names = '';
  for (const { name, ids } of entities) {
    results += `${results === '' ? '' : ','}{"values":${JSON.stringify(ids)}${entityTail}`;
    names += `"${name}",`;
  }
  for (const column of resolution.columns) {
    const view = views[column.view];
    if (view === undefined) continue;
    const values = columnJson(view, column.slot, column.dtype, rowCount);
    results += `${results === '' ? '' : ','}{"values":[${values}]${tails[column.view] ?? ''}`;
  }
  return `{"results":[${results}],"metadata":{"feature_names":[${names}${columnNames(resolution)}]}}`;
}

/** Resolutions are few and live on, so the names of their columns are written once. */
const namesMet = new WeakMap<Resolution, string>();

function columnNames(resolution: Resolution): string {
  const known = namesMet.get(resolution);
  if (known !== undefined) return known;
  const names = resolution.columns.map(({ name }) => `"${name}"`).join(',');
  namesMet.set(resolution, names);
  return names;
}

/** One value as JSON, by its type on the wire. */
export function valueJson(value: FeatureValue, dtype: FeatureDtype): string {
  if (value === null) return 'null';
  if (dtype === 'double') return doubleJson(Number(value));
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(Math.trunc(value)) : 'null';
  return String(value);
}

/** A double with a decimal point or an exponent: `2` would come back as an integer. */
export function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

function columnJson(view: ServedView, slot: number, dtype: FeatureDtype, rowCount: number): string {
  if (view.kind === 'computed' && dtype === 'double') return doublesJson(view.vectors, view.hidden, slot);
  let json = '';
  for (let row = 0; row < rowCount; row++) {
    if (row > 0) json += ',';
    json += valueJson(servedValue(view, slot, row), dtype);
  }
  return json;
}

/** The common case in one tight loop. */
function doublesJson(vectors: readonly Float64Array[], hidden: Uint8Array, slot: number): string {
  let json = '';
  for (let row = 0; row < vectors.length; row++) {
    if (row > 0) json += ',';
    json += hidden[row] === 1 ? 'null' : doubleJson(vectors[row]?.[slot] ?? Number.NaN);
  }
  return json;
}

function viewTail(view: ServedView, rowCount: number): string {
  let statuses = '';
  let times = '';
  for (let row = 0; row < rowCount; row++) {
    const separator = row === 0 ? '' : ',';
    statuses += separator + (STATUS_JSON[view.statuses[row] ?? 0] ?? '');
    times += separator + timeJson(view.eventSeconds[row] ?? 0, view.eventNanos[row] ?? 0);
  }
  return `,"statuses":[${statuses}],"event_timestamps":[${times}]}`;
}

function timeJson(seconds: number, nanos: number): string {
  return seconds === 0 && nanos === 0 ? EPOCH_JSON : `"${formatInstant(seconds, nanos)}"`;
}

function entityTailOf(rowCount: number): string {
  const statuses = `"PRESENT"${',"PRESENT"'.repeat(rowCount - 1)}`;
  return `,"statuses":[${statuses}],"event_timestamps":[${EPOCH_JSON}${`,${EPOCH_JSON}`.repeat(rowCount - 1)}]}`;
}
