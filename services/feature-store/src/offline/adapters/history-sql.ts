import pg from 'pg';
import type { EventRange, HistoryOrder, ServedRange, TimeRange, TrainingRange } from '../history/history.port.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

/** Range of years with four digits, which Postgres reads in ISO format; stored events are within it. */
const EARLIEST_MS = Date.UTC(1000, 0);
const LATEST_MS = Date.UTC(9999, 0);

/**
 * An instant as a SQL literal, because COPY takes no parameters.
 * @param ms clamped to the years 1000 to 9999
 */
export function instantLiteral(ms: number): string {
  const clamped = Math.min(LATEST_MS, Math.max(EARLIEST_MS, Number.isNaN(ms) ? 0 : ms));
  return `'${new Date(clamped).toISOString()}'::timestamptz`;
}

const within = (range: TimeRange, column = 'occurred_at'): string =>
  `${column} >= ${instantLiteral(range.fromMs)} AND ${column} < ${instantLiteral(range.toMs)}`;

/**
 * Labels in force as of a time: the most trusted source wins, then the newest label, then fraud. The stream uses the
 * same rule (`precedes`).
 */
export function labelsInForceSql(range: TimeRange, asOfMs: number): string {
  return `SELECT DISTINCT ON (transaction_id) transaction_id, is_fraud, labelled_at FROM ${S}.labels
    WHERE ${within(range)} AND labelled_at <= ${instantLiteral(asOfMs)}
    ORDER BY transaction_id, source_rank, labelled_at DESC, is_fraud DESC`;
}

const SERVED =
  'occurred_at, amount_minor, is_late, log_offset, log_partition, layout, currency, transaction_id, customer_id, terminal_id, features';
const IN_TIME = 'AND NOT is_late';

/** Stored rows with the values that a backfill has computed for them. @param table table of the backfill's values */
function rowsSql(table: string | undefined): string {
  if (table === undefined) return `SELECT ${SERVED}, NULL::float8[] AS filled FROM ${S}.feature_rows`;
  return `SELECT ${SERVED}, filled FROM ${S}.feature_rows LEFT JOIN (
      SELECT log_partition AS filled_partition, log_offset AS filled_offset, features AS filled FROM ${S}.${table}) AS computed
    ON filled_partition = log_partition AND filled_offset = log_offset`;
}

export function trainingRowsSql(range: TrainingRange, table?: string): string {
  const late = range.includeLate === true ? '' : IN_TIME;
  return `${rowsSql(table)} WHERE ${within(range)} ${late} ORDER BY occurred_at, transaction_id, log_partition, log_offset`;
}

export function servedRowsSql(range: ServedRange, ids: readonly string[] | undefined, table?: string): string {
  const all = `${rowsSql(table)} WHERE ${within(range)} ${range.includeLate === false ? IN_TIME : ''}`;
  // Sorts only rows looked up by id, because these are few.
  return ids === undefined
    ? all
    : `${all} AND transaction_id = ${anyOf(ids)} ORDER BY is_late, log_partition, log_offset`;
}

export const COUNT_LABELS_SQL = `SELECT count(*) AS count FROM ${S}.labels`;

export function countRowsSql(range: ServedRange): string {
  const late = range.includeLate === false ? IN_TIME : '';
  return `SELECT count(*) AS count FROM ${S}.feature_rows WHERE ${within(range)} ${late}`;
}

/**
 * Selects whether a row of the range has one of these layouts and no backfilled values.
 * @param table table of the backfill's values
 */
export function lacksLayoutsSql(range: TimeRange, layouts: readonly number[], table?: string): string {
  const unfilled =
    table === undefined
      ? ''
      : `AND NOT EXISTS (SELECT FROM ${S}.${table} AS filled
           WHERE filled.log_partition = stored.log_partition AND filled.log_offset = stored.log_offset)`;
  return `SELECT EXISTS (SELECT FROM ${S}.feature_rows AS stored
    WHERE ${within(range)} AND layout IN (${layouts.join(',')}) ${unfilled}) AS lacks`;
}

const TRANSACTION =
  'occurred_at, amount_minor, base_amount_minor, is_late, log_offset, log_partition, currency, transaction_id, customer_id, terminal_id';

/**
 * Bits of an offset and of a time in ms; the partition is stored in the bits above. `YEAR_855` is added to times to
 * make them positive.
 */
const OFFSET_BITS = 44;
const TIME_BITS = 49;
const YEAR_855 = 2 ** 45;
const TIME_MASK = `((1::int8 << ${TIME_BITS}) - 1)`;

/**
 * Transactions of a range in an order in which they can be applied (`order_ms`). Transactions of one instant are in the
 * order of their terminals' logs.
 * @param servedBefore expression that orders a customer's transactions of one instant, see `servedBeforeSql`
 */
