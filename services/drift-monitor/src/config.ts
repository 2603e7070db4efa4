import { httpPort, kafkaSettings, processSettings, redisSettings, serviceAddress, setting } from '@fraudflow/config';
import { asError, DAY_MS } from '@fraudflow/core';
import { z } from 'zod';
import { parseCalendarFeature } from './counting/calendar-features.js';

const windowSettings = z.object({
  sizeMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_WINDOW',
    description: 'Length of the tumbling windows, in event time.',
    default: '1d',
  }),
  latenessMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_LATENESS',
    description: 'How late a row may come, in event time, and still be counted in its window.',
    default: '6h',
  }),
  idleMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_IDLE_PARTITION',
    description:
      'A partition so far behind the newest row, in event time, no longer holds windows open. Keep it above ' +
      'FRAUDFLOW_INGESTION_MAX_FUTURE.',
    default: '36h',
  }),
  maxJumpMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_MAX_JUMP',
    description:
      'A row further ahead of all others than this, in event time, does not move event time by itself, so that one wrong ' +
      'date does not make the rows after it late. Keep it at or below FRAUDFLOW_DRIFT_LATENESS.',
    default: '6h',
  }),
  jumpRows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_JUMP_ROWS',
    description:
      'By how many rows those so far ahead must outnumber the others before event time jumps to them, for example after ' +
      'a gap in the stream.',
    default: 100,
    min: 1,
    max: 100_000,
  }),
  sampleRows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_SAMPLE_ROWS',
    description: 'Rows of a window kept for the exact Kolmogorov-Smirnov test. Counts are always complete.',
    default: 2_000,
    min: 100,
    max: 10_000,
  }),
  minRows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MIN_ROWS',
    description: 'Windows with fewer rows are reported, but give no evidence.',
    default: 100,
    min: 1,
  }),
  minCoverage: setting.decimal({
    env: 'FRAUDFLOW_DRIFT_MIN_COVERAGE',
    description:
      "Share of a window's rows that must lie in the time the version was scoring; below it the window gives no evidence.",
    default: 0.95,
    min: 0,
    max: 1,
  }),
});

const evidenceSettings = z.object({
  budget: setting.decimal({
    env: 'FRAUDFLOW_DRIFT_FALSE_ALARM_BUDGET',
    description: 'False alarms accepted per window of a model version.',
    default: 0.001,
    min: 1e-6,
    max: 0.5,
  }),
  effectFloor: setting.decimal({
    env: 'FRAUDFLOW_DRIFT_EFFECT_FLOOR',
    description:
      'Smallest shift of a distribution worth evidence, as the sum of (Δp)²/p over the bins; 0.02 is 0.14 standard ' +
      'deviations. Cards and terminals repeat within a window, so rows are not independent; below 0.01 that alone alarms.',
    default: 0.02,
    min: 0,
    max: 0.99,
  }),
  calendar: setting.list({
    env: 'FRAUDFLOW_DRIFT_CALENDAR_FEATURES',
    description:
      'Features that follow the calendar, as name:period. They give no evidence unless the window is a whole multiple of ' +
      'the period; they are reported all the same.',
    default: ['tx_during_weekend:7d', 'tx_during_night:1d'],
  }),
});

const floor = (env: string, metric: string): z.ZodType<number, string | undefined> =>
  setting.decimal({
    env: `FRAUDFLOW_DRIFT_FLOOR_${env}`,
    description: `Live ${metric} whose upper 95 % bound lies below this counts against the model. 0 switches it off.`,
    default: 0,
    min: 0,
    max: 1,
  });

const retrainingSettings = z.object({
  signals: setting.choice({
    env: 'FRAUDFLOW_DRIFT_SIGNALS',
    description:
      'Alarms that must persist before a retraining is asked for. Drift of inputs that leaves the scores alone is no ' +
      'reason to retrain, hence both.',
    options: ['input_and_score', 'input', 'score', 'off'],
    default: 'input_and_score',
  }),
  alarms: setting.integer({
    env: 'FRAUDFLOW_DRIFT_ALARMS',
    description: 'Alarms of each such signal needed among the newest windows.',
    default: 2,
    min: 2,
    max: 100,
  }),
  alarmWindows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_ALARM_WINDOWS',
    description: 'The newest windows that are looked at for it.',
    default: 4,
    min: 2,
    max: 100,
  }),
  performanceWindows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_PERFORMANCE_WINDOWS',
    description: 'Labelled windows in a row that must lie below a floor.',
    default: 3,
    min: 2,
    max: 100,
  }),
  cooldownMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_COOLDOWN',
    description: 'Event time after a request during which the model is not asked for again, whatever the version.',
    default: '3d',
  }),
  floors: z.object({
    precision: floor('PRECISION', 'precision'),
    recall: floor('RECALL', 'recall'),
    accuracy: floor('ACCURACY', 'accuracy'),
    rocAuc: floor('AUC_ROC', 'area under the ROC curve'),
    averagePrecision: floor('AVERAGE_PRECISION', 'average precision'),
  }),
});

