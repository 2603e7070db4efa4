import { featuresV1 } from '@fraudflow/contracts';
import { asError, type Clock } from '@fraudflow/core';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import type { TransactionKeys } from '../canonical-label.js';
import { TransactionLookup } from '../transaction-lookup.port.js';

const DEADLINE_MS = 5_000;
const OPTIONAL_DEADLINE_MS = 1_000;
/**
 * Time after a failure without optional lookups: an unreachable store would otherwise delay labels that do not need it.
 */
const PAUSE_MS = 30_000;

/** Reads transactions from the feature store, whose offline store has all of them. */
export class RpcTransactionLookup extends TransactionLookup {
  private readonly client: featuresV1.FeatureStoreServiceClient;
  private retryAtMs = 0;

  /** @param failed called for optional lookups that failed */
  constructor(
    address: string,
    private readonly clock: Clock,
    private readonly failed: (error: Error) => void,
  ) {
    super();
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  find(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>> {
    return this.lookUp(transactionIds, DEADLINE_MS);
  }

  async findIfPossible(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>> {
    if (this.clock.nowMs() < this.retryAtMs) return new Map();
    try {
      return await this.lookUp(transactionIds, OPTIONAL_DEADLINE_MS);
    } catch (thrown) {
      this.retryAtMs = this.clock.nowMs() + PAUSE_MS;
      this.failed(asError(thrown));
      return new Map();
    }
  }

  close(): void {
    this.client.close();
  }

  private async lookUp(
    transactionIds: readonly string[],
    deadlineMs: number,
  ): Promise<ReadonlyMap<string, TransactionKeys>> {
    if (transactionIds.length === 0) return new Map();
    const method = this.client.lookupTransactions.bind(this.client);
    const request = { transactionIds: [...transactionIds] };
    const { transactions } = await callUnary('LookupTransactions', method, request, deadlineMs);
    return new Map(
      transactions.map(({ transactionId, customerId, terminalId, occurredAtMs }) => [
        transactionId,
        { customerId, terminalId, occurredAtMs },
      ]),
    );
  }
}
