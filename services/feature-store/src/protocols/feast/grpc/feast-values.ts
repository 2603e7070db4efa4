import type { feastTypes } from '@fraudflow/contracts';

/**
 * Converts a Feast value to a plain value: int64 and timestamps (seconds) to bigint, null and unset to null. Lists,
 * maps and bytes are unchanged; no type of ours accepts them, so they are refused where they are used.
 */
export function plainValue(value: feastTypes.Value): unknown {
  const { val } = value;
  if (val === undefined || val.$case === 'nullVal') return null;
  if (val.$case === 'int64Val' || val.$case === 'unixTimestampVal') return BigInt(val.value);
  return val.value;
}

/** Converts columns of values to plain columns by name, because a protobuf map has no order. */
export function plainColumns(columns: {
  readonly [name: string]: feastTypes.RepeatedValue;
}): Readonly<Record<string, unknown>> {
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(columns).sort()) plain[name] = columns[name]?.val.map(plainValue) ?? [];
  return plain;
}
