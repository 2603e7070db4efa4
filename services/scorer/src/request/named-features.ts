import { isFeatureName, COMPUTED_FEATURE_NAMES } from '@fraudflow/features';
import { vectorOf } from '../scoring/vector.js';
import { invalidField } from './transaction-in-hand.js';

const MAX_FLOAT32 = 3.4028234663852886e38;

/**
 * A whole vector from a caller's named values; a name left out, null and NaN count as missing.
 * @param field how the caller spells the map
 * @throws AppError invalid_input FIELD_INVALID for no values at all, a name that does not exist, or a value beyond float32 (± 3.4e38), which models compute in.
 */
export function vectorFromNamed(values: Readonly<Record<string, number | null>>, field: string): Float64Array {
  const entries = Object.entries(values);
  if (entries.length === 0) throw invalidField(field, `must name at least one of ${COMPUTED_FEATURE_NAMES.join(', ')}`);
  for (const [name, value] of entries) {
    if (!isFeatureName(name)) throw invalidField(`${field}.${name}`, 'is no computed feature');
    if (value !== null && Math.abs(value) > MAX_FLOAT32) {
      throw invalidField(`${field}.${name}`, `must lie between -${MAX_FLOAT32} and ${MAX_FLOAT32}`);
    }
  }
  return vectorOf(COMPUTED_FEATURE_NAMES, values);
}
