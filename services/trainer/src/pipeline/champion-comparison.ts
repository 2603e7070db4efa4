import { AppError, invalidInput } from '@fraudflow/core';
import { championGate, type Evaluation, type GateResult, readModelFile } from '@fraudflow/learning';
import { selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { Champion } from '../models/model-store.port.js';
import type { Learner } from './learner.port.js';

export interface ComparisonRows {
  /** The challenger's test rows and its scores of them. */
  readonly test: TrainingColumns;
  readonly scores: Float32Array;
}

export interface Comparison {
  readonly learner: Pick<Learner, 'scoreFile'>;
  readonly evaluate: (rows: TrainingColumns, scores: Float32Array) => Evaluation;
  /** The same rows with the features of another service, where the champion wants features that the rows lack; undefined if none has them. */
  readonly reload: (rows: TrainingColumns, featureNames: readonly string[]) => Promise<TrainingColumns | undefined>;
  readonly tolerance: number;
}

/**
 * Compares a challenger with the version in charge on rows that neither has learnt from. A champion on other features or in another order is
 * given its own; one that cannot be read or run by anybody is no measure, so that it does not stand in the way of its own replacement.
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
    if (!theirs.every((score) => score >= 0 && score <= 1)) throw invalidInput('its scores are no probabilities');
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
  throw invalidInput(`no feature service has all of ${names.join(', ')}`);
}

function rowsAfter({ occurredAtMs }: TrainingColumns, timeMs = Number.NEGATIVE_INFINITY): Int32Array {
  const rows: number[] = [];
  occurredAtMs.forEach((atMs, row) => {
    if (atMs >= timeMs) rows.push(row);
  });
  return Int32Array.from(rows);
}

/** Fails: the champion would be judged on rows it has learnt, or not at all. */
function noCommonRows(version: string): GateResult {
  return {
    gate: 'beats_champion',
    value: Number.NaN,
    bound: Number.NaN,
    passed: false,
    message: `version ${version} in charge has learnt from the test days, or they hold no fraud after its training: ask again with newer data (data_until)`,
  };
}

/** Passes: the scorer reads files by the same rules, so such a version serves nobody. */
function unreadable(version: string, why: Error): GateResult {
  return {
    gate: 'champion_readable',
    value: 0,
    bound: 0,
    passed: true,
    message: `version ${version} in charge cannot be scored, so the challenger is judged without it: ${why.message}`,
  };
}
