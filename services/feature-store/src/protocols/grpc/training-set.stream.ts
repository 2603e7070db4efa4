import type { featuresV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { featureServiceByName } from '@fraudflow/features';
import type { TrainingRow } from '../../offline/history/history.port.js';
import type { TrainingSets } from '../../offline/training-sets/training-sets.js';
import { toSource } from './training-set.source.js';

const NOTHING: featuresV1.GetTrainingSetResponse = {
  featureNames: [],
  featureServiceVersion: 0,
  totalRows: 0,
  transactionIds: [],
  customerIds: [],
  terminalIds: [],
  occurredAtMs: [],
  amountMinor: [],
  values: [],
  labels: [],
  labelledAtMs: [],
  currencies: [],
  datasetVersion: '',
};

/**
 * A training set as a stream of column batches. The first message has the names and the total, the last one the
 * version, also for an empty range.
 */
export async function* streamTrainingSet(
  sets: TrainingSets,
  request: featuresV1.GetTrainingSetRequest,
  signal: AbortSignal,
): AsyncGenerator<featuresV1.GetTrainingSetResponse> {
  const { fromMs, toMs, includeLate = false } = request;
  const service = featureServiceByName(request.featureService);
  if (toMs <= fromMs) throw invalidInput('to_ms: must be greater than from_ms', { field: 'to_ms' });
  const asOfMs = request.asOfMs === 0 ? toMs : request.asOfMs;
  const set = await sets.open({ service, fromMs, toMs, asOfMs, source: toSource(request.source), includeLate });
  yield {
    ...NOTHING,
    featureNames: service.features.map(({ name }) => name),
    featureServiceVersion: service.version,
    totalRows: set.totalRows,
  };
  for await (const rows of set.rows(signal)) yield toColumns(rows);
  yield { ...NOTHING, datasetVersion: set.version() };
}

function toColumns(rows: readonly TrainingRow[]): featuresV1.GetTrainingSetResponse {
  return {
    ...NOTHING,
    transactionIds: rows.map(({ transactionId }) => transactionId),
    customerIds: rows.map(({ customerId }) => customerId),
    terminalIds: rows.map(({ terminalId }) => terminalId),
    occurredAtMs: rows.map(({ occurredAtMs }) => occurredAtMs),
    amountMinor: rows.map(({ amountMinor }) => amountMinor),
    currencies: rows.map(({ currency }) => currency),
    values: valuesOf(rows),
    labels: rows.map(({ label }) => label),
    labelledAtMs: rows.map(({ labelledAtMs }) => labelledAtMs),
  };
}

function valuesOf(rows: readonly TrainingRow[]): number[] {
  const width = rows[0]?.values.length ?? 0;
  const values: number[] = [];
  for (const row of rows) for (let i = 0; i < width; i++) values.push(row.values[i] as number);
  return values;
}
