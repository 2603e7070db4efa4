import { featuresV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';

const DEADLINE_MS = 10_000;
/** After this time without a new label all sent labels are joined and stored. */
const LABELS_SETTLE_MS = 8_000;

/** Number of rows in the offline store, which trainings read. It follows the stream with a delay. */
export class StoredHistory {
  private readonly client: featuresV1.FeatureStoreServiceClient;
  private known = { transactions: 0, labels: 0 };
  private labelsMovedAtMs = performance.now();
  private asking: Promise<void> | undefined;

  constructor(address: string) {
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  /**
   * Transactions of the last response; requests the next count in the background. An unavailable store is polled again.
   */
  transactions(): number {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.known.transactions;
  }

  /** Labels of the last response. */
  labels(): number {
    return this.known.labels;
  }

  /** True if no label has been stored for a while. */
  areLabelsSettled(): boolean {
    return performance.now() - this.labelsMovedAtMs > LABELS_SETTLE_MS;
  }

  close(): void {
    this.client.close();
  }

  private async ask(): Promise<void> {
    try {
      const method = this.client.describeHistory.bind(this.client);
      const { transactions, labels } = await callUnary('DescribeHistory', method, { withCount: true }, DEADLINE_MS);
      if (labels !== this.known.labels) this.labelsMovedAtMs = performance.now();
      this.known = { transactions, labels };
    } catch {
      // The feature store may be restarting: the labels do not count as settled.
      this.labelsMovedAtMs = performance.now();
    }
  }
}
