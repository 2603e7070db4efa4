import type { featuresV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { FEATURE_NAMES, featureServiceByName } from '@fraudflow/features';
import type { OfflineStore, TrainingRow } from '../offline/offline-store.port.js';

/** A training set as a stream of column batches. The names and the total come first, also for an empty range. */
export async function* streamTrainingSet(
  offline: OfflineStore,
  request: featuresV1.GetTrainingSetRequest,
  signal: AbortSignal,
): AsyncGenerator<featuresV1.GetTrainingSetResponse> {
  const { fromMs, toMs } = request;
  const service = featureServiceByName(request.featureService);
  if (toMs <= fromMs) throw invalidInput('to_ms: must be greater than from_ms', { field: 'to_ms' });
  const range = { fromMs, toMs, asOfMs: request.asOfMs === 0 ? toMs : request.asOfMs };
  yield {
    ...toColumns([]),
    featureNames: [...FEATURE_NAMES],
    featureServiceVersion: service.version,
    totalRows: await offline.countRows(range),
  };
  for await (const rows of offline.trainingRows(range, signal)) yield toColumns(rows);
}

function toColumns(rows: readonly TrainingRow[]): featuresV1.GetTrainingSetResponse {
  return {
    featureNames: [],
    featureServiceVersion: 0,
    totalRows: 0,
    transactionIds: rows.map(({ transactionId }) => transactionId),
    customerIds: rows.map(({ customerId }) => customerId),
    terminalIds: rows.map(({ terminalId }) => terminalId),
    occurredAtMs: rows.map(({ occurredAtMs }) => occurredAtMs),
    amountMinor: rows.map(({ amountMinor }) => amountMinor),
    values: rows.flatMap(({ vector }) => Array.from(vector)),
    labels: rows.map(({ label }) => label),
    labelledAtMs: rows.map(({ labelledAtMs }) => labelledAtMs),
  };
}
