import type { FeatureDtype } from '@fraudflow/features';
import { Table, Utf8, type Vector, vectorFromArray } from 'apache-arrow';
import { EVENT_TIMESTAMP } from '../../registry/data-sources.js';
import type { ArrowResponse } from './arrow-response.js';
import { flightMistake } from '../wire/flight-errors.js';
import { viewOfSource } from './pull-response.js';

/** Names of column types in pyarrow. */
const ARROW_NAMES: Readonly<Record<FeatureDtype, string>> = {
  double: 'double',
  int64: 'int64',
  string: 'string',
  bool: 'bool',
  unix_timestamp: 'timestamp[ns, tz=UTC]',
};

/** The name of a data source in the JSON of its proto. @throws AppError invalid_input, a Flight error */
export function sourceName(dataSourceProto: string): string {
  try {
    const parsed = JSON.parse(dataSourceProto) as unknown;
    if (typeof parsed === 'object' && parsed !== null && 'name' in parsed && typeof parsed.name === 'string') {
      return parsed.name;
    }
  } catch (thrown) {
    throw flightMistake(`data_source_proto is not JSON: ${String(thrown)}`, 'data_source_proto');
  }
  throw flightMistake('data_source_proto has no name', 'data_source_proto');
}

/** The columns of a source with their types: a data frame written to it must have them. */
export function sourceColumnsResponse(dataSourceProto: string): ArrowResponse {
  const view = viewOfSource(sourceName(dataSourceProto));
  const columns = [
    ...view.entities.map((name) => [name, ARROW_NAMES.string] as const),
    ...view.features.map(({ name, dtype }) => [name, ARROW_NAMES[dtype]] as const),
    [EVENT_TIMESTAMP, ARROW_NAMES.unix_timestamp] as const,
  ];
  const table = new Table({ name: texts(columns, 0), type: texts(columns, 1) });
  return { schema: table.schema, batches: table.batches };
}

function texts(columns: readonly (readonly [string, string])[], index: 0 | 1): Vector<Utf8> {
  return vectorFromArray(
    columns.map((column) => column[index]),
    new Utf8(),
  );
}
