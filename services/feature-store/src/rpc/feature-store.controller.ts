import { featuresV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { FEATURE_NAMES, type FeatureServiceDefinition, featureServiceByName } from '@fraudflow/features';
import type { GrpcServer } from '@fraudflow/rpc';
import type { OfflineStore } from '../offline/offline-store.port.js';
import type { OnlineFeaturesService, OnlineRow } from '../online/online-features.js';
import { streamTrainingSet } from './training-set.stream.js';

const MAX_ROWS = 10_000;
const MAX_IDS = 10_000;

/** gRPC to the feature store: translates, calls, translates back. */
export class FeatureStoreController {
  constructor(
    private readonly online: OnlineFeaturesService,
    private readonly offline: OfflineStore,
  ) {}

  register(server: GrpcServer): void {
    server.add(featuresV1.FeatureStoreServiceService, {
      getOnlineFeatures: server.unary('GetOnlineFeatures', (request: featuresV1.GetOnlineFeaturesRequest) =>
        this.getOnlineFeatures(request),
      ),
      getTrainingSet: server.serverStream('GetTrainingSet', (request: featuresV1.GetTrainingSetRequest, signal) =>
        streamTrainingSet(this.offline, request, signal),
      ),
      lookupTransactions: server.unary('LookupTransactions', (request: featuresV1.LookupTransactionsRequest) =>
        this.lookupTransactions(request),
      ),
      describeHistory: server.unary('DescribeHistory', async () => ({
        newestEventMs: (await this.offline.newestEventMs()) ?? 0,
      })),
    });
  }

  private async getOnlineFeatures(
    request: featuresV1.GetOnlineFeaturesRequest,
  ): Promise<featuresV1.GetOnlineFeaturesResponse> {
    const service: FeatureServiceDefinition = featureServiceByName(request.featureService);
    if (request.rows.length === 0 || request.rows.length > MAX_ROWS) {
      throw invalidInput(`rows: must hold 1 to ${MAX_ROWS} rows, not ${request.rows.length}`, { field: 'rows' });
    }
    if (request.asOfMs < 0) throw invalidInput('as_of_ms: must not be negative', { field: 'as_of_ms' });
    const rows = await this.online.get(request.rows.map(toOnlineRow), request.asOfMs);
    return {
      featureNames: [...FEATURE_NAMES],
      featureServiceVersion: service.version,
      stale: false,
      rows: rows.map(({ values, customerEventTimeMs, terminalEventTimeMs }) => ({
        values: Array.from(values),
        customerEventTimeMs,
        terminalEventTimeMs,
      })),
    };
  }

  private async lookupTransactions(
    request: featuresV1.LookupTransactionsRequest,
  ): Promise<featuresV1.LookupTransactionsResponse> {
    const ids = request.transactionIds;
    if (ids.length > MAX_IDS) throw invalidInput(`transaction_ids: at most ${MAX_IDS}`, { field: 'transaction_ids' });
    const found = ids.length === 0 ? [] : await this.offline.findTransactions(ids);
    return {
      transactions: found.map(({ transactionId, occurredAtMs, customerId, terminalId, amountMinor, currency }) => ({
        transactionId,
        occurredAtMs,
        customerId,
        terminalId,
        amountMinor,
        currency,
      })),
    };
  }
}

function toOnlineRow(row: featuresV1.EntityRow, index: number): OnlineRow {
  const { transaction } = row;
  const customerId = row.customerId || (transaction?.customerId ?? '');
  const terminalId = row.terminalId || (transaction?.terminalId ?? '');
  if (customerId === '' && terminalId === '') {
    throw invalidInput(`rows[${index}]: customer_id or terminal_id is required`, { field: 'customer_id' });
  }
  if (transaction === undefined) return { customerId, terminalId, transaction: undefined };
  if (transaction.transactionId === '') throw fieldError(index, 'transaction_id', 'is required');
  if (transaction.occurredAtMs <= 0) throw fieldError(index, 'occurred_at_ms', 'must be greater than 0');
  if (transaction.amountMinor < 0) throw fieldError(index, 'amount_minor', 'must not be negative');
  return { customerId, terminalId, transaction };
}

function fieldError(index: number, field: string, problem: string): Error {
  return invalidInput(`rows[${index}].transaction.${field}: ${problem}`, { field });
}
