import { scoringV1 } from '@fraudflow/contracts';
import type { Clock } from '@fraudflow/core';
import type { GrpcServer } from '@fraudflow/rpc';
import { deadlineOf } from '../request/deadline.js';
import type { PredictService } from '../request/predict.service.js';
import { toRequest, toResponse } from './scoring.mapper.js';

/** Room for every feature by name, several times over. */
const MAX_REQUEST_BYTES = 64 * 1024;

/** `fraudflow.scoring.v1.ScoringService`. */
export class ScoringController {
  constructor(
    private readonly predictions: PredictService,
    private readonly clock: Clock,
    private readonly defaultTimeoutMs: number,
  ) {}

  addTo(server: GrpcServer): void {
    const predict = server.unary('ScoringService.Predict', async (request: scoringV1.PredictRequest, call) => {
      const deadline = deadlineOf(Number(call.getDeadline()), this.clock.nowMs(), this.defaultTimeoutMs);
      return toResponse(await this.predictions.predict(toRequest(request, deadline)));
    });
    server.add(scoringV1.ScoringServiceService, { predict }, { predict: { messageBytes: MAX_REQUEST_BYTES } });
  }
}
