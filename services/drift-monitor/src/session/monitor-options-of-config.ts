import type { GuardedMetric } from '@fraudflow/drift';
import type { DriftMonitorConfig } from '../config.js';
import { parseCalendarFeature } from '../counting/calendar-features.js';
import type { MonitorOptions } from '../deciding/monitor-options.js';

/** Converts the settings to monitor options. @param partitions number of partitions of `transactions.scored`. */
export function monitorOptions(config: DriftMonitorConfig, partitions: number): MonitorOptions {
  const { window, evidence, retraining, labels, session } = config;
  const floors = Object.entries(retraining.floors).filter(([, floor]) => floor > 0);
  return {
    partitions,
    windowMs: window.sizeMs,
    latenessMs: window.latenessMs,
    idleMs: window.idleMs,
    maxJumpMs: window.maxJumpMs,
    jumpRows: window.jumpRows,
    sampleRows: window.sampleRows,
    minCoverage: window.minCoverage,
    budget: evidence.budget,
    drift: { minRows: window.minRows, effectFloor: evidence.effectFloor },
    calendar: evidence.calendar.map(parseCalendarFeature),
    policy: {
      drift: retraining.signals,
      driftAlarms: retraining.alarms,
      driftWindows: retraining.alarmWindows,
      performanceWindows: retraining.performanceWindows,
      cooldownMs: retraining.cooldownMs,
      floors: Object.fromEntries(floors) as Partial<Record<GuardedMetric, number>>,
    },
    labelHorizonMs: labels.horizonMs,
    labelGraceMs: labels.graceMs,
    maxScores: labels.maxScores,
    maxWaitingLabels: labels.maxWaiting,
    maxVersions: session.maxVersions,
  };
}
