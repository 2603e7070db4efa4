import { featuresV1 } from '@fraudflow/contracts';
import { AppError } from '@fraudflow/core';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import type { KnownTransaction } from '../naive-features.js';
import { type Expectations, ORACLE_FEATURES } from './oracle.js';
import type { Worker } from './worker.js';

const SERVICE = 'fraud_detection_features';

/**
 * `exact`: every value equals the oracle's. `stale`: the response is marked as possibly incomplete. `refused`: a
 * retryable error. `wrong`: values differ from the oracle's and are not marked.
 */
export type Reading = 'exact' | 'stale' | 'refused' | 'wrong';

/** Reads the features of processed transactions from a worker, as of their times, and classifies the response. */
export async function readOnline(
  worker: Worker,
  rows: readonly KnownTransaction[],
  expectations: Expectations,
  deadlineMs = 5_000,
): Promise<Reading> {
  const client = createGrpcClient(featuresV1.FeatureStoreServiceClient, worker.grpcAddress);
  const request = featuresV1.GetOnlineFeaturesRequest.fromPartial({
    featureService: SERVICE,
    rows: rows.map(toEntityRow),
  });
  try {
    const response = await callUnary('GetOnlineFeatures', client.getOnlineFeatures.bind(client), request, deadlineMs);
    if (response.stale) return 'stale';
    return rows.every(({ id }, i) => isExact(response, i, expectations.of(id))) ? 'exact' : 'wrong';
  } catch (thrown) {
    if (thrown instanceof AppError && PASSING.has(thrown.kind)) return 'refused';
    throw thrown;
  } finally {
    client.close();
  }
}

const PASSING: ReadonlySet<string> = new Set(['unavailable', 'timed_out', 'deadline_exceeded']);

function toEntityRow({ id, atMs, customer, terminal, cents }: KnownTransaction) {
  const keys = { customerId: customer, terminalId: terminal };
  return {
    ...keys,
    transaction: { ...keys, transactionId: id, occurredAtMs: atMs, amountMinor: cents, currency: 'EUR' },
  };
}

function isExact(
  { rows, featureNames }: featuresV1.GetOnlineFeaturesResponse,
  index: number,
  expected: Float64Array | undefined,
): boolean {
  const values = rows[index]?.values ?? [];
  return ORACLE_FEATURES.every((name, slot) => Object.is(values[featureNames.indexOf(name)], expected?.[slot]));
}
