import type { CopyCursor } from '@fraudflow/postgres';
import type { HistoryLabel, HistoryTransaction, ServedRow, TrainingRow } from '../history.port.js';
import type { LayoutProjection } from './feature-layouts.js';
import type { LabelsInForce } from './labels-in-force.js';

// These run per row: the objects are written out, because spreading one into another costs more than all the reading.

/** Columns of `servedRowsSql`. */
export function readServedRow(row: CopyCursor, projection: LayoutProjection): ServedRow {
  const occurredAtMs = row.instantMs();
  const amountMinor = row.int8();
  const logOffset = row.int8();
  const logPartition = row.int4();
  const layout = row.int2();
  const currency = row.text();
  const transactionId = row.text();
  const customerId = row.text();
  const terminalId = row.text();
  const values = readValues(row, layout, projection);
  return {
    transactionId,
    occurredAtMs,
    customerId,
    terminalId,
    amountMinor,
    currency,
    logPartition,
    logOffset,
    values,
  };
}

/** Columns of `trainingRowsSql`. */
export function readTrainingRow(row: CopyCursor, projection: LayoutProjection, labels: LabelsInForce): TrainingRow {
  const occurredAtMs = row.instantMs();
  const amountMinor = row.int8();
  const logOffset = row.int8();
  const logPartition = row.int4();
  const layout = row.int2();
  const currency = row.text();
  const transactionId = row.text();
  const customerId = row.text();
  const terminalId = row.text();
  const values = readValues(row, layout, projection);
  const labelledAtMs = labels.labelledAtMs(transactionId);
  const label = labelledAtMs !== 0 && labels.isFraud(transactionId) ? 1 : 0;
  return {
    transactionId,
    occurredAtMs,
    customerId,
    terminalId,
    amountMinor,
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
  const orderMs = row.instantMs();
  const customerOrder = row.float8();
  const occurredAtMs = row.instantMs();
  const amountMinor = row.int8();
  const logOffset = row.int8();
  const logPartition = row.int4();
  const currency = row.text();
  const transactionId = row.text();
  const customerId = row.text();
  const terminalId = row.text();
  return {
    kind: 'transaction',
    transactionId,
    occurredAtMs,
    customerId,
    terminalId,
    amountMinor,
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
  const customerId = row.text();
  const terminalId = row.text();
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

function readValues(row: CopyCursor, layout: number, projection: LayoutProjection): Float64Array {
  const values = new Float64Array(projection.wanted.length);
  const stored = row.float8Array();
  projection.project(layout, stored, row.isNull() ? undefined : row.float8Array(), values);
  return values;
}
