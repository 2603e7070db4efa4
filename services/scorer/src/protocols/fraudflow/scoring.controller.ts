import { scoringV1 } from '@fraudflow/contracts';
import type { GrpcServiceBinding } from '@fraudflow/service';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { Ctx, GrpcMethod, Payload } from '@nestjs/microservices';
import { deadlineOf } from '../../admission/deadline.js';
import { PredictService } from '../../scoring/predict.service.js';
import { RequestOptions } from '../../scoring/request-options.js';
import { toRequest, toResponse } from './scoring.mapper.js';

/** Largest request; several times the size of a request that names every feature. */
const MAX_REQUEST_BYTES = 64 * 1024;

/** The gRPC service that this controller implements, with its limits. */
export const SCORING_SERVICE: GrpcServiceBinding = {
  definition: scoringV1.ScoringServiceService,
  limits: { predict: { messageBytes: MAX_REQUEST_BYTES } },
  metricName: (method) => `ScoringService.${method}`,
};

/** Serves `fraudflow.scoring.v1.ScoringService`. */
@Controller()
export class ScoringController {
  constructor(
    private readonly predictions: PredictService,
    private readonly options: RequestOptions,
  ) {}

  @GrpcMethod('ScoringService', 'Predict')
  async predict(
    @Payload() request: scoringV1.PredictRequest,
    @Ctx() call: ServerUnaryCall<unknown, unknown>,
  ): Promise<scoringV1.PredictResponse> {
    const { clock, timeoutMs, cardNumbersInIds } = this.options;
    const deadline = deadlineOf(Number(call.getDeadline()), clock.nowMs(), timeoutMs);
    return toResponse(await this.predictions.predict(toRequest(request, deadline, cardNumbersInIds)));
  }
}
