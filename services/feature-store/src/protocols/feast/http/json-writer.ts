import type { FeatureDtype } from '@fraudflow/features';
import { ByteWriter } from '@fraudflow/runtime-tuning';
import type { Resolution } from '../../../online/feature-resolver.js';
import { formatInstant } from '../../../values/instant.js';
import type { FeatureValue } from '../../../pushed/pushed-row.js';
import { type ServedFeatures, servedValue, type ServedView } from '../../../online/served-features.js';

/** Names of the field statuses by number. */
const STATUS_JSON = ['"INVALID"', '"PRESENT"', '"NULL_VALUE"', '"NOT_FOUND"', '"OUTSIDE_MAX_AGE"'];
const COMMA = 0x2c;
const EPOCH_JSON = '"1970-01-01T00:00:00Z"';

// Writing never yields, so all replies can share the same sinks.
const reply = new ByteWriter();
const tail = new ByteWriter();

/**
 * Writes the reply of Feast's HTTP feature server. Its clients infer types from the text, so doubles always have a
 * decimal point or an exponent, int64 are digits of any length, and NaN, which JSON cannot represent, is null. All
 * columns of a view share their statuses and times, which are therefore written once per view. The result is bytes,
 * because a text concatenated from thousands of pieces would leave each of them to the garbage collector.
 * @returns JSON in UTF-8, valid until the next call
 */
export function writeServedFeatures(features: ServedFeatures): Uint8Array {
  const { rowCount, resolution, views, entities } = features;
  reply.clear();
  reply.ascii('{"results":[');
  writeEntities(features);
  const tails = tailsOf(views, rowCount);
  resolution.columns.forEach((column, i) => {
    const view = views[column.view];
    const end = tails[column.view];
    if (view === undefined || end === undefined) return;
    reply.ascii(i + entities.length === 0 ? '{"values":[' : ',{"values":[');
    writeColumn(view, column.slot, column.dtype, rowCount);
    reply.part(tail, tails[column.view - 1] ?? 0, end);
  });
  reply.ascii('],"metadata":{"feature_names":[');
  for (const { name } of entities) reply.ascii(`"${name}",`);
  reply.text(columnNames(resolution));
  reply.ascii(']}}');
  return reply.view();
}

function writeEntities({ entities, rowCount }: ServedFeatures): void {
  if (entities.length === 0) return;
  const rest = entityTailOf(rowCount);
  entities.forEach(({ ids }, i) => {
    reply.ascii(i === 0 ? '{"values":' : ',{"values":');
    reply.text(JSON.stringify(ids));
    reply.ascii(rest);
  });
}

/** Writes the shared parts of the columns of each view consecutively. @returns the end of each part */
function tailsOf(views: readonly ServedView[], rowCount: number): readonly number[] {
  tail.clear();
  return views.map((view) => {
    writeTail(view, rowCount);
    return tail.length;
  });
}

/** Resolutions are few and long-lived, so the names of their columns are written once. */
const cachedNames = new WeakMap<Resolution, string>();

function columnNames(resolution: Resolution): string {
  const known = cachedNames.get(resolution);
  if (known !== undefined) return known;
  const names = resolution.columns.map(({ name }) => `"${name}"`).join(',');
  cachedNames.set(resolution, names);
  return names;
}

/** One value as JSON, according to its type on the wire. */
export function valueJson(value: FeatureValue, dtype: FeatureDtype): string {
  if (value === null) return 'null';
  if (dtype === 'double') return doubleJson(Number(value));
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(Math.trunc(value)) : 'null';
  return String(value);
}

/** A double with a decimal point or an exponent, because clients would read `2` as an integer. */
export function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

function writeColumn(view: ServedView, slot: number, dtype: FeatureDtype, rowCount: number): void {
  if (view.kind === 'computed' && dtype === 'double') return writeDoubles(view.vectors, view.hidden, slot);
  for (let row = 0; row < rowCount; row++) {
    if (row > 0) reply.byte(COMMA);
    reply.text(valueJson(servedValue(view, slot, row), dtype));
  }
}

/** Fast path for the most common case. */
function writeDoubles(vectors: readonly Float64Array[], hidden: readonly number[], slot: number): void {
  for (let row = 0; row < vectors.length; row++) {
    if (row > 0) reply.byte(COMMA);
    reply.ascii(hidden[row] === 1 ? 'null' : doubleJson(vectors[row]?.[slot] ?? Number.NaN));
  }
}

function writeTail(view: ServedView, rowCount: number): void {
  tail.ascii('],"statuses":[');
  for (let row = 0; row < rowCount; row++) {
    if (row > 0) tail.byte(COMMA);
    tail.ascii(STATUS_JSON[view.statuses[row] ?? 0] ?? '');
  }
  tail.ascii('],"event_timestamps":[');
  for (let row = 0; row < rowCount; row++) {
    if (row > 0) tail.byte(COMMA);
    tail.ascii(timeJson(view.eventSeconds[row] ?? 0, view.eventNanos[row] ?? 0));
  }
  tail.ascii(']}');
}

function timeJson(seconds: number, nanos: number): string {
  return seconds === 0 && nanos === 0 ? EPOCH_JSON : `"${formatInstant(seconds, nanos)}"`;
}

function entityTailOf(rowCount: number): string {
  const statuses = `"PRESENT"${',"PRESENT"'.repeat(rowCount - 1)}`;
  return `,"statuses":[${statuses}],"event_timestamps":[${EPOCH_JSON}${`,${EPOCH_JSON}`.repeat(rowCount - 1)}]}`;
}
