import { tensorflowServing } from '@fraudflow/contracts';
import type { Clock } from '@fraudflow/core';
import type { GrpcServer } from '@fraudflow/rpc';
import { lenient, readable } from '../grpc/lenient-service.js';
import type { ModelKeeper } from '../model/model-keeper.js';
import { deadlineOf, within } from '../request/deadline.js';
import { modelStatus } from './model-status.js';
import type { TfPredictionService } from './tf-prediction.service.js';

export interface TfServingOptions {
  readonly modelName: string;
  readonly clock: Clock;
  readonly defaultTimeoutMs: number;
}

/** `tensorflow.serving.PredictionService` and `ModelService`, for clients of TensorFlow Serving as they are. */
export class TfServingController {
  constructor(
    private readonly predictions: TfPredictionService,
    private readonly keeper: Pick<ModelKeeper, 'statuses'>,
    private readonly options: TfServingOptions,
  ) {}

  addTo(server: GrpcServer): void {
    const { clock, defaultTimeoutMs, modelName } = this.options;
    server.add(lenient(tensorflowServing.PredictionServiceService), {
      predict: server.unary('PredictionService.Predict', (request: tensorflowServing.PredictRequest, call) => {
        const nowMs = clock.nowMs();
        const deadline = deadlineOf(Number(call.getDeadline()), nowMs, defaultTimeoutMs);
        return within(deadline, nowMs, this.predictions.predict(readable(request)));
      }),
      getModelMetadata: server.unary(
        'PredictionService.GetModelMetadata',
        async (request: tensorflowServing.GetModelMetadataRequest) => this.predictions.metadata(readable(request)),
      ),
    });
    server.add(lenient(tensorflowServing.ModelServiceService), {
      getModelStatus: server.unary(
        'ModelService.GetModelStatus',
        async (request: tensorflowServing.GetModelStatusRequest) =>
          modelStatus(readable(request).modelSpec, modelName, this.keeper.statuses()),
      ),
    });
  }
}
