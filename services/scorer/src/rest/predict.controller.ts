import type { Clock } from '@fraudflow/core';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { deadlineOf } from '../request/deadline.js';
import { PredictService } from '../request/predict.service.js';
import { toBody, toRequest } from './predict-body.js';

/** Longest time of a request, and the clock. */
export abstract class RequestTiming {
  abstract readonly clock: Clock;
  abstract readonly timeoutMs: number;
}

/** `POST /predict`: one decision as JSON. */
@Controller('predict')
export class PredictController {
  constructor(
    private readonly predictions: PredictService,
    private readonly timing: RequestTiming,
  ) {}

  @Post()
  @HttpCode(200)
  async predict(@Body() body: unknown): Promise<Record<string, unknown>> {
    const { clock, timeoutMs } = this.timing;
    const deadline = deadlineOf(undefined, clock.nowMs(), timeoutMs);
    return toBody(await this.predictions.predict(toRequest(body, deadline)));
  }
}
