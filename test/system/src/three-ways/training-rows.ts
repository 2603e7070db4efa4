import { featuresV1 } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { callUnary, createGrpcClient, readStream } from '@fraudflow/rpc';
import type { Worker } from '../faults/worker.js';
import type { KnownTransaction } from '../naive-features.js';
import { waitFor } from '../wait-for.js';
import { type Comparison, takeRows } from './comparison.js';

const LABEL_DELAY_MS = 7 * DAY_MS;
const CALL_MS = 60_000;

export interface TrainingSetRead {
  readonly version: string;
  /** Rows whose label differs from the one that was available at the end of the range. */
  readonly wrongLabels: number;
}

/** Reads the training set of all rows, with the labels available at the end of the range. */
export async function readTrainingSet(
  worker: Worker,
  rows: readonly KnownTransaction[],
  source: featuresV1.TrainingSetSource,
  comparison: Comparison,
): Promise<TrainingSetRead> {
  const toMs = (rows.at(-1)?.atMs ?? 0) + 1;
  const known = new Set(
    rows.filter(({ isFraud, atMs }) => isFraud && atMs + LABEL_DELAY_MS <= toMs).map(({ id }) => id),
  );
  const client = createGrpcClient(featuresV1.FeatureStoreServiceClient, worker.grpcAddress);
  const range = { fromMs: rows[0]?.atMs ?? 0, toMs };
  const request = { featureService: 'fraud_detection_features', ...range, source };
  const pages = client.getTrainingSet(featuresV1.GetTrainingSetRequest.fromPartial(request));
  let names: readonly string[] = [];
  let version = '';
  let wrongLabels = 0;
  try {
    for await (const page of readStream<featuresV1.GetTrainingSetResponse>('GetTrainingSet', pages)) {
      if (page.featureNames.length > 0) names = page.featureNames;
      version = page.datasetVersion || version;
      const { transactionIds: ids, labels } = page;
      takeRows(comparison, ids, names, page.values);
      wrongLabels += ids.filter((id, i) => labels[i] !== Number(known.has(id))).length;
    }
    return { version, wrongLabels };
  } finally {
    client.close();
  }
}

/** Waits until the offline store holds all rows and the labels of the frauds among them. */
export async function untilStored(worker: Worker, rows: readonly KnownTransaction[], timeoutMs: number): Promise<void> {
  const frauds = rows.filter(({ isFraud }) => isFraud).length;
  const client = createGrpcClient(featuresV1.FeatureStoreServiceClient, worker.grpcAddress);
  const describe = client.describeHistory.bind(client);
  try {
    await waitFor(
      `${rows.length} rows and ${frauds} labels in the offline store`,
      () => callUnary('DescribeHistory', describe, { withCount: true }, CALL_MS),
      ({ transactions, labels }) => transactions >= rows.length && labels >= frauds,
      timeoutMs,
    );
  } finally {
    client.close();
  }
}
