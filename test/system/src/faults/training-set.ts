import { featuresV1 } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { createGrpcClient } from '@fraudflow/rpc';
import type { KnownTransaction } from '../naive-features.js';
import type { Worker } from './worker.js';

/** Content of the offline store after a run. */
export interface OfflineHistory {
  readonly rows: number;
  /** Transactions that are stored more than once. */
  readonly doubled: number;
  readonly frauds: number;
}

/** Reads the training set of all rows with all labels. */
export async function readHistory(worker: Worker, rows: readonly KnownTransaction[]): Promise<OfflineHistory> {
  const client = createGrpcClient(featuresV1.FeatureStoreServiceClient, worker.grpcAddress);
  const newestMs = rows.at(-1)?.atMs ?? 0;
  const request = featuresV1.GetTrainingSetRequest.fromPartial({
    featureService: 'fraud_detection_features',
    fromMs: rows[0]?.atMs ?? 0,
    toMs: newestMs + 1,
    asOfMs: newestMs + 60 * DAY_MS,
  });
  const ids = new Set<string>();
  let count = 0;
  let frauds = 0;
  try {
    for await (const page of client.getTrainingSet(request) as AsyncIterable<featuresV1.GetTrainingSetResponse>) {
      count += page.transactionIds.length;
      frauds += page.labels.filter((label) => label === 1).length;
      for (const id of page.transactionIds) ids.add(id);
    }
    return { rows: count, doubled: count - ids.size, frauds };
  } finally {
    client.close();
  }
}
