import { featuresV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import type { TransactionKeys } from '../canonical-label.js';
import { TransactionLookup } from '../transaction-lookup.port.js';

const DEADLINE_MS = 5_000;

/** Asks the feature store, which keeps every transaction in its offline store. */
export class RpcTransactionLookup extends TransactionLookup {
  private readonly client: featuresV1.FeatureStoreServiceClient;

  constructor(address: string) {
    super();
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  async find(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>> {
    if (transactionIds.length === 0) return new Map();
    const method = this.client.lookupTransactions.bind(this.client);
    const request = { transactionIds: [...transactionIds] };
    const { transactions } = await callUnary('LookupTransactions', method, request, DEADLINE_MS);
    return new Map(
      transactions.map(({ transactionId, customerId, terminalId, occurredAtMs }) => [
        transactionId,
        { customerId, terminalId, occurredAtMs },
      ]),
    );
  }

  close(): void {
    this.client.close();
  }
}
