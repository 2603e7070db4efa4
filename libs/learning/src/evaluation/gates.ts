import { invalidInput } from '@fraudflow/core';
import type { Evaluation } from './evaluate-scores.js';

/** Figures for which a gate may set a minimum. */
const GATED_METRICS = [
  'averagePrecision',
  'aucRoc',
  'cardPrecision',
  'precision',
  'recall',
  'f1',
  'accuracy',
  'rows',
  'frauds',
] as const;
/** Name of a figure for which a gate may set a minimum. */
export type GatedMetric = (typeof GATED_METRICS)[number];

/** Conditions of promotion. An absent bound is not checked. */
export interface Gates {
  /** Lowest value allowed, inclusive. */
  readonly minimum: Partial<Readonly<Record<GatedMetric, number>>>;
  /**
   * How far the challenger's average precision may be below the champion's on the same rows; default 0: it must be at
   * least as good. Negative: it must be better by that much.
   */
  readonly championTolerance?: number;
}

/** Outcome of one gate. */
export interface GateResult {
  /** `minimum_<metric>`, `beats_champion` or the caller's own. */
  readonly gate: string;
  readonly value: number;
  readonly bound: number;
  readonly passed: boolean;
  /** One sentence with the numbers, for the run log and the operator. */
  readonly message: string;
}

/** Outcome of all gates. */
export interface GateReport {
  readonly passed: boolean;
  readonly results: readonly GateResult[];
}

/**
 * Checks a challenger's figures. Passed means all gates passed; with no gate configured only the champion counts.
 * A figure that is NaN (no fraud among the rows) fails its gate.
 * @param champion figures of the active model on the same rows; absent if there is none
 * @returns one result per configured gate, in the order of the metrics, the champion's last.
 * @throws AppError invalid_input if champion and challenger were measured on different rows.
 */
export function applyGates(metrics: Evaluation, gates: Gates, champion?: Evaluation): GateReport {
  const results = GATED_METRICS.flatMap((metric) => {
    const bound = gates.minimum[metric];
    return bound === undefined ? [] : [minimumGate(metric, metrics[metric], bound)];
  });
  if (champion) results.push(championGate(metrics, champion, gates.championTolerance ?? 0));
  return { passed: results.every((result) => result.passed), results };
}

function minimumGate(metric: GatedMetric, value: number, bound: number): GateResult {
  const passed = value >= bound;
  const message = `${metric} ${figure(value)} is ${passed ? 'at least' : 'below'} the minimum of ${figure(bound)}`;
  return { gate: `minimum_${snakeCase(metric)}`, value, bound, passed, message };
}

/**
 * Checks that the average precision of a challenger is at least that of the active model, less the tolerance.
 * @param tolerance largest allowed deficit, 0..1; negative values require an improvement.
 * @returns the result of the gate `beats_champion`.
 * @throws AppError invalid_input if the two were measured on different rows.
 */
export function championGate(metrics: Evaluation, champion: Evaluation, tolerance: number): GateResult {
  if (champion.rows !== metrics.rows || champion.frauds !== metrics.frauds) {
    throw invalidInput(
      `champion and challenger were measured on different rows: ${champion.rows} with ${champion.frauds} frauds against ` +
        `${metrics.rows} with ${metrics.frauds}`,
    );
  }
  const value = metrics.averagePrecision;
  const bound = champion.averagePrecision - tolerance;
  const passed = value >= bound;
  const message =
    `averagePrecision ${figure(value)} is ${passed ? 'at least' : 'below'} the champion's ` +
    `${figure(champion.averagePrecision)} minus the tolerance ${figure(tolerance)}`;
  return { gate: 'beats_champion', value, bound, passed, message };
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
