import { featuresV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient, outgoingMetadata, readStream } from '@fraudflow/rpc';
import { type TrainingColumns, TrainingColumnsBuilder } from '../training-columns.js';
import { type NewestEvent, TrainingData, type TrainingRange } from '../training-data.port.js';

const DEADLINE_MS = 10_000;

/** Training sets streamed from the feature store. */
export class RpcTrainingData extends TrainingData {
  private readonly client: featuresV1.FeatureStoreServiceClient;

  constructor(
    address: string,
    private readonly featureService: string,
  ) {
    super();
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  async load(range: TrainingRange, signal: AbortSignal, onProgress: (share: number) => void): Promise<TrainingColumns> {
    signal.throwIfAborted();
    const call = this.client.getTrainingSet({ featureService: this.featureService, ...range }, outgoingMetadata());
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const builder = new TrainingColumnsBuilder();
    let totalRows = 0;
    try {
      for await (const batch of readStream<featuresV1.GetTrainingSetResponse>('GetTrainingSet', call)) {
        totalRows = Math.max(totalRows, batch.totalRows);
        builder.add(batch);
        onProgress(totalRows === 0 ? 1 : Math.min(1, builder.rows / totalRows));
      }
    } catch (thrown) {
      signal.throwIfAborted();
      throw thrown;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
    return builder.build();
  }

  async newestEvents(limit: number): Promise<readonly NewestEvent[]> {
    const method = this.client.describeHistory.bind(this.client);
    const asked = { withCount: false, newestLimit: limit };
    const { newestEventsMs, newestTransactionIds } = await callUnary('DescribeHistory', method, asked, DEADLINE_MS);
    return newestEventsMs.map((occurredAtMs, index) => ({
      transactionId: newestTransactionIds[index] ?? '',
      occurredAtMs,
    }));
  }

  close(): void {
    this.client.close();
  }
}
