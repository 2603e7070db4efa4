import type { Clock } from '@fraudflow/core';

/** The clock as an injectable: creation and change times come from here and from nowhere else. */
export abstract class RegistryClock implements Clock {
  abstract nowMs(): number;
}
