import type { FeatureDtype } from '@fraudflow/features';
import { ByteWriter, varintLength } from '@fraudflow/runtime-tuning';
import type { FeatureValue } from '../../../pushed/pushed-row.js';
import { FIELD_STATUS, type ServedFeatures, servedValue, type ServedView } from '../../../online/served-features.js';

/*
 * Writes feast.serving.GetOnlineFeaturesResponse (proto/feast/serving/serving_service.proto) directly from columns,
 * without an object per value. Tags are field number × 8 + wire type.
 */
const RESPONSE = { metadata: 0x0a, results: 0x12, status: 0x18 } as const;
const METADATA = { featureNames: 0x0a, views: 0x12 } as const;
const VECTOR = { values: 0x0a, statuses: 0x12, times: 0x1a } as const;
const VALUE = { string: 0x12, int64: 0x20, double: 0x29, bool: 0x38, unixTimestamp: 0x40 } as const;
const NAME = 0x0a;
const TIMESTAMP = { seconds: 0x08, nanos: 0x10 } as const;
/** Tag and eight bytes. */
const DOUBLE_BYTES = 9;

// Encoding never yields, so all replies can share the same sinks.
const reply = new ByteWriter();
const part = new ByteWriter();
const tail = new ByteWriter();

export interface ResponseOptions {
  /** Marks a null in an existing row as NULL_VALUE, like the Java and Go servers; Python's marks it as PRESENT. */
  readonly marksNulls: boolean;
  /** Whether to name the views in the metadata. */
  readonly withViews: boolean;
}

/** The bytes of the reply, in Feast's order: join keys first, then features in the requested order. */
export function encodeServedFeatures(features: ServedFeatures, options: ResponseOptions): Buffer {
  const { resolution, entities, views, rowCount } = features;
  reply.clear();
  writeMetadata(features, options.withViews);
  const presentTail = entities.length === 0 ? undefined : encodePresentTail(rowCount);
  for (const { ids } of entities) {
    part.clear();
    for (const id of ids) writeValue(id, 'string');
    writeResult(presentTail);
  }
  const tails = views.map((view) => encodeTail(view, view.statuses));
  for (const { view: place, slot, dtype } of resolution.columns) {
    const view = views[place];
    if (view === undefined) continue;
    part.clear();
    const hasNull = writeColumn(view, slot, dtype, rowCount);
    if (hasNull && options.marksNulls) part.raw(encodeTail(view, markNulls(view, slot)));
    writeResult(hasNull && options.marksNulls ? undefined : tails[place]);
  }
  reply.byte(RESPONSE.status);
  reply.byte(1);
  const bytes = reply.toBuffer();
  reply.clear();
  part.clear();
  return bytes;
}

function writeMetadata({ entities, resolution }: ServedFeatures, withViews: boolean): void {
  part.clear();
  for (const { name } of entities) writeText(part, NAME, name);
  for (const { name } of resolution.columns) writeText(part, NAME, name);
  const names = part.toBuffer();
  part.clear();
  part.byte(METADATA.featureNames);
  part.varint(names.length);
  part.raw(names);
  if (withViews) {
    for (const { name } of resolution.views) {
      const length = Buffer.byteLength(name);
      part.byte(METADATA.views);
      part.varint(1 + varintLength(length) + length);
      writeText(part, NAME, name);
    }
  }
  reply.byte(RESPONSE.metadata);
  reply.varint(part.length);
  reply.part(part, 0, part.length);
}

/** Appends the values in `part`, followed by the tail that several columns may share. */
function writeResult(shared: Uint8Array | undefined): void {
  reply.byte(RESPONSE.results);
  reply.varint(part.length + (shared?.length ?? 0));
  reply.part(part, 0, part.length);
  if (shared !== undefined) reply.raw(shared);
}

/** @returns true if an existing row has a null here */
function writeColumn(view: ServedView, slot: number, dtype: FeatureDtype, rowCount: number): boolean {
  let hasNull = false;
  for (let row = 0; row < rowCount; row++) {
    const cell = servedValue(view, slot, row);
    writeValue(cell, dtype);
    if (cell === null && view.statuses[row] === FIELD_STATUS.present) hasNull = true;
  }
  return hasNull;
}

function markNulls(view: ServedView, slot: number): readonly number[] {
  return view.statuses.map((status, row) =>
    status === FIELD_STATUS.present && servedValue(view, slot, row) === null ? FIELD_STATUS.nullValue : status,
  );
}

/** Statuses and times of a column. */
function encodeTail(view: ServedView, statuses: readonly number[]): Buffer {
  tail.clear();
  tail.byte(VECTOR.statuses);
  tail.varint(statuses.length);
  for (const status of statuses) tail.byte(status);
  for (let row = 0; row < statuses.length; row++) {
    writeTime(view.eventSeconds[row] ?? 0, view.eventNanos[row] ?? 0);
  }
  return tail.toBuffer();
}

/** Join keys are always present, with the epoch as their time, which is an empty timestamp. */
function encodePresentTail(rowCount: number): Buffer {
  tail.clear();
  tail.byte(VECTOR.statuses);
  tail.varint(rowCount);
  for (let row = 0; row < rowCount; row++) tail.byte(FIELD_STATUS.present);
  for (let row = 0; row < rowCount; row++) writeTime(0, 0);
  return tail.toBuffer();
}

function writeTime(seconds: number, nanos: number): void {
  tail.byte(VECTOR.times);
  tail.byte((seconds === 0 ? 0 : 1 + varintLength(seconds)) + (nanos === 0 ? 0 : 1 + varintLength(nanos)));
  if (seconds !== 0) {
    tail.byte(TIMESTAMP.seconds);
    tail.varint(seconds);
  }
  if (nanos !== 0) {
    tail.byte(TIMESTAMP.nanos);
    tail.varint(nanos);
  }
}

/** Adds one Value to `part`; an empty one is null. */
function writeValue(cell: FeatureValue, dtype: FeatureDtype): void {
  part.byte(VECTOR.values);
  if (cell === null) part.byte(0);
  else if (dtype === 'double') {
    part.byte(DOUBLE_BYTES);
    part.byte(VALUE.double);
    part.double(Number(cell));
  } else if (typeof cell === 'string') {
    const length = Buffer.byteLength(cell);
    part.varint(1 + varintLength(length) + length);
    writeText(part, VALUE.string, cell);
  } else if (typeof cell === 'boolean') writeWhole(VALUE.bool, cell ? 1 : 0);
  else writeWhole(dtype === 'unix_timestamp' ? VALUE.unixTimestamp : VALUE.int64, cell);
}

function writeWhole(tag: number, cell: number | bigint): void {
  part.byte(1 + varintLength(cell));
  part.byte(tag);
  part.varint(cell);
}

function writeText(writer: ByteWriter, tag: number, text: string): void {
  writer.byte(tag);
  writer.varint(Buffer.byteLength(text));
  writer.text(text);
}
