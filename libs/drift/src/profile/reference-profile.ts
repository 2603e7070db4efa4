import { invalidInput } from '@fraudflow/core';
import { type ReferenceColumn, referenceColumn } from './reference-column.js';

/** Training rows in columns; all arrays have the same length. */
export interface ReferenceRows {
  readonly model: string;
  readonly version: string;
  readonly featureNames: readonly string[];
  /** One array per feature, in the order of the names; NaN means missing. */
  readonly features: readonly ArrayLike<number>[];
  /** The model's probability for each row, on rows it was not trained on if possible. */
  readonly scores: ArrayLike<number>;
  /** Offline metrics of the model by name, kept for comparison with live performance. */
  readonly baseline?: Readonly<Record<string, number>>;
}

/** Size options of a profile. */
export interface ProfileOptions {
  /**
   * K, 2..200: bins at the quantiles j/K; frequent values get separate bins, so a column has at most 2·K. Default 10.
   */
  readonly bins?: number;
  /** Maximum number of values per column kept for the exact KS test, 10..10000. Default 2000. */
  readonly sampleSize?: number;
}

/** The fields of a {@link ReferenceProfile}. */
export type ReferenceProfileParts = Pick<
  ReferenceProfile,
  'model' | 'version' | 'rows' | 'features' | 'score' | 'baseline'
>;

/**
 * The frozen reference of one model version: the distributions of its features and scores at training.
 *
 * Contains bins, counts, moments and a sorted sample of bounded size, no training rows; at most about 40 kB per column
 * as JSON.
 */
export class ReferenceProfile {
  readonly model: string;
  readonly version: string;
  /** Training rows. */
  readonly rows: number;
  readonly features: readonly ReferenceColumn[];
  readonly score: ReferenceColumn;
  readonly baseline: Readonly<Record<string, number>>;

  constructor(parts: ReferenceProfileParts) {
    this.model = parts.model;
    this.version = parts.version;
    this.rows = parts.rows;
    this.features = parts.features;
    this.score = parts.score;
    this.baseline = parts.baseline;
  }

  /** Features in order, then the score: the layout of a window's columns. */
  get columns(): readonly ReferenceColumn[] {
    return [...this.features, this.score];
  }

  /**
   * Builds the profile of training rows. O(columns · rows · log rows).
   *
   * @throws AppError invalid_input for no rows, unequal lengths, repeated names, or sizes out of range.
   */
  static build(rows: ReferenceRows, options: ProfileOptions = {}): ReferenceProfile {
    const sizes = { bins: options.bins ?? 10, sampleSize: options.sampleSize ?? 2000 };
    checkRows(rows);
    checkSize('bins', sizes.bins, 2, 200);
    checkSize('sampleSize', sizes.sampleSize, 10, 10_000);
    const features = rows.featureNames.map((name, i) => referenceColumn(name, rows.features[i] ?? [], sizes));
    const score = referenceColumn('score', rows.scores, sizes);
    const { model, version, baseline = {} } = rows;
    return new ReferenceProfile({ model, version, rows: rows.scores.length, features, score, baseline });
  }
}

function checkRows({ featureNames, features, scores }: ReferenceRows): void {
  if (scores.length === 0) throw invalidInput('a reference profile needs at least one row', { field: 'scores' });
  if (featureNames.length !== features.length) {
    throw invalidInput(`${featureNames.length} feature names do not match ${features.length} columns`);
  }
  if (new Set(featureNames).size !== featureNames.length) throw invalidInput('feature names must not repeat');
  features.forEach((column, i) => {
    if (column.length !== scores.length) {
      throw invalidInput(`feature ${featureNames[i]} has ${column.length} rows, the scores ${scores.length}`);
    }
  });
}

function checkSize(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidInput(`${field} must be a whole number from ${min} to ${max}, not ${value}`, { field });
  }
}
