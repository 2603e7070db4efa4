import { AppError, invalidInput, unavailable } from '@fraudflow/core';
import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { type IntakeResult, IntakeService, MAX_ITEMS } from '../../intake/intake.service.js';
import { jsonItems } from '../../decoding/json-items.js';

const RETRY_AFTER_SECONDS = '1';

export interface ReplyHeaders {
  header(name: string, value: string): unknown;
}

/** REST for producers without Kafka: one object, or an array of up to 1,000. 202 = in the log. Bodies are bytes. */
@Controller('v1')
export class IntakeController {
  constructor(private readonly intake: IntakeService) {}

  @Post('transactions')
  @HttpCode(202)
  transactions(@Body() body: unknown, @Res({ passthrough: true }) reply: ReplyHeaders): Promise<IntakeResult> {
    return respond(body, reply, (items) => this.intake.transactions(items));
  }

  @Post('labels')
  @HttpCode(202)
  labels(@Body() body: unknown, @Res({ passthrough: true }) reply: ReplyHeaders): Promise<IntakeResult> {
    return respond(body, reply, (items) => this.intake.labels(items));
  }
}

/**
 * A lone object that is refused is a 400 that names the field; in an array each refusal is listed next to what was
 * accepted.
 */
async function respond(
  body: unknown,
  reply: ReplyHeaders,
  take: (items: readonly Uint8Array[]) => Promise<IntakeResult>,
): Promise<IntakeResult> {
  const { isList, items } = jsonItems(bytesOf(body), MAX_ITEMS);
  const result = await take(items).catch((thrown: unknown) => {
    throw withRetryAfter(thrown, reply);
  });
  const [rejection] = result.rejections;
  if (isList || rejection === undefined) return result;
  const { code, field, reason } = rejection;
  throw invalidInput(reason, field === '' ? { code } : { code, field });
}

/** @throws AppError invalid_input if the request has no body of JSON */
export function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  throw invalidInput('send a JSON body with content-type application/json', { code: 'BODY_MISSING' });
}

/** Overload is the state of the server and not an error of the caller: 503, with the time after which to retry. */
export function withRetryAfter(thrown: unknown, reply: ReplyHeaders): unknown {
  if (!(thrown instanceof AppError) || !thrown.retryable) return thrown;
  reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (thrown.kind !== 'resource_exhausted') return thrown;
  return unavailable(thrown.message, { code: thrown.code, cause: thrown });
}
