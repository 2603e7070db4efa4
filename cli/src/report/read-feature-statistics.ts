import { featureStatisticsV1 } from '@fraudflow/contracts';
import { notFound } from '@fraudflow/core';
import { runningStack } from '@fraudflow/local';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import type { CliContext } from '../program/cli-context.js';
import { loadStackSettings } from '../program/stack-settings.js';

const DEADLINE_MS = 10_000;

export type FeatureReport = featureStatisticsV1.GetFeatureStatisticsResponse;
export type ViewReport = featureStatisticsV1.FeatureViewStatistics;
export type FeatureFigures = featureStatisticsV1.FeatureStatistics;
export type Distribution = featureStatisticsV1.Distribution;

/** The feature store of the running stack: `host:port`. @throws AppError failed_precondition, not_found */
export function featureStoreAddress({ env }: Pick<CliContext, 'env'>): string {
  const address = runningStack(loadStackSettings(env).dataDir).services['feature-store']?.grpc;
  if (address === undefined) throw notFound('the running stack has no feature-store');
  return address;
}

/**
 * Asks one worker of the feature store.
 * @param address `host:port` of its gRPC door; @param views names, none = all
 * @throws AppError not_found for an unknown view, unavailable
 */
export async function readFeatureStatistics(
  address: string,
  views: readonly string[],
  hotKeys: number,
): Promise<FeatureReport> {
  const client = createGrpcClient(featureStatisticsV1.FeatureStatisticsServiceClient, address);
  const request = featureStatisticsV1.GetFeatureStatisticsRequest.create({ views: [...views], hotKeys });
  try {
    return await callUnary('GetFeatureStatistics', client.getFeatureStatistics.bind(client), request, DEADLINE_MS);
  } finally {
    client.close();
  }
}
