import { AppError, invalidInput } from '@fraudflow/core';
import { championGate, type Evaluation, type GateResult, readModelFile } from '@fraudflow/learning';
import { selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { Champion } from './model-store.port.js';
import type { Learner } from '../learners/learner.port.js';

export interface ComparisonRows {
  /** The challenger's test rows and its scores of them. */
  readonly test: TrainingColumns;
  readonly scores: Float32Array;
}

export interface Comparison {
  readonly learner: Pick<Learner, 'scoreFile'>;
  readonly evaluate: (rows: TrainingColumns, scores: Float32Array) => Evaluation;
  /** The same rows with these features; undefined if no feature service has all of them. */
  readonly reload: (rows: TrainingColumns, featureNames: readonly string[]) => Promise<TrainingColumns | undefined>;
  readonly tolerance: number;
}

/**
 * Compares a challenger with the active version on test rows that the active version was not trained on. Features are
 * mapped by name; missing ones are loaded with another feature service. If the active version cannot be read or run,
 * the gate passes: the scorer uses the same checks and cannot serve it either, and it must not block its own
 * replacement.
 */
export async function compareWithChampion(
  champion: Champion,
  { test, scores }: ComparisonRows,
  { learner, evaluate, reload, tolerance }: Comparison,
): Promise<GateResult> {
  if (champion.model instanceof Error) return unreadable(champion.version, champion.model);
  let unseen: Int32Array;
  let rows: TrainingColumns;
  let theirs: Float32Array;
  try {
    const { signature, trainedUntilMs } = readModelFile(champion.model, { scoringJson: champion.scoringJson });
    unseen = rowsAfter(test, trainedUntilMs);
    rows = selectRows(test, unseen);
    if (!rows.labels.includes(1)) return noCommonRows(champion.version);
    const columns = await withFeatures(rows, signature.featureNames, reload);
    theirs = await learner.scoreFile({ bytes: champion.model, signature }, columns);
    if (!theirs.every((score) => score >= 0 && score <= 1)) throw invalidInput('its scores are not probabilities');
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.kind === 'invalid_input') return unreadable(champion.version, thrown);
    throw thrown;
  }
  const ours = Float32Array.from(unseen, (row) => scores[row] ?? Number.NaN);
  return championGate(evaluate(rows, ours), evaluate(rows, theirs), tolerance);
}

async function withFeatures(
  rows: TrainingColumns,
  names: readonly string[],
  reload: Comparison['reload'],
): Promise<TrainingColumns> {
  if (names.every((name) => rows.featureNames.includes(name))) return rows;
  const reloaded = await reload(rows, names);
  if (reloaded !== undefined) return reloaded;
  throw invalidInput(`no feature service has all of the features ${names.join(', ')}`);
}

function rowsAfter({ occurredAtMs }: TrainingColumns, timeMs = Number.NEGATIVE_INFINITY): Int32Array {
  const rows: number[] = [];
  occurredAtMs.forEach((atMs, row) => {
    if (atMs >= timeMs) rows.push(row);
  });
  return Int32Array.from(rows);
}

/** Fails: only rows that the active version was trained on are left, or rows without a fraud. */
function noCommonRows(version: string): GateResult {
  return {
    gate: 'beats_champion',
    value: Number.NaN,
    bound: Number.NaN,
    passed: false,
    message: `the active version ${version} was trained on the test days, or they have no fraud after its training range: use newer data (data_until)`,
  };
}

/** Passes; see {@link compareWithChampion}. */
function unreadable(version: string, why: Error): GateResult {
  return {
    gate: 'champion_readable',
    value: 0,
    bound: 0,
    passed: true,
    message: `the active version ${version} cannot be scored, so only the minimum gates apply: ${why.message}`,
  };
}
