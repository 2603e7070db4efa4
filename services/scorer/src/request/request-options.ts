import type { CardNumberRule } from '@fraudflow/cards';
import type { Clock } from '@fraudflow/core';

/** How requests are taken over gRPC and REST. */
export abstract class RequestOptions {
  abstract readonly clock: Clock;
  /** Longest time of a request whose caller set no deadline, ms. */
  abstract readonly timeoutMs: number;
  /** What becomes of a request with an id that holds a card number. */
  abstract readonly cardNumbersInIds: CardNumberRule;
}
