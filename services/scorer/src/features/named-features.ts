import { isFeatureName, COMPUTED_FEATURE_NAMES } from '@fraudflow/features';
import { vectorOf } from './vector.js';
import { invalidField } from './request-transaction.js';

const MAX_FLOAT32 = 3.4028234663852886e38;

/**
 * Builds a full vector from named values. An omitted name, null and NaN count as missing.
 * @param field name of the map in the caller's spelling
 * @throws AppError invalid_input FIELD_INVALID if there are no values, a name is unknown, or a value exceeds the range
 * of float32 (± 3.4e38), the number format of the models.
 */
export function vectorFromNamed(values: Readonly<Record<string, number | null>>, field: string): Float64Array {
  const entries = Object.entries(values);
  if (entries.length === 0) throw invalidField(field, `must name at least one of ${COMPUTED_FEATURE_NAMES.join(', ')}`);
  for (const [name, value] of entries) {
    if (!isFeatureName(name)) throw invalidField(`${field}.${name}`, 'is not a computed feature');
    if (value !== null && Math.abs(value) > MAX_FLOAT32) {
      throw invalidField(`${field}.${name}`, `must be a number from -${MAX_FLOAT32} to ${MAX_FLOAT32}`);
    }
  }
  return vectorOf(COMPUTED_FEATURE_NAMES, values);
}
