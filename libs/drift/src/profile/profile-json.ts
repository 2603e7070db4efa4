import { invalidInput } from '@fraudflow/core';
import { inModelPrecision, type ReferenceColumn } from './reference-column.js';
import { ReferenceProfile } from './reference-profile.js';

/** Format of a stored profile; any other format is refused. */
const PROFILE_FORMAT = 'fraudflow.reference-profile/1';

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

/**
 * Converts a profile to plain JSON. Equal profiles give equal text.
 *
 * @returns JSON that {@link profileFromJson} parses.
 */
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
 * Parses a stored profile. Bounds and samples are rounded to 32-bit floats (see {@link inModelPrecision}).
 *
 * @param json untrusted value of `JSON.parse`.
 * @returns the profile.
 * @throws AppError invalid_input with the first invalid field: another format, a missing or mistyped field, no rows,
 * cut points that are not ascending, wrong sums of counts, repeated feature names.
 */
export function profileFromJson(json: unknown): ReferenceProfile {
  const root = record(json, 'profile');
  if (root['format'] !== PROFILE_FORMAT) throw invalidField('format', `must be ${PROFILE_FORMAT}`);
  const rows = count(root['rows'], 'rows');
  if (rows === 0) throw invalidField('rows', 'must be at least 1');
  const features = list(root['features'], 'features').map((item, i) => column(item, `features[${i}]`, rows));
  if (new Set(features.map(({ name }) => name)).size !== features.length)
    throw invalidField('features', 'have repeated names');
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
  if (!isAscending(cuts, true)) throw invalidField(`${path}.bins.cuts`, 'must be strictly ascending');
  if (!isAscending(sample, false)) throw invalidField(`${path}.sample`, 'must be ascending');
  if (counts.length !== cuts.length + 1) throw invalidField(`${path}.bins.counts`, 'must be one longer than the cuts');
  if (counts.reduce((sum, value) => sum + value, 0) !== present)
    throw invalidField(`${path}.bins.counts`, 'must add up to present');
  if (present + missing !== rows) throw invalidField(path, 'present and missing must add up to rows');
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

const invalidField = (field: string, problem: string): Error =>
  invalidInput(`reference profile: ${field} ${problem}`, { code: 'PROFILE_INVALID', field });

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidField(path, 'must be an object');
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidField(path, 'must be a list');
  return value;
}

function numbers(value: unknown, path: string): number[] {
  return list(value, path).map((item) => finite(item, path));
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw invalidField(path, 'must be a non-empty text');
  return value;
}

function finite(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidField(path, 'must be a finite number');
  return value;
}

function count(value: unknown, path: string): number {
  const number = finite(value, path);
  if (!Number.isInteger(number) || number < 0) throw invalidField(path, 'must be a whole number of at least 0');
  return number;
}

function isAscending(values: readonly number[], isStrict: boolean): boolean {
  return values.every((value, i) => {
    const previous = values[i - 1];
    return previous === undefined || (isStrict ? previous < value : previous <= value);
  });
}
