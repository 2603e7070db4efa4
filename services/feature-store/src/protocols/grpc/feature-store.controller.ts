import { featuresV1, idSchema } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { featureIndex, featureServiceByName } from '@fraudflow/features';
import type { GrpcServiceBinding } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { History } from '../../offline/history/history.port.js';
import { OfflineStore } from '../../offline/sink/offline-store.port.js';
import { OnlineFeaturesService, type OnlineRow } from '../../online/online-features.js';

const MAX_ROWS = 10_000;
const ALL_TIME = { fromMs: 0, toMs: Date.UTC(9_999, 0) };
const MAX_IDS = 10_000;
const MAX_NEWEST = 1_000;

/** The gRPC service that `FeatureStoreController`, `HistoryController` and `BackfillsController` implement. */
export const FEATURE_STORE_SERVICE: GrpcServiceBinding = { definition: featuresV1.FeatureStoreServiceService };

/** gRPC to online features and to facts about the stored history. */
@Controller()
export class FeatureStoreController {
  constructor(
    private readonly online: OnlineFeaturesService,
    private readonly offline: OfflineStore,
    private readonly history: History,
  ) {}

  @GrpcMethod('FeatureStoreService', 'DescribeHistory')
  async describeHistory(
    @Payload() { withCount, newestLimit }: featuresV1.DescribeHistoryRequest,
  ): Promise<featuresV1.DescribeHistoryResponse> {
    const limit = Math.min(newestLimit ?? 0, MAX_NEWEST);
    const newest = limit > 0 ? await this.offline.newestTransactions(limit) : [];
    return {
      newestEventMs: newest[0]?.occurredAtMs ?? (await this.offline.newestEventMs()) ?? 0,
      transactions: withCount ? await this.history.countRows(ALL_TIME) : 0,
      labels: withCount ? await this.history.countLabels() : 0,
      newestEventsMs: newest.map(({ occurredAtMs }) => occurredAtMs),
      newestTransactionIds: newest.map(({ transactionId }) => transactionId),
    };
  }

  @GrpcMethod('FeatureStoreService', 'GetOnlineFeatures')
  async getOnlineFeatures(
    @Payload() request: featuresV1.GetOnlineFeaturesRequest,
  ): Promise<featuresV1.GetOnlineFeaturesResponse> {
    const service = featureServiceByName(request.featureService);
    const featureNames = service.features.map(({ name }) => name);
    const slots = featureNames.map(featureIndex);
    if (request.rows.length === 0 || request.rows.length > MAX_ROWS) {
      throw invalidInput(`rows: must hold 1 to ${MAX_ROWS} rows, not ${request.rows.length}`, { field: 'rows' });
    }
    if (request.asOfMs < 0) throw invalidInput('as_of_ms: must not be negative', { field: 'as_of_ms' });
    const rows = await this.online.get(request.rows.map(toOnlineRow), request.asOfMs, service.features);
    return {
      featureNames,
      featureServiceVersion: service.version,
      stale: rows.some(({ isStale }) => isStale),
      rows: rows.map(({ values, customerEventTimeMs, terminalEventTimeMs }) => ({
        values: slots.map((slot) => values[slot] as number),
        customerEventTimeMs,
        terminalEventTimeMs,
      })),
    };
  }

  @GrpcMethod('FeatureStoreService', 'LookupTransactions')
  async lookupTransactions(
    @Payload() request: featuresV1.LookupTransactionsRequest,
  ): Promise<featuresV1.LookupTransactionsResponse> {
    const ids = request.transactionIds;
    if (ids.length > MAX_IDS) throw invalidInput(`transaction_ids: at most ${MAX_IDS}`, { field: 'transaction_ids' });
    const invalid = ids.findIndex((id) => !idSchema.safeParse(id).success);
    if (invalid >= 0)
      throw invalidInput(`transaction_ids[${invalid}]: is not the id of a transaction`, { field: 'transaction_ids' });
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
