import { type CopyCursor, TextPool } from '@fraudflow/postgres';
import type { VectorSlab } from '@fraudflow/runtime-tuning';
import type { HistoryLabel, HistoryTransaction, ServedRow, TrainingRow } from '../history/history.port.js';
import { rowVectors } from '../history/row-vectors.js';
import type { LayoutProjection } from './feature-layouts.js';
import type { LabelsInForce } from './labels-in-force.js';

// These functions run per row. The objects are written out, because object spread costs more than decoding the row.

/** Pool for entity ids and currencies, which repeat. */
const texts = new TextPool();

/** Reads the wanted features of stored rows. It has a scratch buffer, so each stream of rows needs its own instance. */
export class StoredValues {
  private readonly vectors: VectorSlab;
  private stored = new Float64Array(0);

  constructor(private readonly projection: LayoutProjection) {
    this.vectors = rowVectors(projection.wanted.length);
  }

  /** Reads the last two columns of a row: the stored features and the backfilled ones. */
  read(row: CopyCursor, layout: number): Float64Array {
    const values = this.vectors.take(this.projection.wanted.length);
    const count = row.float8Count();
    if (this.stored.length < count) this.stored = new Float64Array(count);
    row.float8ArrayInto(this.stored);
    this.projection.project(layout, this.stored, row.isNull() ? undefined : row.float8Array(), values);
    return values;
  }
}

/** Columns of `servedRowsSql`. */
export function readServedRow(row: CopyCursor, stored: StoredValues): ServedRow {
  const occurredAtMs = row.instantMs();
  const amountMinor = row.int8();
  const isLate = row.bool();
  const logOffset = row.int8();
  const logPartition = row.int4();
  const layout = row.int2();
  const currency = row.pooledText(texts);
  const transactionId = row.text();
  const customerId = row.pooledText(texts);
  const terminalId = row.pooledText(texts);
  const values = stored.read(row, layout);
  return {
    transactionId,
    occurredAtMs,
    customerId,
    terminalId,
    amountMinor,
    isLate,
    currency,
    logPartition,
    logOffset,
    values,
  };
}

/** Columns of `trainingRowsSql`. */
export function readTrainingRow(row: CopyCursor, stored: StoredValues, labels: LabelsInForce): TrainingRow {
  const occurredAtMs = row.instantMs();
  const amountMinor = row.int8();
  const isLate = row.bool();
  const logOffset = row.int8();
  const logPartition = row.int4();
  const layout = row.int2();
  const currency = row.pooledText(texts);
  const transactionId = row.text();
  const customerId = row.pooledText(texts);
  const terminalId = row.pooledText(texts);
  const values = stored.read(row, layout);
  const place = labels.find(transactionId);
  const labelledAtMs = labels.labelledAtMs(place);
  const label = labels.isFraud(place) ? 1 : 0;
  return {
    transactionId,
    occurredAtMs,
    customerId,
    terminalId,
    amountMinor,
    isLate,
    currency,
    logPartition,
    logOffset,
    values,
    label,
    labelledAtMs,
  };
}

/** Columns of `transactionsSql`. */
export function readTransaction(row: CopyCursor): HistoryTransaction {
  const orderMs = row.int8();
  const customerOrder = row.float8();
  const occurredAtMs = row.instantMs();
  const amountMinor = row.int8();
  const baseAmountMinor = row.isNull() ? undefined : row.int8();
  const isLate = row.bool();
  const logOffset = row.int8();
  const logPartition = row.int4();
  const currency = row.pooledText(texts);
  const transactionId = row.text();
  const customerId = row.pooledText(texts);
  const terminalId = row.pooledText(texts);
  return {
    kind: 'transaction',
    transactionId,
    occurredAtMs,
    customerId,
    terminalId,
    amountMinor,
    baseAmountMinor,
    isLate,
    currency,
    logPartition,
    logOffset,
    orderMs,
    customerOrder,
  };
}

/** Columns of `labelsSql`. */
export function readLabel(row: CopyCursor): HistoryLabel {
  const occurredAtMs = row.instantMs();
  const labelledAtMs = row.instantMs();
  const logOffset = row.int8();
  const logPartition = row.int4();
  const sourceRank = row.int2();
  const isFraud = row.bool();
  const transactionId = row.text();
  const customerId = row.pooledText(texts);
  const terminalId = row.pooledText(texts);
  return {
    kind: 'label',
    transactionId,
    occurredAtMs,
    customerId,
    terminalId,
    isFraud,
    labelledAtMs,
    sourceRank,
    logPartition,
    logOffset,
  };
}