const labelSettings = z.object({
  horizonMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_LABEL_HORIZON',
    description: "Event time after a window's end by which its frauds are known; what has no label then is genuine.",
    default: '7d',
  }),
  graceMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_LABEL_GRACE',
    description: 'Further event time for labels that are available but still on their way.',
    default: '1d',
  }),
  maxScores: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MAX_SCORES',
    description:
      'Scored transactions of a model version held until their labels are complete: those of one window, the label ' +
      'horizon and the grace, at about 100 bytes each. Beyond it the oldest window is dropped, has no live performance, ' +
      'and is counted in live_scores_dropped_total.',
    default: 1_000_000,
    min: 1_000,
    max: 50_000_000,
  }),
  maxWaiting: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MAX_WAITING_LABELS',
    description: 'Labels held for transactions that are not scored yet.',
    default: 100_000,
    min: 1,
    max: 5_000_000,
  }),
});

const sessionSettings = z.object({
  checkpointMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_CHECKPOINT_EVERY',
    description: 'Rest between two checkpoints. Large states rest longer by themselves.',
    default: '5s',
  }),
  leaseMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_LEASE',
    description: 'Silence after which another instance, or the restarted one, takes over from the active one.',
    default: '8s',
  }),
  profileWaitMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_PROFILE_WAIT',
    description:
      'How long rows of a new version wait for its reference profile while the registry is away. After that they are ' +
      'counted without being judged until the profile comes.',
    default: '2m',
  }),
  maxVersions: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MAX_VERSIONS',
    description: 'Model versions followed at once; the one silent for longest is forgotten.',
    default: 6,
    min: 2,
    max: 100,
  }),
});

/**
 * Largest number of windows that lateness and an idle partition may hold open: each needs memory for its row sample.
 */
const MAX_HELD_WINDOWS = 200;

/** Every setting of the drift monitor. A setting is in event time only where its description says so. */
export const driftMonitorConfigSchema = z
  .object({
    process: processSettings,
    kafka: kafkaSettings,
    redis: redisSettings,
    httpPort: httpPort('drift-monitor', 7091),
    registryAddress: serviceAddress('registry', 'HTTP', 'http://127.0.0.1:5000'),
    window: windowSettings,
    evidence: evidenceSettings,
    retraining: retrainingSettings,
    labels: labelSettings,
    session: sessionSettings,
  })
  .superRefine(({ window, evidence, retraining, session }, context) => {
    const problem = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (!Number.isInteger(window.sizeMs) || window.sizeMs < 1) problem(['window', 'sizeMs'], 'must be at least 1ms');
    if (window.sizeMs > 366 * DAY_MS) problem(['window', 'sizeMs'], 'must be at most 366d');
    if ((window.latenessMs + window.idleMs) / window.sizeMs > MAX_HELD_WINDOWS)
      problem(
        ['window', 'sizeMs'],
        `is too short: FRAUDFLOW_DRIFT_LATENESS and FRAUDFLOW_DRIFT_IDLE_PARTITION would hold more than ${MAX_HELD_WINDOWS} windows open; shorten these too`,
      );
    if (retraining.alarmWindows < retraining.alarms)
      problem(['retraining', 'alarmWindows'], 'must not be below FRAUDFLOW_DRIFT_ALARMS');
    if (session.leaseMs < 1_000) problem(['session', 'leaseMs'], 'must be at least 1s');
    for (const text of evidence.calendar) {
      try {
        parseCalendarFeature(text);
      } catch (thrown) {
        problem(['evidence', 'calendar'], asError(thrown).message);
      }
    }
  });

export type DriftMonitorConfig = z.output<typeof driftMonitorConfigSchema>;
