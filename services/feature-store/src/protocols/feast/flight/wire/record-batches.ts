import { type Data, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';

/** A record batch of columns in the order of the schema. */
export function batchOf(schema: Schema, rows: number, children: Data[]): RecordBatch {
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }));
}
