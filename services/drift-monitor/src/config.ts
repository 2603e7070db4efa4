import { httpPort, kafkaSettings, processSettings, redisSettings, serviceAddress, setting } from '@fraudflow/config';
import { asError, DAY_MS } from '@fraudflow/core';
import { CONFIG, type Token } from '@fraudflow/service';
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
    description:
      'Allowed lateness of rows, in event time: a window closes when the watermark is this far past the end of the window.',
    default: '6h',
  }),
  idleMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_IDLE_PARTITION',
    description:
      'A partition that is this far behind the newest row, in event time, counts as idle and does not hold back the ' +
      'watermark. Keep the value above FRAUDFLOW_INGESTION_MAX_FUTURE.',
    default: '36h',
  }),
  maxJumpMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_MAX_JUMP',
    description:
      'A row further ahead of all others than this, in event time, does not advance the watermark by itself, so one wrong ' +
      'date does not make the following rows late. Keep the value at or below FRAUDFLOW_DRIFT_LATENESS.',
    default: '6h',
  }),
  jumpRows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_JUMP_ROWS',
    description:
      'Number of rows by which the rows too far ahead must outnumber the other rows before event time jumps to them, for ' +
      'example after a gap in the stream.',
    default: 100,
    min: 1,
    max: 100_000,
  }),
  sampleRows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_SAMPLE_ROWS',
    description:
      'Maximum number of rows of a window kept for the exact Kolmogorov-Smirnov test. Counts include all rows.',
    default: 2_000,
    min: 100,
    max: 10_000,
  }),
  minRows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MIN_ROWS',
    description: 'Windows with fewer rows are reported but give no evidence.',
    default: 100,
    min: 1,
  }),
  minCoverage: setting.decimal({
    env: 'FRAUDFLOW_DRIFT_MIN_COVERAGE',
    description:
      "Minimum share of a window's rows in the time in which the version was scoring. Windows below it give no evidence.",
    default: 0.95,
    min: 0,
    max: 1,
  }),
});

const evidenceSettings = z.object({
  budget: setting.decimal({
    env: 'FRAUDFLOW_DRIFT_FALSE_ALARM_BUDGET',
    description: 'Accepted false alarms per window of a model version.',
    default: 0.001,
    min: 1e-6,
    max: 0.5,
  }),
  effectFloor: setting.decimal({
    env: 'FRAUDFLOW_DRIFT_EFFECT_FLOOR',
    description:
      'Smallest shift of a distribution that counts as evidence, as the sum of (Δp)²/p over the bins; 0.02 is 0.14 ' +
      'standard deviations. Cards and terminals repeat within a window, so rows are not independent; below 0.01 this ' +
      'dependence alone raises alarms.',
    default: 0.02,
    min: 0,
    max: 0.99,
  }),
  calendar: setting.list({
    env: 'FRAUDFLOW_DRIFT_CALENDAR_FEATURES',
    description:
      'Features that depend on the calendar, as name:period. They are always reported, but give evidence only if the ' +
      'window length is a whole multiple of the period.',
    default: ['tx_during_weekend:7d', 'tx_during_night:1d'],
  }),
});

const floor = (env: string, metric: string): z.ZodType<number, string | undefined> =>
  setting.decimal({
    env: `FRAUDFLOW_DRIFT_FLOOR_${env}`,
    description: `Minimum live ${metric}. A window breaches it if the upper 95 % bound is below it. 0 disables the check.`,
    default: 0,
    min: 0,
    max: 1,
  });

const retrainingSettings = z.object({
  signals: setting.choice({
    env: 'FRAUDFLOW_DRIFT_SIGNALS',
    description:
      'Alarms that must persist before a retraining is requested. The default requires both, because drift of inputs that ' +
      'does not change the scores is no reason to retrain.',
    options: ['input_and_score', 'input', 'score', 'off'],
    default: 'input_and_score',
  }),
  alarms: setting.integer({
    env: 'FRAUDFLOW_DRIFT_ALARMS',
    description:
      'Number of alarms of each of these signals required within the newest FRAUDFLOW_DRIFT_ALARM_WINDOWS windows.',
    default: 2,
    min: 2,
    max: 100,
  }),
  alarmWindows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_ALARM_WINDOWS',
    description: 'Number of newest windows in which the alarms are counted.',
    default: 4,
    min: 2,
    max: 100,
  }),
  performanceWindows: setting.integer({
    env: 'FRAUDFLOW_DRIFT_PERFORMANCE_WINDOWS',
    description: 'Number of consecutive labelled windows that must be below a floor.',
    default: 3,
    min: 2,
    max: 100,
  }),
  cooldownMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_COOLDOWN',
    description:
      'Event time after a request during which no other retraining of the model is requested, for any version.',
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
    description:
      "Event time after a window's end by which its frauds are known. Transactions without a label then count as genuine.",
    default: '7d',
  }),
  graceMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_LABEL_GRACE',
    description: 'Additional event time for labels that are available but not delivered yet.',
    default: '1d',
  }),
  maxScores: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MAX_SCORES',
    description:
      'Maximum number of scored transactions of a model version kept until their labels are complete: those of one ' +
      'window, the label horizon and the grace period, at about 100 bytes each. Above it the oldest window is dropped: it ' +
      'has no live performance and is counted in live_scores_dropped_total.',
    default: 1_000_000,
    min: 1_000,
    max: 50_000_000,
  }),
  maxWaiting: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MAX_WAITING_LABELS',
    description: 'Maximum number of pending labels, whose transactions are not scored yet.',
    default: 100_000,
    min: 1,
    max: 5_000_000,
  }),
});

const sessionSettings = z.object({
  checkpointMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_CHECKPOINT_EVERY',
    description:
      'Pause between two checkpoints. It is longer for large states, so that checkpoints take at most 5 % of the time.',
    default: '5s',
  }),
  leaseMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_LEASE',
    description:
      'Duration of the lease of the active instance. If it is not renewed, another or the restarted instance takes over.',
    default: '8s',
  }),
  profileWaitMs: setting.durationMs({
    env: 'FRAUDFLOW_DRIFT_PROFILE_WAIT',
    description:
      'Maximum time that rows of a new version wait for its reference profile while the registry is unavailable. After ' +
      'that they are counted but not evaluated for drift until the profile is available.',
    default: '2m',
  }),
  maxVersions: setting.integer({
    env: 'FRAUDFLOW_DRIFT_MAX_VERSIONS',
    description:
      'Maximum number of model versions monitored at the same time; the version without rows for the longest time is removed.',
    default: 6,
    min: 2,
    max: 100,
  }),
});

/**
 * Maximum number of windows that lateness and an idle partition can keep open. Each needs memory for its row sample.
 */
const MAX_OPEN_WINDOWS = 200;

/** Settings of the drift monitor. Durations are in wall-clock time unless the description states event time. */
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
    if ((window.latenessMs + window.idleMs) / window.sizeMs > MAX_OPEN_WINDOWS)
      problem(
        ['window', 'sizeMs'],
        `is too short: FRAUDFLOW_DRIFT_LATENESS and FRAUDFLOW_DRIFT_IDLE_PARTITION would keep more than ${MAX_OPEN_WINDOWS} windows open; shorten these too`,
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

/** Injection token of the settings. */
export const SETTINGS: Token<DriftMonitorConfig> = CONFIG;
