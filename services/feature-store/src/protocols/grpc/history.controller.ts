import type { featuresV1 } from '@fraudflow/contracts';
import type { GrpcStreamContext } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { Ctx, GrpcMethod, Payload } from '@nestjs/microservices';
import { BoundedReads } from '../../offline/history/bounded-reads.js';
import { History } from '../../offline/history/history.port.js';
import { TrainingSets } from '../../offline/training-sets/training-sets.js';
import { streamHistory } from './history.stream.js';
import { streamTrainingSet } from './training-set.stream.js';

/** gRPC to streams of the history, of which only a few run concurrently: methods of `FeatureStoreService`. */
@Controller()
export class HistoryController {
  constructor(
    private readonly history: History,
    private readonly trainingSets: TrainingSets,
    private readonly reads: BoundedReads,
  ) {}

  @GrpcMethod('FeatureStoreService', 'GetTrainingSet')
  getTrainingSet(
    @Payload() request: featuresV1.GetTrainingSetRequest,
    @Ctx() { signal }: GrpcStreamContext,
  ): AsyncIterable<featuresV1.GetTrainingSetResponse> {
    return this.reads.run(() => streamTrainingSet(this.trainingSets, request, signal), signal);
  }

  @GrpcMethod('FeatureStoreService', 'ReadHistory')
  readHistory(
    @Payload() request: featuresV1.ReadHistoryRequest,
    @Ctx() { signal }: GrpcStreamContext,
  ): AsyncIterable<featuresV1.ReadHistoryResponse> {
    return this.reads.run(() => streamHistory(this.history, request, signal), signal);
  }
}
