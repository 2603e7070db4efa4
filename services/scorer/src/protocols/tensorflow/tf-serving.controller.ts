import { tensorflowServing } from '@fraudflow/contracts';
import { COMPUTED_FEATURES } from '@fraudflow/features';
import type { RequestLimits } from '@fraudflow/rpc';
import type { GrpcServiceBinding } from '@fraudflow/service';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { Ctx, GrpcMethod, Payload } from '@nestjs/microservices';
import { checkDeadline, deadlineOf, within } from '../../admission/deadline.js';
import { ModelLoader } from '../../models/model-loader.js';
import { modelStatus } from './model-status.js';
import { TensorOptions } from './tensor-options.js';
import { TfPredictionService } from './tf-prediction.service.js';

/** Largest request without values; also the allowance for names in a prediction. */
const MAX_NAMES_BYTES = 64 * 1024;
/** Bytes of a float: four, and a one-byte tag if it is not packed. */
const MAX_FLOAT_BYTES = 5;

/** Limits of a prediction with this number of rows of all features. */
export function tensorLimits(maxRows: number): RequestLimits {
  const messageBytes = maxRows * COMPUTED_FEATURES.length * MAX_FLOAT_BYTES + MAX_NAMES_BYTES;
  return { messageBytes, decodedBytes: 3 * messageBytes };
}

/** The two gRPC services that this controller implements, with their limits. */
export function tensorServices(maxRows: number): readonly GrpcServiceBinding[] {
  const names = { messageBytes: MAX_NAMES_BYTES };
  return [
    {
      definition: tensorflowServing.PredictionServiceService,
      limits: { predict: tensorLimits(maxRows), getModelMetadata: names },
      metricName: (method) => `PredictionService.${method}`,
    },
    {
      definition: tensorflowServing.ModelServiceService,
      limits: { getModelStatus: names },
      metricName: (method) => `ModelService.${method}`,
    },
  ];
}

/** Serves `tensorflow.serving.PredictionService` and `ModelService` to unmodified clients of TensorFlow Serving. */
@Controller()
export class TfServingController {
  constructor(
    private readonly predictions: TfPredictionService,
    private readonly loader: ModelLoader,
    private readonly options: TensorOptions,
  ) {}

  @GrpcMethod('PredictionService', 'Predict')
  predict(
    @Payload() request: tensorflowServing.PredictRequest,
    @Ctx() call: ServerUnaryCall<unknown, unknown>,
  ): Promise<tensorflowServing.PredictResponse> {
    const { clock, defaultTimeoutMs } = this.options;
    const nowMs = clock.nowMs();
    const deadline = deadlineOf(Number(call.getDeadline()), nowMs, defaultTimeoutMs);
    checkDeadline(deadline, nowMs);
    return within(deadline, nowMs, this.predictions.predict(request));
  }

  @GrpcMethod('PredictionService', 'GetModelMetadata')
  getModelMetadata(
    @Payload() request: tensorflowServing.GetModelMetadataRequest,
  ): tensorflowServing.GetModelMetadataResponse {
    return this.predictions.metadata(request);
  }

  @GrpcMethod('ModelService', 'GetModelStatus')
  getModelStatus(
    @Payload() { modelSpec }: tensorflowServing.GetModelStatusRequest,
  ): tensorflowServing.GetModelStatusResponse {
    return modelStatus(modelSpec, this.options.modelName, this.loader.statuses());
  }
}
