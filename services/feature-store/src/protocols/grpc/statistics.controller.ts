import { featureStatisticsV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import type { GrpcServiceBinding } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { FeatureStatistics } from '../../statistics/feature-statistics.js';
import type { FeatureFigures, ViewFigures } from '../../statistics/view-statistics.js';

const DEFAULT_HOT_KEYS = 10;
const MAX_HOT_KEYS = 100;

/** The gRPC service that `StatisticsController` implements. */
export const STATISTICS_SERVICE: GrpcServiceBinding = {
  definition: featureStatisticsV1.FeatureStatisticsServiceService,
};

/** gRPC to the statistics. */
@Controller()
export class StatisticsController {
  constructor(private readonly statistics: FeatureStatistics) {}

  /** @throws AppError invalid_input, not_found */
  @GrpcMethod('FeatureStatisticsService', 'GetFeatureStatistics')
  getFeatureStatistics(
    @Payload() { views, hotKeys }: featureStatisticsV1.GetFeatureStatisticsRequest,
  ): featureStatisticsV1.GetFeatureStatisticsResponse {
    if (hotKeys < 0 || hotKeys > MAX_HOT_KEYS) {
      throw invalidInput(`hot_keys: must be 0 to ${MAX_HOT_KEYS}, not ${hotKeys}`, { field: 'hot_keys' });
    }
    const { statistics } = this;
    return {
      project: statistics.repository.project,
      sinceMs: statistics.sinceMs,
      measuredAtMs: statistics.nowMs(),
      views: statistics.describe(views, hotKeys === 0 ? DEFAULT_HOT_KEYS : hotKeys).map(toMessage),
    };
  }
}

function toMessage({ view, kind, flow, entities, features }: ViewFigures): featureStatisticsV1.FeatureViewStatistics {
  return {
    view,
    kind,
    ...flow,
    entities: entities.map((figures) => ({ ...figures, hotKeys: [...figures.hotKeys] })),
    features: features.map(toFeatureMessage),
  };
}

function toFeatureMessage({ distribution, ...figures }: FeatureFigures): featureStatisticsV1.FeatureStatistics {
  return {
    ...figures,
    distribution: distribution === undefined ? undefined : { ...distribution, counts: [...distribution.counts] },
  };
}
