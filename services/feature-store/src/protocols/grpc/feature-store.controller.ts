import { featuresV1, idSchema } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { featureIndex, featureServiceByName } from '@fraudflow/features';
import type { GrpcServer } from '@fraudflow/rpc';
import type { Backfills } from '../../backfill/backfills.js';
import type { BoundedReads } from '../../offline/history/bounded-reads.js';
import type { History } from '../../offline/history/history.port.js';
import type { OfflineStore } from '../../offline/sink/offline-store.port.js';
import type { TrainingSets } from '../../offline/training-sets/training-sets.js';
import type { OnlineFeaturesService, OnlineRow } from '../../online/online-features.js';
import { backfillHandlers } from './backfill.handlers.js';
import { streamHistory } from './history.stream.js';
import { streamTrainingSet } from './training-set.stream.js';

const MAX_ROWS = 10_000;
const ALL_TIME = { fromMs: 0, toMs: Date.UTC(9_999, 0) };
const MAX_IDS = 10_000;
const MAX_NEWEST = 1_000;

/** What answers for times past. */
export interface PastFeatures {
  readonly history: History;
  readonly trainingSets: TrainingSets;
  readonly backfills: Backfills;
  /** Bounds the streams: how many at once, and how long each waits for its reader. */
  readonly reads: BoundedReads;
}

/** gRPC to the feature store: translates, calls, translates back. */
export class FeatureStoreController {
  constructor(
    private readonly online: OnlineFeaturesService,
    private readonly offline: OfflineStore,
    private readonly past: PastFeatures,
  ) {}

  register(server: GrpcServer): void {
    server.add(featuresV1.FeatureStoreServiceService, {
      getOnlineFeatures: server.unary('GetOnlineFeatures', (request: featuresV1.GetOnlineFeaturesRequest) =>
        this.getOnlineFeatures(request),
      ),
      getTrainingSet: server.serverStream('GetTrainingSet', (request: featuresV1.GetTrainingSetRequest, signal) =>
        this.past.reads.run(() => streamTrainingSet(this.past.trainingSets, request, signal), signal),
      ),
      lookupTransactions: server.unary('LookupTransactions', (request: featuresV1.LookupTransactionsRequest) =>
        this.lookupTransactions(request),
      ),
      describeHistory: server.unary(
        'DescribeHistory',
        (request: featuresV1.DescribeHistoryRequest): Promise<featuresV1.DescribeHistoryResponse> =>
          this.describeHistory(request),
      ),
      readHistory: server.serverStream('ReadHistory', (request: featuresV1.ReadHistoryRequest, signal) =>
        this.past.reads.run(() => streamHistory(this.past.history, request, signal), signal),
      ),
      ...backfillHandlers(server, this.past.backfills),
    });
  }

  private async describeHistory({
    withCount,
    newestLimit,
  }: featuresV1.DescribeHistoryRequest): Promise<featuresV1.DescribeHistoryResponse> {
    const limit = Math.min(newestLimit ?? 0, MAX_NEWEST);
    const newest = limit > 0 ? await this.offline.newestTransactions(limit) : [];
    return {
      newestEventMs: newest[0]?.occurredAtMs ?? (await this.offline.newestEventMs()) ?? 0,
      transactions: withCount ? await this.past.history.countRows(ALL_TIME) : 0,
      labels: withCount ? await this.past.history.countLabels() : 0,
      newestEventsMs: newest.map(({ occurredAtMs }) => occurredAtMs),
      newestTransactionIds: newest.map(({ transactionId }) => transactionId),
    };
  }

  private async getOnlineFeatures(
    request: featuresV1.GetOnlineFeaturesRequest,
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

  private async lookupTransactions(
    request: featuresV1.LookupTransactionsRequest,
  ): Promise<featuresV1.LookupTransactionsResponse> {
    const ids = request.transactionIds;
    if (ids.length > MAX_IDS) throw invalidInput(`transaction_ids: at most ${MAX_IDS}`, { field: 'transaction_ids' });
    const invalid = ids.findIndex((id) => !idSchema.safeParse(id).success);
    if (invalid >= 0)
      throw invalidInput(`transaction_ids[${invalid}]: is no id of a transaction`, { field: 'transaction_ids' });
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
