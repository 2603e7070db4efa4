import type { feastTypes } from '@fraudflow/contracts';

/**
 * A Feast value as the plain value it stands for: int64 and timestamps (seconds) as bigint, null and unset as null.
 * Lists, maps and bytes come as they are; none of our types takes them, so they are refused where they are used.
 */
export function plainValue(value: feastTypes.Value): unknown {
  const { val } = value;
  if (val === undefined || val.$case === 'nullVal') return null;
  if (val.$case === 'int64Val' || val.$case === 'unixTimestampVal') return BigInt(val.value);
  return val.value;
}

/** Columns of values as plain columns, by name: a protobuf map has no order of its own. */
export function plainColumns(columns: {
  readonly [name: string]: feastTypes.RepeatedValue;
}): Readonly<Record<string, unknown>> {
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(columns).sort()) plain[name] = columns[name]?.val.map(plainValue) ?? [];
  return plain;
}
