/**
 * A double as MLflow's protobuf JSON spells it. JSON has no NaN: written as null, the client would read it as 0.
 * @example wireDouble(NaN) // 'NaN'
 */
export function wireDouble(value: number): number | string {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}
