import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { deadlineOf } from '../../admission/deadline.js';
import { PredictService } from '../../scoring/predict.service.js';
import { RequestOptions } from '../../scoring/request-options.js';
import { toBody, toRequest } from './predict-body.js';

/** `POST /predict`: scores one request and returns the decision as JSON. */
@Controller('predict')
export class PredictController {
  constructor(
    private readonly predictions: PredictService,
    private readonly options: RequestOptions,
  ) {}

  @Post()
  @HttpCode(200)
  async predict(@Body() body: unknown): Promise<Record<string, unknown>> {
    const { clock, timeoutMs, cardNumbersInIds } = this.options;
    const deadline = deadlineOf(undefined, clock.nowMs(), timeoutMs);
    return toBody(await this.predictions.predict(toRequest(body, deadline, cardNumbersInIds)));
  }
}
