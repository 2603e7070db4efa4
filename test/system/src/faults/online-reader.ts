import { featuresV1 } from '@fraudflow/contracts';
import { AppError } from '@fraudflow/core';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import type { KnownTransaction } from '../naive-features.js';
import { type Expectations, ORACLE_FEATURES } from './oracle.js';
import type { Worker } from './worker.js';

const SERVICE = 'fraud_detection_features';

/**
 * `exact`: every value is the oracle's. `stale`: the answer says itself that it may be incomplete. `refused`: an error a caller can act on.
 * `wrong`: values that are not the oracle's and do not say so.
 */
export type Reading = 'exact' | 'stale' | 'refused' | 'wrong';

/** Asks a worker for the features of transactions it has seen, as of their times, and says what the answer is worth. */
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
    const answer = await callUnary('GetOnlineFeatures', client.getOnlineFeatures.bind(client), request, deadlineMs);
    if (answer.stale) return 'stale';
    return rows.every(({ id }, i) => isExact(answer, i, expectations.of(id))) ? 'exact' : 'wrong';
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
