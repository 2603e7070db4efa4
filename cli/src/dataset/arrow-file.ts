import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import {
  Bool,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
  type Data,
  type DataType,
} from 'apache-arrow';
import { type DatasetBatch, type DatasetFile, featureColumn } from './dataset-file.js';

/** Apache Arrow IPC file: one record batch per batch, times as milliseconds in UTC, NaN where a value is missing. */
export function arrowFile(path: string, featureNames: readonly string[]): DatasetFile {
  const schema = schemaOf(featureNames);
  const writer = new RecordBatchFileWriter();
  writer.reset(undefined, schema);
  const stream = writer.toNodeStream().pipe(createWriteStream(path));
  const done = finished(stream);
  done.catch(() => undefined);
  return {
    async write(batch) {
      const rows = batch.transactionIds.length;
      const children = dataOf(batch, featureNames.length);
      writer.write(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, children })));
      // Yields to the file's writes, so that batches do not accumulate while more are decoded.
      await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      writer.finish();
      await done;
    },
  };
}

function schemaOf(featureNames: readonly string[]): Schema {
  const text = (name: string): Field => new Field(name, new Utf8(), false);
  return new Schema([
    ...['transaction_id', 'customer_id', 'terminal_id', 'currency'].map(text),
    new Field('event_timestamp', new TimestampMillisecond('UTC'), false),
    new Field('amount_minor', new Int64(), false),
    ...featureNames.map((name) => new Field(name, new Float64(), false)),
    new Field('label', new Int32(), false),
    new Field('labelled_at', new TimestampMillisecond('UTC'), true),
  ]);
}

function dataOf(batch: DatasetBatch, width: number): Data[] {
  const texts = (values: readonly string[]): Data => vectorFromArray(values, new Utf8()).data[0] as Data;
  const whole = (type: DataType, values: readonly number[]): Data =>
    makeData({ type: type as Int64, length: values.length, data: BigInt64Array.from(values, BigInt) });
  const time = new TimestampMillisecond('UTC');
  return [
    texts(batch.transactionIds),
    texts(batch.customerIds),
    texts(batch.terminalIds),
    texts(batch.currencies),
    whole(time, batch.occurredAtMs),
    whole(new Int64(), batch.amountMinor),
    ...Array.from({ length: width }, (_, slot) =>
      makeData({ type: new Float64(), data: featureColumn(batch, slot, width) }),
    ),
    makeData({ type: new Int32(), data: Int32Array.from(batch.labels) }),
    labelledAt(time, batch.labelledAtMs),
  ];
}

function labelledAt(type: TimestampMillisecond, times: readonly number[]): Data {
  const isKnown = vectorFromArray(
    times.map((ms) => ms !== 0),
    new Bool(),
  ).data[0]?.values as Uint8Array;
  const nullCount = times.filter((ms) => ms === 0).length;
  const data = BigInt64Array.from(times, BigInt);
  return makeData({ type, length: times.length, nullCount, nullBitmap: isKnown, data } as never);
}
