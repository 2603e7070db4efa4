import { tensorflowServing } from '@fraudflow/contracts';
import type { Clock } from '@fraudflow/core';
import { COMPUTED_FEATURES } from '@fraudflow/features';
import type { GrpcServer, RequestLimits } from '@fraudflow/rpc';
import type { ModelLoader } from '../../models/model-loader.js';
import { checkDeadline, deadlineOf, within } from '../../admission/deadline.js';
import { modelStatus } from './model-status.js';
import type { TfPredictionService } from './tf-prediction.service.js';

export interface TfServingOptions {
  readonly modelName: string;
  readonly clock: Clock;
  readonly defaultTimeoutMs: number;
  /** Largest number of rows of a prediction. */
  readonly maxRows: number;
}

/** Largest request without values; also the allowance for names in a prediction. */
const MAX_NAMES_BYTES = 64 * 1024;
/** Bytes of a float: four, and a one-byte tag if it is not packed. */
const MAX_FLOAT_BYTES = 5;

/** Limits of a prediction with this number of rows of all features. */
export function tensorLimits(maxRows: number): RequestLimits {
  const messageBytes = maxRows * COMPUTED_FEATURES.length * MAX_FLOAT_BYTES + MAX_NAMES_BYTES;
  return { messageBytes, decodedBytes: 3 * messageBytes };
}

/** Serves `tensorflow.serving.PredictionService` and `ModelService` to unmodified clients of TensorFlow Serving. */
export class TfServingController {
  constructor(
    private readonly predictions: TfPredictionService,
    private readonly loader: Pick<ModelLoader, 'statuses'>,
    private readonly options: TfServingOptions,
  ) {}

  addTo(server: GrpcServer): void {
    const { clock, defaultTimeoutMs, modelName, maxRows } = this.options;
    const predict = server.unary('PredictionService.Predict', (request: tensorflowServing.PredictRequest, call) => {
      const nowMs = clock.nowMs();
      const deadline = deadlineOf(Number(call.getDeadline()), nowMs, defaultTimeoutMs);
      checkDeadline(deadline, nowMs);
      return within(deadline, nowMs, this.predictions.predict(request));
    });
    const getModelMetadata = server.unary(
      'PredictionService.GetModelMetadata',
      async (request: tensorflowServing.GetModelMetadataRequest) => this.predictions.metadata(request),
    );
    const getModelStatus = server.unary(
      'ModelService.GetModelStatus',
      async (request: tensorflowServing.GetModelStatusRequest) =>
        modelStatus(request.modelSpec, modelName, this.loader.statuses()),
    );
    server.add(
      tensorflowServing.PredictionServiceService,
      { predict, getModelMetadata },
      { predict: tensorLimits(maxRows), getModelMetadata: { messageBytes: MAX_NAMES_BYTES } },
    );
    const limits = { getModelStatus: { messageBytes: MAX_NAMES_BYTES } };
    server.add(tensorflowServing.ModelServiceService, { getModelStatus }, limits);
  }
}
