import { featureStatisticsV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';

const DEADLINE_MS = 10_000;

export type FeatureReport = featureStatisticsV1.GetFeatureStatisticsResponse;
export type ViewReport = featureStatisticsV1.FeatureViewStatistics;
export type FeatureFigures = featureStatisticsV1.FeatureStatistics;
export type Distribution = featureStatisticsV1.Distribution;

/**
 * Reads the statistics of one worker of the feature store.
 * @param address `host:port` of its gRPC endpoint; @param views names, none = all
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
