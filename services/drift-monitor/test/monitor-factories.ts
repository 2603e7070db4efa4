import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import { profileToJson, ReferenceProfile, type ReferenceProfileJson } from '@fraudflow/drift';
import { type SeededRandom, seededRandom } from '@fraudflow/stats';
import type { MonitorOptions } from '../src/deciding/monitor-options.js';
import type { LabelRow, ScoredRow } from '../src/counting/monitor-row.js';

export const MODEL = 'fraud_detector';
export const FEATURES = ['amount', 'count', 'risk'] as const;
/** A Monday. */
export const START_MS = Date.UTC(2025, 2, 3);

export function monitorOptions(overrides: Partial<MonitorOptions> = {}): MonitorOptions {
  return {
    partitions: 1,
    windowMs: DAY_MS,
    latenessMs: 0,
    idleMs: 36 * HOUR_MS,
    maxJumpMs: 6 * HOUR_MS,
    jumpRows: 1,
    sampleRows: 500,
    minCoverage: 0.95,
    budget: 0.001,
    drift: { minRows: 50, effectFloor: 0.02 },
    calendar: [],
    policy: { cooldownMs: 3 * DAY_MS },
    labelHorizonMs: 2 * DAY_MS,
    labelGraceMs: 0,
    maxScores: 1_000_000,
    maxWaitingLabels: 1_000,
    maxVersions: 4,
    ...overrides,
  };
}

/**
 * Shift of the amounts, and therefore of the scores, by day: 0 is the reference, 1 is a strong shift.
 */
export type ShiftOn = (day: number) => number;

function drawFeatures(random: SeededRandom, shift: number): Record<string, number> {
  return { amount: random.normal() + shift, count: Math.floor(6 * random.uniform()), risk: random.uniform() };
}

function scoreOf(features: Readonly<Record<string, number>>): number {
  return 1 / (1 + Math.exp(2 - (features['amount'] ?? 0) - (features['risk'] ?? 0)));
}

export function aProfile(rows = 10_000, baseline: Readonly<Record<string, number>> = {}): ReferenceProfileJson {
  const random = seededRandom(1);
  const drawn = Array.from({ length: rows }, () => drawFeatures(random, 0));
  return profileToJson(
    ReferenceProfile.build({
      model: MODEL,
      version: 'unregistered',
      featureNames: FEATURES,
      features: FEATURES.map((name) => drawn.map((row) => row[name] ?? Number.NaN)),
      scores: drawn.map(scoreOf),
      baseline,
    }),
  );
}

export function aRow(overrides: Partial<ScoredRow> = {}): ScoredRow {
  const { probability = 0.2, threshold = 0.75 } = overrides;
  return {
    offset: 0,
    transactionId: 't0',
    eventAtMs: START_MS,
    model: MODEL,
    version: '1',
    features: { amount: 0, count: 1, risk: 0.5 },
    probability,
    threshold,
    isFlagged: probability >= threshold,
    isChampion: true,
    ...overrides,
  };
}

/** `perDay` rows at equal distances on each day, with offsets from 0. */
export function rowsOf(days: number, perDay: number, shiftOn: ShiftOn = () => 0, seed = 2): ScoredRow[] {
  const random = seededRandom(seed);
  return Array.from({ length: days * perDay }, (_, offset) => {
    const day = Math.floor(offset / perDay);
    const features = drawFeatures(random, shiftOn(day));
    const eventAtMs = START_MS + Math.floor((offset * DAY_MS) / perDay);
    return aRow({ offset, transactionId: `t${offset}`, eventAtMs, features, probability: scoreOf(features) });
  });
}

export function aLabel(row: ScoredRow, overrides: Partial<LabelRow> = {}): LabelRow {
  const { offset, transactionId, eventAtMs } = row;
  const labelledAtMs = eventAtMs + DAY_MS;
  return { offset, transactionId, isFraud: true, eventAtMs, labelledAtMs, sourceRank: 0, ...overrides };
}

export function byPartition(rows: readonly ScoredRow[], partitions: number): ScoredRow[][] {
  return Array.from({ length: partitions }, (_, partition) =>
    rows.filter((_row, i) => i % partitions === partition).map((row, offset) => ({ ...row, offset })),
  );
}
