import { feastServing, type feastTypes, featuresV1, type ValidatedTransaction } from '@fraudflow/contracts';
import { decimalsOf, toMajorUnits } from '@fraudflow/core';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import type { LoadJob } from './load.js';
import { httpPost } from './http1-connection.js';
import { grpcMessage } from './http2-connection.js';

/** An endpoint with prepared requests of a given number of entity rows each. */
export interface Endpoint {
  readonly name: string;
  readonly protocol: LoadJob['protocol'];
  readonly requests: readonly Uint8Array[];
}

const REQUESTS = 256;
/** The traffic's amounts are in euros. */
const DECIMALS = decimalsOf('EUR');
const SERVICE = FRAUD_DETECTION_FEATURES.name;

/**
 * The three endpoints of our feature store with requests for 15 features of `rows` rows. A row is a request transaction
 * as the scorer sends it: entities, amount, time and id.
 * @param transactions of known customers and terminals, later than the stored ones
 */
export function ownEndpoints(transactions: readonly ValidatedTransaction[], rows: number): readonly Endpoint[] {
  const batches = Array.from({ length: REQUESTS }, (_, i) => turnOf(transactions, i * rows, rows));
  const { getOnlineFeatures: own } = featuresV1.FeatureStoreServiceService;
  const { getOnlineFeatures: feast } = feastServing.ServingServiceService;
  return [
    {
      name: 'own_grpc',
      protocol: { kind: 'grpc', path: own.path },
      requests: batches.map((batch) => grpcMessage(own.requestSerialize(ownRequest(batch)))),
    },
    {
      name: 'feast_grpc',
      protocol: { kind: 'grpc', path: feast.path },
      requests: batches.map((batch) => grpcMessage(feast.requestSerialize(feastRequest(batch)))),
    },
    {
      name: 'feast_http',
      protocol: { kind: 'http' },
      requests: batches.map((batch) => {
        const body = { feature_service: SERVICE, entities: columnsOf(batch) };
        return httpPost('/get-online-features', JSON.stringify(body));
      }),
    },
  ];
}

/** Feast's HTTP endpoint with requests for 15 features of `rows` customers. */
export function peerEndpoint(customerIds: readonly string[], features: readonly string[], rows: number): Endpoint {
  const batches = Array.from({ length: REQUESTS }, (_, i) => turnOf(customerIds, i * rows, rows));
  return {
    name: 'peer_feast_http',
    protocol: { kind: 'http' },
    requests: batches.map((customer_id) =>
      httpPost('/get-online-features', JSON.stringify({ features, entities: { customer_id } })),
    ),
  };
}

function turnOf<T>(items: readonly T[], from: number, count: number): readonly T[] {
  return Array.from({ length: count }, (_, i) => items[(from + i) % items.length] as T);
}

function ownRequest(transactions: readonly ValidatedTransaction[]): featuresV1.GetOnlineFeaturesRequest {
  return featuresV1.GetOnlineFeaturesRequest.fromPartial({
    featureService: SERVICE,
    rows: transactions.map((transaction) => ({
      customerId: transaction.customer_id,
      terminalId: transaction.terminal_id,
      transaction: {
        transactionId: transaction.transaction_id,
        occurredAtMs: Date.parse(transaction.occurred_at),
        customerId: transaction.customer_id,
        terminalId: transaction.terminal_id,
        amountMinor: transaction.amount_minor,
        currency: transaction.currency,
      },
    })),
  });
}

function feastRequest(transactions: readonly ValidatedTransaction[]): feastServing.GetOnlineFeaturesRequest {
  const columns = Object.entries(columnsOf(transactions));
  return feastServing.GetOnlineFeaturesRequest.fromPartial({
    kind: { $case: 'featureService', value: SERVICE },
    entities: Object.fromEntries(columns.map(([name, values]) => [name, { val: values.map(cell) }])),
  });
}

function cell(value: string | number): feastTypes.Value {
  if (typeof value === 'number') return { val: { $case: 'doubleVal', value } };
  return { val: { $case: 'stringVal', value } };
}

function columnsOf(
  transactions: readonly ValidatedTransaction[],
): Readonly<Record<string, readonly (string | number)[]>> {
  return {
    customer_id: transactions.map((transaction) => transaction.customer_id),
    terminal_id: transactions.map((transaction) => transaction.terminal_id),
    amount: transactions.map((transaction) => toMajorUnits(transaction.amount_minor, DECIMALS)),
    occurred_at: transactions.map((transaction) => transaction.occurred_at),
    transaction_id: transactions.map((transaction) => transaction.transaction_id),
  };
}
