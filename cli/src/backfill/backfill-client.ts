import { featuresV1 } from '@fraudflow/contracts';
import { AppError, defined } from '@fraudflow/core';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { explainSilence } from '../program/feature-store.js';

/** Deadline of starting a backfill, which counts the rows of the history. */
const START_DEADLINE_MS = 300_000;
const DEADLINE_MS = 30_000;

export type Backfill = featuresV1.Backfill;

/** The feature store's calls about backfills. */
export class BackfillClient {
  private readonly client: featuresV1.FeatureStoreServiceClient;

  /** @param address `host:port` */
  constructor(private readonly address: string) {
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  /**
   * Starts a backfill, or returns the running one.
   * @returns undefined if no stored row lacks a feature of the service
   * @throws AppError not_found for an unknown service, unavailable
   */
  async start(featureService: string): Promise<Backfill | undefined> {
    const method = this.client.startBackfill.bind(this.client);
    try {
      const { backfill } = await this.withErrors(
        callUnary('StartBackfill', method, { featureService }, START_DEADLINE_MS),
      );
      return defined(backfill, 'the backfill');
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'NOTHING_TO_BACKFILL') return undefined;
      throw thrown;
    }
  }

  /** @throws AppError not_found, unavailable */
  async get(id: string): Promise<Backfill> {
    const method = this.client.getBackfill.bind(this.client);
    return defined(
      (await this.withErrors(callUnary('GetBackfill', method, { id }, DEADLINE_MS))).backfill,
      'the backfill',
    );
  }

  /** All, the newest first. @throws AppError unavailable */
  async list(): Promise<readonly Backfill[]> {
    const method = this.client.listBackfills.bind(this.client);
    return (await this.withErrors(callUnary('ListBackfills', method, {}, DEADLINE_MS))).backfills;
  }

  /**
   * Cancels a running backfill; returns one that has ended unchanged. @throws AppError not_found, unavailable
   */
  async cancel(id: string): Promise<Backfill> {
    const method = this.client.cancelBackfill.bind(this.client);
    const { backfill } = await this.withErrors(callUnary('CancelBackfill', method, { id }, DEADLINE_MS));
    return defined(backfill, 'the backfill');
  }

  close(): void {
    this.client.close();
  }

  private async withErrors<Answer>(call: Promise<Answer>): Promise<Answer> {
    try {
      return await call;
    } catch (thrown) {
      throw explainSilence(thrown, this.address);
    }
  }
}
