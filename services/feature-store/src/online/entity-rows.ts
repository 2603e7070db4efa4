import { type EntityName, FEATURE_REPOSITORY } from '@fraudflow/features';
import { invalidRequest, entityColumnsMissing, requestDataMissing } from '../values/request-errors.js';
import type { Resolution } from './feature-resolver.js';
import { toAmountMinor, toEntityId, toEventTimeMs, toTransactionId, type CellPlace } from '../values/request-values.js';

/** Unchecked columns of a request by name: join keys and request data, one value per row. */
export type RequestColumns = Readonly<Record<string, unknown>>;

export interface EntityColumn {
  readonly name: EntityName;
  /** null = no entity in this row. */
  readonly ids: readonly (string | null)[];
}

/** The rows of a request as checked and typed columns. */
export interface EntityRows {
  readonly rowCount: number;
  /** In the order of the request. */
  readonly entities: readonly EntityColumn[];
  /** Event time of each row in ms, 0 = none; absent if not sent. */
  readonly atMs: Float64Array | undefined;
  /** Amount of the request transaction in whole minor units, NaN = none; absent if not sent. */
  readonly amountMinor: Float64Array | undefined;
  /** Empty = none; absent if not sent. */
  readonly transactionIds: readonly string[] | undefined;
}

/** Names under which the request transaction is sent. */
export const REQUEST_DATA = { amount: 'amount', occurredAt: 'occurred_at', transactionId: 'transaction_id' } as const;

const ENTITY_NAMES: ReadonlySet<string> = new Set(FEATURE_REPOSITORY.entities.map(({ name }) => name));

/**
 * Checks the columns of a request against the needs of its selection. Unknown columns are ignored.
 * @throws AppError invalid_input REQUEST_INVALID for unequal lengths, no rows, too many rows and wrong types, and
 * ENTITY_COLUMNS_MISSING; not_found REQUEST_DATA_MISSING
 */
export function readEntityRows(columns: RequestColumns, resolution: Resolution, maxRows: number): EntityRows {
  const rowCount = countRows(columns, maxRows);
  const missing = resolution.joinKeys.filter((key) => columns[key] === undefined);
  if (missing.length > 0) throw entityColumnsMissing(resolution.joinKeys, missing);
  const { amount, occurredAt, transactionId } = REQUEST_DATA;
  if (resolution.needsTransaction) {
    const absent = [amount, occurredAt].filter((name) => columns[name] === undefined);
    if (absent.length > 0) throw requestDataMissing(absent);
  }
  return {
    rowCount,
    entities: readEntities(columns),
    atMs: readNumbers(columns, occurredAt, toEventTimeMs),
    amountMinor: readNumbers(columns, amount, toAmountMinor),
    transactionIds: listOf(columns, transactionId)?.map((raw, row) =>
      toTransactionId(raw, { column: transactionId, row }),
    ),
  };
}

function countRows(columns: RequestColumns, maxRows: number): number {
  let rowCount = -1;
  for (const name in columns) {
    const values = columns[name];
    if (!Array.isArray(values)) throw invalidRequest(['entities', name], 'must be a list of values, one per row');
    if (rowCount >= 0 && values.length !== rowCount) {
      throw invalidRequest(['entities', name], 'All entity rows must have the same columns');
    }
    rowCount = values.length;
  }
  if (rowCount <= 0) throw invalidRequest(['entities'], 'must hold at least one row');
  if (rowCount > maxRows) throw invalidRequest(['entities'], `at most ${maxRows} rows per request, not ${rowCount}`);
  return rowCount;
}

function readEntities(columns: RequestColumns): readonly EntityColumn[] {
  const entities: EntityColumn[] = [];
  for (const name in columns) {
    if (!ENTITY_NAMES.has(name)) continue;
    const ids = (listOf(columns, name) ?? []).map((raw, row) => toEntityId(raw, { column: name, row }));
    entities.push({ name: name as EntityName, ids });
  }
  return entities;
}

function readNumbers(
  columns: RequestColumns,
  column: string,
  read: (raw: unknown, place: CellPlace) => number,
): Float64Array | undefined {
  const values = listOf(columns, column);
  if (values === undefined) return undefined;
  const numbers = new Float64Array(values.length);
  const place = { column, row: 0 };
  for (; place.row < values.length; place.row++) numbers[place.row] = read(values[place.row], place);
  return numbers;
}

function listOf(columns: RequestColumns, name: string): readonly unknown[] | undefined {
  const values = columns[name];
  return Array.isArray(values) ? values : undefined;
}
