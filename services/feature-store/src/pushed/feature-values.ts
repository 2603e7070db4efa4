import type { FeatureDtype } from '@fraudflow/features';
import { parseInstant } from '../values/instant.js';
import type { FeatureValue } from './pushed-row.js';
import { isStorableText, toNumber } from '../values/request-values.js';

const WHOLE = /^[+-]?\d{1,19}$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Converts a value from JSON, or from a text map over gRPC, to its declared type. Numbers may be text; NaN and null are
 * missing values.
 * @returns undefined if the value does not have that type
 */
export function toFeatureValue(dtype: FeatureDtype, raw: unknown): FeatureValue | undefined {
  if (raw === null || raw === undefined || (typeof raw === 'number' && Number.isNaN(raw))) return null;
  switch (dtype) {
    case 'double':
      return toNumber(raw);
    case 'int64':
      return toInt64(raw);
    case 'string':
      return typeof raw === 'string' && isStorableText(raw) ? raw : undefined;
    case 'bool':
      return toBool(raw);
    case 'unix_timestamp':
      return toUnixSeconds(raw);
  }
}

function toInt64(raw: unknown): bigint | undefined {
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? BigInt(raw) : undefined;
  const value = typeof raw === 'string' && WHOLE.test(raw) ? BigInt(raw) : raw;
  return typeof value === 'bigint' && value >= MIN_INT64 && value <= MAX_INT64 ? value : undefined;
}

function toBool(raw: unknown): boolean | undefined {
  if (typeof raw === 'boolean') return raw;
  if (typeof raw !== 'string') return undefined;
  const text = raw.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Seconds since the epoch, truncated to whole seconds as the type requires. */
function toUnixSeconds(raw: unknown): bigint | undefined {
  const instant = parseInstant(raw);
  return instant === undefined ? undefined : BigInt(instant.seconds);
}
