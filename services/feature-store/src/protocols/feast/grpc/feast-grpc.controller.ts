import { feastGrpcServer, feastServing } from '@fraudflow/contracts';
import { AppError } from '@fraudflow/core';
import { FeastError } from '../errors/feast-error.js';
import { toFeastError } from '../errors/to-feast-error.js';
import { invalidRequest } from '../../../values/request-errors.js';
import type { GrpcServiceBinding } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type { FeatureSelection } from '../../../online/feature-resolver.js';
import { FeatureServing, type OnlineRequest } from '../../../online/feature-serving.service.js';
import type { Frame } from '../../../pushed/frame-rows.js';
import { PushService } from '../../../pushed/push.service.js';
import type { ServedFeatures } from '../../../online/served-features.js';
import { ServingMetrics } from '../../../online/serving-metrics.js';
import { plainColumns, plainValue } from './feast-values.js';
import { encodeServedFeatures, type ResponseOptions } from './response-writer.js';

/** Response of GetFeastServingInfo: the release of Feast whose calls are implemented. */
const FEAST_VERSION = '0.66.0';

type Request = feastServing.GetOnlineFeaturesRequest;
/** A response to be encoded, with the options of the caller. */
interface FeastResponse {
  readonly features: ServedFeatures;
  readonly options: ResponseOptions;
}
type RowRequest = Pick<feastGrpcServer.PushRequest, 'features' | 'typedFeatures'>;

const { ServingServiceService: SERVING } = feastServing;
const { GrpcFeatureServerService: PYTHON } = feastGrpcServer;

/** The two gRPC services that `FeastGrpcController` implements. Responses are encoded straight from columns. */
export const FEAST_SERVICES: readonly GrpcServiceBinding[] = [
  {
    definition: { ...SERVING, getOnlineFeatures: { ...SERVING.getOnlineFeatures, responseSerialize: encodeResponse } },
    metricName: (method) => (method === 'GetOnlineFeatures' ? 'FeastGetOnlineFeatures' : method),
  },
  {
    definition: { ...PYTHON, getOnlineFeatures: { ...PYTHON.getOnlineFeatures, responseSerialize: encodeResponse } },
    metricName: (method) => (method === 'GetOnlineFeatures' ? 'GrpcFeatureServerGetOnlineFeatures' : method),
  },
];

/**
 * Feast over gRPC: `feast.serving.ServingService` of Feast's Java and Go servers, and `GrpcFeatureServer`, which has no
 * package, of its Python server.
 */
@Controller()
export class FeastGrpcController {
  constructor(
    private readonly serving: FeatureServing,
    private readonly pushes: PushService,
    private readonly metrics: ServingMetrics,
  ) {}

  @GrpcMethod('ServingService', 'GetFeastServingInfo')
  getFeastServingInfo(): { readonly version: string } {
    return { version: FEAST_VERSION };
  }

  @GrpcMethod('ServingService', 'GetOnlineFeatures')
  getOnlineFeatures(@Payload() request: Request): Promise<FeastResponse> {
    return this.read(request, true);
  }

  @GrpcMethod('GrpcFeatureServer', 'GetOnlineFeatures')
  getOnlineFeaturesAsPython(@Payload() request: Request): Promise<FeastResponse> {
    return this.read(request, false);
  }

  @GrpcMethod('GrpcFeatureServer', 'Push')
  push(@Payload() request: feastGrpcServer.PushRequest): Promise<{ readonly status: boolean }> {
    return this.write('Push', () => this.pushes.push(request.streamFeatureView, frameOf(request), request.to));
  }

  @GrpcMethod('GrpcFeatureServer', 'WriteToOnlineStore')
  writeToOnlineStore(
    @Payload() request: feastGrpcServer.WriteToOnlineStoreRequest,
  ): Promise<{ readonly status: boolean }> {
    const work = (): Promise<void> => this.pushes.writeToOnlineStore(request.featureViewName, frameOf(request));
    return this.write('WriteToOnlineStore', work);
  }

  private read(request: Request, marksNulls: boolean): Promise<FeastResponse> {
    return this.counted('GetOnlineFeatures', async () => {
      const features = await this.serving.getOnlineFeatures(onlineRequest(request));
      return { features, options: { marksNulls, withViews: request.includeFeatureViewVersionMetadata } };
    });
  }

  private write(name: string, work: () => Promise<void>): Promise<{ readonly status: boolean }> {
    return this.counted(name, async () => {
      await work();
      return { status: true };
    });
  }

  /** Counts the call under Feast's metric names and puts errors of Feast's classes where the SDK reads them. */
  private async counted<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    const seconds = (): number => (performance.now() - startedAtMs) / 1_000;
    try {
      const result = await work();
      this.metrics.requestEnded(name, 'success', seconds());
      return result;
    } catch (thrown) {
      this.metrics.requestEnded(name, 'error', seconds());
      const error = toFeastError(thrown);
      if (!(error instanceof FeastError)) throw error;
      throw new AppError(error.kind, error.toDetail(), { code: error.code, cause: thrown });
    }
  }
}

function encodeResponse(answer: unknown): Buffer {
  const { features, options } = answer as FeastResponse;
  return encodeServedFeatures(features, options);
}

function onlineRequest(request: Request): OnlineRequest {
  const entities = plainColumns(request.entities);
  return {
    selection: selectionOf(request),
    fullNames: request.fullFeatureNames,
    columns: { ...entities, ...plainColumns(request.requestContext) },
  };
}

function selectionOf({ kind }: Request): FeatureSelection {
  if (kind?.$case === 'featureService') return { kind: 'service', name: kind.value };
  return { kind: 'references', references: kind?.value.val ?? [] };
}

/** One row, as text or typed values. */
function frameOf({ features, typedFeatures }: RowRequest): Frame {
  const hasText = Object.keys(features).length > 0;
  const typed = Object.entries(typedFeatures);
  if (hasText && typed.length > 0) {
    throw invalidRequest(['features'], 'Only one of features or typed_features may be set, not both');
  }
  if (hasText) return Object.fromEntries(Object.entries(features).map(([name, text]) => [name, [text]]));
  return Object.fromEntries(typed.map(([name, value]) => [name, [plainValue(value)]]));
}
