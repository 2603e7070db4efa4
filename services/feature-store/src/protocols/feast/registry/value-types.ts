import { feastTypes } from '@fraudflow/contracts';
import type { FeatureDtype } from '@fraudflow/features';

const { ValueType_Enum: ValueType } = feastTypes;

interface FeastDtype {
  readonly valueType: feastTypes.ValueType_Enum;
  /** Name of the type in Feast's Python SDK. */
  readonly pythonName: string;
}

const FEAST_DTYPES: Readonly<Record<FeatureDtype, FeastDtype>> = {
  double: { valueType: ValueType.DOUBLE, pythonName: 'Float64' },
  int64: { valueType: ValueType.INT64, pythonName: 'Int64' },
  string: { valueType: ValueType.STRING, pythonName: 'String' },
  bool: { valueType: ValueType.BOOL, pythonName: 'Bool' },
  unix_timestamp: { valueType: ValueType.UNIX_TIMESTAMP, pythonName: 'UnixTimestamp' },
};

/** Feast's number of a value type. */
export function valueTypeOf(dtype: FeatureDtype): feastTypes.ValueType_Enum {
  return FEAST_DTYPES[dtype].valueType;
}

/** Feast's Python name of a value type, e.g. `Float64`. */
export function pythonTypeOf(dtype: FeatureDtype): string {
  return FEAST_DTYPES[dtype].pythonName;
}