export function transactionsSql(range: EventRange, order: HistoryOrder, servedBefore: string): string {
  const rows = `${S}.feature_rows WHERE ${within(range)} ${ofEntities(range)}`;
  const ownMs = `(date_part('epoch', occurred_at) * 1000)::int8`;
  const customerOrder = `coalesce(origin_offset::float8, ${servedBefore}) AS customer_order`;
  if (order === 'event_time') {
    return `SELECT ${ownMs} AS order_ms, ${customerOrder}, ${TRANSACTION} FROM ${rows} ${IN_TIME}
      ORDER BY occurred_at, log_partition, log_offset`;
  }
  // OFFSET 0 keeps the innermost SELECT separate, so that the sort does not carry the feature arrays.
  const narrow = `SELECT ${TRANSACTION}, ${customerOrder}, ${ownMs} + ${YEAR_855} AS own, ${placeSql('origin')}, ${placeSql('log')}
    FROM ${rows} OFFSET 0`;
  // An event dated one day ahead gives all later rows of its logs the same order time for a day. Within it, rows are
  // sorted by their event time, so that rows that depend on each other are close together.
  return `SELECT twice - ${YEAR_855} AS order_ms, customer_order, ${TRANSACTION}
    FROM (${arrivedSql(arrivedSql(narrow, 'own', 'once'), 'once', 'twice')}) AS placed ORDER BY twice, own, log_place`;
}

/**
 * The position in a log as one number, because sorting by one column is faster than by two, and the partition shifted
 * above the time bits.
 */
function placeSql(log: 'origin' | 'log'): string {
  const partition = `${log}_partition::int8`;
  return `(${partition} << ${OFFSET_BITS}) + ${log}_offset AS ${log}_place, ${partition} << ${TIME_BITS} AS ${log}_base`;
}

/**
 * Adds a row's arrival time: the newest event time reached in the logs of its customer and of its terminal. The first
 * application gives each log its own running maximum. The second application propagates it between logs, so that a
 * lagging log takes the time of the logs that its rows were sent to; this gives one order for all rows. Rows without a
 * known origin keep their event time, because the terminal's log alone does not preserve the order of their customer's
 * transactions.
 */
function arrivedSql(rows: string, time: string, as: string): string {
  const columns = `${TRANSACTION}, customer_order, own, origin_place, origin_base, log_place, log_base`;
  return `SELECT ${columns}, CASE WHEN origin_place IS NULL THEN own
      ELSE greatest(${newestSql('origin', time)}, ${newestSql('log', time)}) END AS ${as}
    FROM (${rows}) AS known`;
}

/**
 * Running maximum of the time per partition. The partition is stored above the time bits, so one window serves all
 * partitions.
 */
function newestSql(log: 'origin' | 'log', time: string): string {
  return `max(${log}_base + ${time}) OVER (ORDER BY ${log}_place ROWS UNBOUNDED PRECEDING) & ${TIME_MASK}`;
}

export function labelsSql(range: EventRange): string {
  const { entities } = range;
  const asked = entities === undefined ? '' : `AND terminal_id = ${anyOf(entities.terminalIds)}`;
  return `SELECT occurred_at, labelled_at, log_offset, log_partition, source_rank, is_fraud, transaction_id, customer_id, terminal_id
    FROM ${S}.labels WHERE ${within(range)} ${asked} ORDER BY occurred_at, log_partition, log_offset`;
}

/**
 * The customer's transaction count including the current one; it increases with each of the customer's transactions of
 * one instant.
 */
const RUNNING_COUNT = 'customer_id_nb_tx_30day_window';

/**
 * An expression that orders a customer's transactions of one instant in stream order, for rows without a known position
 * in the log.
 */
export function servedBeforeSql(layouts: ReadonlyMap<number, readonly string[]>): string {
  const slots = [...layouts].map(([layout, names]) => [layout, names.indexOf(RUNNING_COUNT) + 1] as const);
  const known = slots.filter(([, slot]) => slot > 0);
  if (known.length === 0) return '0';
  const [first] = known;
  if (first !== undefined && known.length === slots.length && known.every(([, slot]) => slot === first[1])) {
    return `coalesce(features[${first[1]}], 0)`;
  }
  return `CASE layout ${known.map(([layout, slot]) => `WHEN ${layout} THEN features[${slot}]`).join(' ')} ELSE 0 END`;
}

function ofEntities({ entities, ...range }: EventRange): string {
  if (entities === undefined) return '';
  const terminals = `terminal_id = ${anyOf(entities.terminalIds)}`;
  const asked = `customer_id = ${anyOf(entities.customerIds)} OR ${terminals}`;
  if (!entities.withTheirCustomers || entities.terminalIds.length === 0) return `AND (${asked})`;
  const theirs = `SELECT customer_id FROM ${S}.feature_rows WHERE ${within(range)} AND ${terminals}`;
  return `AND (${asked} OR customer_id IN (${theirs}))`;
}

function anyOf(ids: readonly string[]): string {
  return `ANY(ARRAY[${ids.map(literal).join(',')}]::text[])`;
}

function literal(text: string): string {
  return pg.escapeLiteral(text);
}
