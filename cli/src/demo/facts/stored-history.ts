import { featuresV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';

const DEADLINE_MS = 10_000;
/** So long without a further label: those that were sent have been joined and stored. */
const LABELS_SETTLE_MS = 8_000;

/** What the offline store holds: it follows the stream by a moment, and what is trained on is what it holds. */
export class StoredHistory {
  private readonly client: featuresV1.FeatureStoreServiceClient;
  private known = { transactions: 0, labels: 0 };
  private labelsMovedAtMs = performance.now();
  private asking: Promise<void> | undefined;

  constructor(address: string) {
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  /**
   * Transactions as last reported; asks for the next count in the background. A store that does not answer is asked
   * again.
   */
  transactions(): number {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.known.transactions;
  }

  /** Labels as last reported. */
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
      // The feature store may be on its way up again: what it holds is not known to have settled.
      this.labelsMovedAtMs = performance.now();
    }
  }
}
