import { DAY_MS } from '@fraudflow/core';

export interface SplitSettings {
  readonly trainDays: number;
  readonly delayDays: number;
  readonly testDays: number;
}

/** Event-time ranges of one training; all bounds are midnights (UTC). */
export interface TrainingPlan {
  /** Event time up to which history may be used: every label counts as of then. */
  readonly asOfMs: number;
  readonly trainStartMs: number;
  readonly trainEndMs: number;
  readonly testStartMs: number;
  readonly testEndMs: number;
  /**
   * Training range of the model with which the threshold is chosen, and the days on which it is chosen; absent if the
   * history is short.
   */
  readonly tuning: { readonly trainEndMs: number; readonly validationStartMs: number } | undefined;
}

/**
 * Plans a training whose model could have been deployed `delayDays + testDays` ago: it uses the labels known then and
 * is tested on the days that followed, whose labels are known now: train, delay, test, delay, now. Source: Fraud
 * Detection Handbook, chapter 5, "Validation strategies" (prequential validation with a delay).
 */
export function planTraining(asOfMs: number, settings: SplitSettings): TrainingPlan {
  const { trainDays, delayDays, testDays } = settings;
  const testEndMs = Math.floor(asOfMs / DAY_MS) * DAY_MS - delayDays * DAY_MS;
  const testStartMs = testEndMs - testDays * DAY_MS;
  const trainEndMs = testStartMs - delayDays * DAY_MS;
  const trainStartMs = trainEndMs - trainDays * DAY_MS;
  const validationStartMs = trainEndMs - testDays * DAY_MS;
  const tuningEndMs = validationStartMs - delayDays * DAY_MS;
  const hasTuning = tuningEndMs - trainStartMs >= testDays * DAY_MS;
  return {
    asOfMs,
    trainStartMs,
    trainEndMs,
    testStartMs,
    testEndMs,
    tuning: hasTuning ? { trainEndMs: tuningEndMs, validationStartMs } : undefined,
  };
}
