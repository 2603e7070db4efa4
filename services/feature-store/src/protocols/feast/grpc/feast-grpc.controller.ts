import { feastGrpcServer, feastServing } from '@fraudflow/contracts';
import { AppError } from '@fraudflow/core';
import type { GrpcServer } from '@fraudflow/rpc';
import { badRequest, FeastError } from '../errors/feast-error.js';
import type { FeatureSelection } from '../../../online/feature-resolver.js';
import type { FeatureServing, OnlineRequest } from '../../../online/feature-serving.service.js';
import type { Frame } from '../../../pushed/frame-rows.js';
import type { PushService } from '../../../pushed/push.service.js';
import type { ServedFeatures } from '../../../online/served-features.js';
import type { ServingMetrics } from '../../../online/serving-metrics.js';
import { plainColumns, plainValue } from './feast-values.js';
import { encodeServedFeatures, type ResponseOptions } from './response-writer.js';

/** What GetFeastServingInfo returns: the release of Feast whose calls are spoken. */
const FEAST_VERSION = '0.66.0';

type Request = feastServing.GetOnlineFeaturesRequest;
/** An answer on its way to the wire, with what the caller wants to see of it. */
interface FeastResponse {
  readonly features: ServedFeatures;
  readonly options: ResponseOptions;
}
type RowRequest = Pick<feastGrpcServer.PushRequest, 'features' | 'typedFeatures'>;

export interface FeastGrpcParts {
  readonly serving: FeatureServing;
  readonly pushes: PushService;
  readonly metrics: ServingMetrics;
}

/**
 * Feast over gRPC: `feast.serving.ServingService` as its Java and Go servers speak it, and `GrpcFeatureServer`, which
 * has no package, as its Python server does. Replies are encoded straight from columns.
 */
export class FeastGrpcController {
  constructor(private readonly parts: FeastGrpcParts) {}

  register(server: GrpcServer): void {
    const { ServingServiceService: serving } = feastServing;
    const { GrpcFeatureServerService: python } = feastGrpcServer;
    server.add(
      { ...serving, getOnlineFeatures: { ...serving.getOnlineFeatures, responseSerialize: encodeResponse } },
      {
        getFeastServingInfo: server.unary('GetFeastServingInfo', async () => ({ version: FEAST_VERSION })),
        getOnlineFeatures: server.unary('FeastGetOnlineFeatures', (request: Request) => this.read(request, true)),
      },
    );
    server.add(
      { ...python, getOnlineFeatures: { ...python.getOnlineFeatures, responseSerialize: encodeResponse } },
      {
        getOnlineFeatures: server.unary('GrpcFeatureServerGetOnlineFeatures', (request: Request) =>
          this.read(request, false),
        ),
        push: server.unary('Push', (request: feastGrpcServer.PushRequest) =>
          this.write('Push', () => this.parts.pushes.push(request.streamFeatureView, frameOf(request), request.to)),
        ),
        writeToOnlineStore: server.unary('WriteToOnlineStore', (request: feastGrpcServer.WriteToOnlineStoreRequest) =>
          this.write('WriteToOnlineStore', () =>
            this.parts.pushes.writeToOnlineStore(request.featureViewName, frameOf(request)),
          ),
        ),
      },
    );
  }

  private read(request: Request, marksNulls: boolean): Promise<FeastResponse> {
    return this.counted('GetOnlineFeatures', async () => {
      const features = await this.parts.serving.getOnlineFeatures(onlineRequest(request));
      return { features, options: { marksNulls, withViews: request.includeFeatureViewVersionMetadata } };
    });
  }

  private write(name: string, work: () => Promise<void>): Promise<{ readonly status: boolean }> {
    return this.counted(name, async () => {
      await work();
      return { status: true };
    });
  }

  /** Counts the call under Feast's names and puts errors of Feast's classes where the SDK looks for them. */
  private async counted<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    const seconds = (): number => (performance.now() - startedAtMs) / 1_000;
    try {
      const result = await work();
      this.parts.metrics.requestEnded(name, 'success', seconds());
      return result;
    } catch (thrown) {
      this.parts.metrics.requestEnded(name, 'error', seconds());
      if (!(thrown instanceof FeastError)) throw thrown;
      throw new AppError(thrown.kind, thrown.toDetail(), { code: thrown.code, cause: thrown });
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

/** One row, as text or typed. */
function frameOf({ features, typedFeatures }: RowRequest): Frame {
  const hasText = Object.keys(features).length > 0;
  const typed = Object.entries(typedFeatures);
  if (hasText && typed.length > 0) {
    throw badRequest(['features'], 'Only one of features or typed_features may be set, not both');
  }
  if (hasText) return Object.fromEntries(Object.entries(features).map(([name, text]) => [name, [text]]));
  return Object.fromEntries(typed.map(([name, value]) => [name, [plainValue(value)]]));
}
