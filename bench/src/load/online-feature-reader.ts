import { featuresV1, type ValidatedTransaction } from '@fraudflow/contracts';
import { isRetryable } from '@fraudflow/core';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';

const DEADLINE_MS = 2_000;

/** The response for the entities of some transactions. */
export interface OnlineRead {
  /** True where state may be incomplete. */
  readonly isStale: boolean;
  /** For each transaction: whether both its entities have an event time of at least the transaction's. */
  readonly isReached: readonly boolean[];
  /** All values and times as text, to compare responses. */
  content(): string;
}

/** Reads the online features of transactions' entities over gRPC. */
export class OnlineFeatureReader {
  private readonly client: featuresV1.FeatureStoreServiceClient;

  constructor(address: string) {
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  /**
   * Reads the state after each entity's newest event. @returns undefined if the feature store is unavailable.
   * @throws AppError for other errors of the call
   */
  async read(transactions: readonly ValidatedTransaction[]): Promise<OnlineRead | undefined> {
    const request = featuresV1.GetOnlineFeaturesRequest.fromPartial({
      featureService: FRAUD_DETECTION_FEATURES.name,
      rows: transactions.map(({ customer_id, terminal_id }) => ({ customerId: customer_id, terminalId: terminal_id })),
    });
    const call = this.client.getOnlineFeatures.bind(this.client);
    try {
      const { rows, stale } = await callUnary('getOnlineFeatures', call, request, DEADLINE_MS);
      const isReached = transactions.map(({ occurred_at }, i) => {
        const { customerEventTimeMs = 0, terminalEventTimeMs = 0 } = rows[i] ?? {};
        return Math.min(customerEventTimeMs, terminalEventTimeMs) >= Date.parse(occurred_at);
      });
      return { isStale: stale, isReached, content: () => JSON.stringify(rows) };
    } catch (thrown) {
      if (isRetryable(thrown)) return undefined;
      throw thrown;
    }
  }

  close(): void {
    this.client.close();
  }
}
