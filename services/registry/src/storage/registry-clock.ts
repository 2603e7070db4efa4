import type { Clock } from '@fraudflow/core';

/** The injectable clock, the only source of creation and change times. */
export abstract class RegistryClock implements Clock {
  abstract nowMs(): number;
}
