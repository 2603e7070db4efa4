import type { DeclaredInput } from '@fraudflow/messaging';
import { EventPattern, Transport } from '@nestjs/microservices';

/** Name of an input as a Nest pattern. */
export function patternOf({ topic, group }: DeclaredInput): string {
  return `${group}/${topic.name}`;
}

/**
 * Makes a controller method the handler of a declared input. It gets a batch of decoded records of one partition as
 * `@Payload()` and its `BatchContext` as `@Ctx()`, and has the contract of `BatchHandler`: effects are idempotent, and
 * the error decides between a retry and dead letters.
 */
export function StreamHandler(input: DeclaredInput): MethodDecorator {
  return EventPattern(patternOf(input), Transport.KAFKA) as MethodDecorator;
}
