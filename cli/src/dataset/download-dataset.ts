import { featuresV1 } from '@fraudflow/contracts';
import { createGrpcClient, outgoingMetadata, readStream } from '@fraudflow/rpc';
import { arrowFile } from './arrow-file.js';
import { csvFile } from './csv-file.js';
import type { DatasetFile } from './dataset-file.js';
import { parquetFile } from './parquet-file.js';

export const DATASET_FORMATS = ['parquet', 'arrow', 'csv'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

const OPEN: Readonly<Record<DatasetFormat, (path: string, featureNames: readonly string[]) => DatasetFile>> = {
  parquet: parquetFile,
  arrow: arrowFile,
  csv: csvFile,
};

export interface DatasetRequest {
  /** `host:port` of the feature store's gRPC. */
  readonly address: string;
  readonly featureService: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Labels count if they were available by then; 0 = toMs. */
  readonly asOfMs: number;
  readonly source: featuresV1.TrainingSetSource;
  readonly format: DatasetFormat;
  readonly path: string;
}

export interface Dataset {
  readonly rows: number;
  /** Digest over range, definitions and content. */
  readonly version: string;
}

/**
 * Streams a training set into a file. @param onProgress share of the rows that are written, 0 to 1, and their number
 */
export async function downloadDataset(
  request: DatasetRequest,
  signal: AbortSignal,
  onProgress: (share: number, rows: number) => void,
): Promise<Dataset> {
  const client = createGrpcClient(featuresV1.FeatureStoreServiceClient, request.address);
  const { featureService, fromMs, toMs, asOfMs, source } = request;
  const call = client.getTrainingSet({ featureService, fromMs, toMs, asOfMs, source }, outgoingMetadata());
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  let file: DatasetFile | undefined;
  let [rows, total, version] = [0, 0, ''];
  try {
    for await (const batch of readStream<featuresV1.GetTrainingSetResponse>('GetTrainingSet', call)) {
      if (batch.featureNames.length > 0) {
        file = OPEN[request.format](request.path, batch.featureNames);
        total = batch.totalRows;
      }
      if (batch.transactionIds.length > 0) await file?.write(batch);
      rows += batch.transactionIds.length;
      if (batch.datasetVersion !== '') version = batch.datasetVersion;
      onProgress(total === 0 ? 1 : Math.min(1, rows / total), rows);
    }
    await file?.close(version);
  } finally {
    signal.removeEventListener('abort', cancel);
    client.close();
  }
  return { rows, version };
}
