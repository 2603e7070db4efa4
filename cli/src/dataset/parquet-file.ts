import { type BasicType, fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { type DatasetBatch, type DatasetFile, featureColumn } from './dataset-file.js';

/** Rows per row group: large enough for readers to skip groups, small enough for memory. */
const GROUP_ROWS = 50_000;

type Column = readonly [name: string, element: Omit<SchemaElement, 'name'>, values: (batch: DatasetBatch) => unknown[]];

/**
 * Apache Parquet: Snappy, statistics, times as milliseconds in UTC; the version is in the file's metadata as
 * `dataset_version`.
 */
export function parquetFile(path: string, featureNames: readonly string[]): DatasetFile {
  const columns = columnsOf(featureNames);
  const root: SchemaElement = { name: 'root', num_children: columns.length };
  const schema = [root, ...columns.map(([name, element]): SchemaElement => ({ name, ...element }))];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema, createdBy: 'fraudflow' });
  let waiting: unknown[][] = columns.map(() => []);
  const writeGroup = async (): Promise<void> => {
    const columnData = columns.map(([name], i) => ({ name, data: waiting[i] ?? [] }));
    await writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    waiting = columns.map(() => []);
  };
  return {
    async write(batch) {
      columns.forEach(([, , values], i) => {
        const column = waiting[i] ?? [];
        for (const value of values(batch)) column.push(value);
      });
      if ((waiting[0]?.length ?? 0) >= GROUP_ROWS) await writeGroup();
    },
    async close(version) {
      if ((waiting[0]?.length ?? 0) > 0) await writeGroup();
      writer.kvMetadata = [{ key: 'dataset_version', value: version }];
      await writer.finish();
    },
  };
}

function columnsOf(featureNames: readonly string[]): readonly Column[] {
  const text = {
    type: 'BYTE_ARRAY' as BasicType & 'BYTE_ARRAY',
    converted_type: 'UTF8',
    repetition_type: 'REQUIRED',
  } as const;
  const time = { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' } as const;
  return [
    ['transaction_id', text, ({ transactionIds }) => transactionIds],
    ['customer_id', text, ({ customerIds }) => customerIds],
    ['terminal_id', text, ({ terminalIds }) => terminalIds],
    ['currency', text, ({ currencies }) => currencies],
    ['event_timestamp', { ...time, repetition_type: 'REQUIRED' }, ({ occurredAtMs }) => occurredAtMs.map(BigInt)],
    ['amount_minor', { type: 'INT64', repetition_type: 'REQUIRED' }, ({ amountMinor }) => amountMinor.map(BigInt)],
    ...featureNames.map((name, slot): Column => {
      const values = (batch: DatasetBatch): unknown[] =>
        Array.from(featureColumn(batch, slot, featureNames.length), known);
      return [name, { type: 'DOUBLE', repetition_type: 'OPTIONAL' }, values];
    }),
    ['label', { type: 'INT32', repetition_type: 'REQUIRED' }, ({ labels }) => labels],
    [
      'labelled_at',
      { ...time, repetition_type: 'OPTIONAL' },
      ({ labelledAtMs }) => labelledAtMs.map((ms) => (ms === 0 ? null : BigInt(ms))),
    ],
  ];
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
