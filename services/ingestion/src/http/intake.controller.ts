import { invalidInput } from '@fraudflow/core';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { type IntakeResult, IntakeService } from '../intake/intake.service.js';

/** REST for producers without Kafka: one object, or an array of up to 1,000. 202 = in the log. */
@Controller('v1')
export class IntakeController {
  constructor(private readonly intake: IntakeService) {}

  @Post('transactions')
  @HttpCode(202)
  transactions(@Body() body: unknown): Promise<IntakeResult> {
    return answer(body, (items) => this.intake.transactions(items));
  }

  @Post('labels')
  @HttpCode(202)
  labels(@Body() body: unknown): Promise<IntakeResult> {
    return answer(body, (items) => this.intake.labels(items));
  }
}

/** A lone object that is refused is a 400 that names the field; in an array each refusal is told beside what was accepted. */
async function answer(
  body: unknown,
  take: (items: readonly unknown[]) => Promise<IntakeResult>,
): Promise<IntakeResult> {
  if (Array.isArray(body)) return take(body);
  const result = await take([body]);
  const [rejection] = result.rejections;
  if (rejection === undefined) return result;
  const { code, field, reason } = rejection;
  throw invalidInput(reason, field === '' ? { code } : { code, field });
}
