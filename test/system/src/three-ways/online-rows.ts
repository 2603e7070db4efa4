import { featuresV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import type { Worker } from '../faults/worker.js';
import type { KnownTransaction } from '../naive-features.js';
import { type Comparison, takeRows } from './comparison.js';

const CALL_ROWS = 1_000;
const CALLS_AT_ONCE = 2;
const DEADLINE_MS = 30_000;

/**
 * Reads each transaction's features online as of its time, many rows per call.
 * @throws Error for a response marked as stale
 */
export async function readOnlineAsOf(
  worker: Worker,
  rows: readonly KnownTransaction[],
  comparison: Comparison,
): Promise<void> {
  const client = createGrpcClient(featuresV1.FeatureStoreServiceClient, worker.grpcAddress);
  const call = client.getOnlineFeatures.bind(client);
  const readEach = async (offset: number): Promise<void> => {
    for (let from = offset * CALL_ROWS; from < rows.length; from += CALLS_AT_ONCE * CALL_ROWS) {
      const asked = rows.slice(from, from + CALL_ROWS);
      const response = await callUnary('GetOnlineFeatures', call, requestOf(asked), DEADLINE_MS);
      if (response.stale)
        throw new Error('the response of the online store is marked as stale: its values may be incomplete');
      const values = response.rows.flatMap((row) => row.values);
      takeRows(
        comparison,
        asked.map(({ id }) => id),
        response.featureNames,
        values,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, (_, offset) => readEach(offset)));
  } finally {
    client.close();
  }
}

function requestOf(rows: readonly KnownTransaction[]): featuresV1.GetOnlineFeaturesRequest {
  return featuresV1.GetOnlineFeaturesRequest.fromPartial({
    featureService: 'fraud_detection_features',
    rows: rows.map(({ id, atMs, customer, terminal, cents }) => ({
      customerId: customer,
      terminalId: terminal,
      transaction: { transactionId: id, occurredAtMs: atMs, amountMinor: cents, currency: 'EUR' },
    })),
  });
}
