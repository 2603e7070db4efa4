import { scoringV1 } from '@fraudflow/contracts';
import type { GrpcServer } from '@fraudflow/rpc';
import { deadlineOf } from '../../admission/deadline.js';
import type { PredictService } from '../../scoring/predict.service.js';
import type { RequestOptions } from '../../scoring/request-options.js';
import { toRequest, toResponse } from './scoring.mapper.js';

/** Largest request; several times the size of a request that names every feature. */
const MAX_REQUEST_BYTES = 64 * 1024;

/** Serves `fraudflow.scoring.v1.ScoringService`. */
export class ScoringController {
  constructor(
    private readonly predictions: PredictService,
    private readonly options: RequestOptions,
  ) {}

  addTo(server: GrpcServer): void {
    const { clock, timeoutMs, cardNumbersInIds } = this.options;
    const predict = server.unary('ScoringService.Predict', async (request: scoringV1.PredictRequest, call) => {
      const deadline = deadlineOf(Number(call.getDeadline()), clock.nowMs(), timeoutMs);
      return toResponse(await this.predictions.predict(toRequest(request, deadline, cardNumbersInIds)));
    });
    server.add(scoringV1.ScoringServiceService, { predict }, { predict: { messageBytes: MAX_REQUEST_BYTES } });
  }
}
