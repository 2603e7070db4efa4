import { isFeatureName, COMPUTED_FEATURE_NAMES } from '@fraudflow/features';
import { vectorOf } from '../scoring/vector.js';
import { invalidField } from './transaction-in-hand.js';

/**
 * A whole vector from a caller's named values; a name left out, null and NaN count as missing.
 * @param field how the caller spells the map
 * @throws AppError invalid_input FIELD_INVALID for no values at all, a name that does not exist, or an infinite value.
 */
export function vectorFromNamed(values: Readonly<Record<string, number | null>>, field: string): Float64Array {
  const entries = Object.entries(values);
  if (entries.length === 0) throw invalidField(field, `must name at least one of ${COMPUTED_FEATURE_NAMES.join(', ')}`);
  for (const [name, value] of entries) {
    if (!isFeatureName(name)) throw invalidField(`${field}.${name}`, 'is no computed feature');
    if (value === Infinity || value === -Infinity) throw invalidField(`${field}.${name}`, 'must be a finite number');
  }
  return vectorOf(COMPUTED_FEATURE_NAMES, values);
}
