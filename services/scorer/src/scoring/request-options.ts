import type { CardNumberRule } from '@fraudflow/cards';
import type { Clock } from '@fraudflow/core';

/** Settings for requests over gRPC and REST. */
export abstract class RequestOptions {
  abstract readonly clock: Clock;
  /** Timeout of a request whose caller set no deadline, ms. */
  abstract readonly timeoutMs: number;
  /** Rule for ids that hold a card number. */
  abstract readonly cardNumbersInIds: CardNumberRule;
}
