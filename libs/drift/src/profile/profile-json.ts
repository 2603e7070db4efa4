import { invalidInput } from '@fraudflow/core';
import { inModelPrecision, type ReferenceColumn } from './reference-column.js';
import { ReferenceProfile } from './reference-profile.js';

/** Format of a stored profile; a reader refuses any other. */
export const PROFILE_FORMAT = 'fraudflow.reference-profile/1';

/** Stored form of a column: numbers as plain JSON. */
export type ReferenceColumnJson = Omit<ReferenceColumn, 'sample'> & { readonly sample: readonly number[] };

/** Stored form of a profile. */
export interface ReferenceProfileJson {
  readonly format: typeof PROFILE_FORMAT;
  readonly model: string;
  readonly version: string;
  readonly rows: number;
  readonly features: readonly ReferenceColumnJson[];
  readonly score: ReferenceColumnJson;
  readonly baseline: Readonly<Record<string, number>>;
}

/** The profile as plain JSON; equal profiles give equal text. */
export function profileToJson(profile: ReferenceProfile): ReferenceProfileJson {
  const column = (of: ReferenceColumn): ReferenceColumnJson => ({ ...of, sample: Array.from(of.sample) });
  return {
    format: PROFILE_FORMAT,
    model: profile.model,
    version: profile.version,
    rows: profile.rows,
    features: profile.features.map(column),
    score: column(profile.score),
    baseline: profile.baseline,
  };
}

/**
 * Reads a stored profile back. Bounds and samples are rounded to 32-bit floats (see {@link inModelPrecision}).
 *
 * @throws AppError invalid_input that names the first field found wrong: another format, a missing or mistyped field,
 * no rows, cut points out of order, counts that do not add up, feature names that repeat.
 */
export function profileFromJson(json: unknown): ReferenceProfile {
  const root = record(json, 'profile');
  if (root['format'] !== PROFILE_FORMAT) throw wrong('format', `must be ${PROFILE_FORMAT}`);
  const rows = count(root['rows'], 'rows');
  if (rows === 0) throw wrong('rows', 'must be at least 1: a reference without rows can judge nothing');
  const features = list(root['features'], 'features').map((item, i) => column(item, `features[${i}]`, rows));
  if (new Set(features.map(({ name }) => name)).size !== features.length)
    throw wrong('features', 'have repeated names');
  const baseline = record(root['baseline'], 'baseline');
  const numbers = Object.entries(baseline).map(([name, value]) => [name, finite(value, `baseline.${name}`)] as const);
  return new ReferenceProfile({
    model: text(root['model'], 'model'),
    version: text(root['version'], 'version'),
    rows,
    features,
    score: column(root['score'], 'score', rows),
    baseline: Object.fromEntries(numbers),
  });
}

function column(json: unknown, path: string, rows: number): ReferenceColumn {
  const root = record(json, path);
  const bins = record(root['bins'], `${path}.bins`);
  const cuts = numbers(bins['cuts'], `${path}.bins.cuts`);
  const counts = list(bins['counts'], `${path}.bins.counts`).map((item) => count(item, `${path}.bins.counts`));
  const sample = numbers(root['sample'], `${path}.sample`);
  const present = count(root['present'], `${path}.present`);
  const missing = count(root['missing'], `${path}.missing`);
  if (!isAscending(cuts, true)) throw wrong(`${path}.bins.cuts`, 'must rise strictly');
  if (!isAscending(sample, false)) throw wrong(`${path}.sample`, 'must be ascending');
  if (counts.length !== cuts.length + 1) throw wrong(`${path}.bins.counts`, 'must be one longer than the cuts');
  if (counts.reduce((sum, value) => sum + value, 0) !== present)
    throw wrong(`${path}.bins.counts`, 'must add up to present');
  if (present + missing !== rows) throw wrong(path, 'present and missing must add up to rows');
  const moment = (name: 'mean' | 'std' | 'min' | 'max'): number => finite(root[name], `${path}.${name}`);
  return inModelPrecision({
    name: text(root['name'], `${path}.name`),
    bins: { cuts, counts },
    present,
    missing,
    mean: moment('mean'),
    std: moment('std'),
    min: moment('min'),
    max: moment('max'),
    sample: Float64Array.from(sample),
  });
}

const wrong = (field: string, problem: string): Error =>
  invalidInput(`reference profile: ${field} ${problem}`, { code: 'PROFILE_INVALID', field });

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'must be an object');
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, 'must be a list');
  return value;
}

function numbers(value: unknown, path: string): number[] {
  return list(value, path).map((item) => finite(item, path));
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw wrong(path, 'must be a non-empty text');
  return value;
}

function finite(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(path, 'must be a finite number');
  return value;
}

function count(value: unknown, path: string): number {
  const number = finite(value, path);
  if (!Number.isInteger(number) || number < 0) throw wrong(path, 'must be a whole number of at least 0');
  return number;
}

function isAscending(values: readonly number[], isStrict: boolean): boolean {
  return values.every((value, i) => {
    const previous = values[i - 1];
    return previous === undefined || (isStrict ? previous < value : previous <= value);
  });
}
