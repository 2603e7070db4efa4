import type { EntityName } from '@fraudflow/features';
import type { OnlineRow } from './online-features.js';
import type { EntityRows } from './entity-rows.js';

/** Reads of the online store for a request; each entity pair occurs once. */
export interface OnlineReadPlan {
  /**
   * Reads with equal times, at most `MAX_GROUP_ROWS` per group. Each group is one call of the online store; most
   * requests have one group.
   */
  readonly groups: readonly ReadGroup[];
  /** Per row of the request: the group and the place in the group. */
  readonly groupOf: Uint32Array;
  readonly placeOf: Uint32Array;
}

export interface ReadGroup {
  /** 0 = the row's transaction, or else the entity's newest event. */
  readonly asOfMs: number;
  readonly rows: OnlineRow[];
}

/**
 * Rows per group. Evaluating them blocks other requests for some milliseconds, so larger requests yield between groups.
 */
export const MAX_GROUP_ROWS = 500;

/** @param joinKeys entities whose state the selection needs; states of other entities are not read */
export function planOnlineReads(rows: EntityRows, joinKeys: readonly EntityName[]): OnlineReadPlan {
  if (rows.rowCount === 1) return planSingleRow(rows, joinKeys);
  const plan = {
    groups: [] as ReadGroup[],
    groupOf: new Uint32Array(rows.rowCount),
    placeOf: new Uint32Array(rows.rowCount),
  };
  const customers = idsOf(rows, joinKeys, 'customer_id');
  const terminals = idsOf(rows, joinKeys, 'terminal_id');
  const seen = new Map<string, number>();
  const groupByTime = new Map<number, number>();
  for (let row = 0; row < rows.rowCount; row++) {
    const read = onlineRow(rows, row, customers?.[row] ?? '', terminals?.[row] ?? '');
    const asOfMs = asOfMsOf(rows, row, read);
    const same = sameRead(seen, read, asOfMs, row);
    if (same === row) {
      const group = groupFor(plan.groups, groupByTime, asOfMs);
      plan.groupOf[row] = group;
      plan.placeOf[row] = (plan.groups[group]?.rows.push(read) ?? 1) - 1;
    } else {
      plan.groupOf.copyWithin(row, same, same + 1);
      plan.placeOf.copyWithin(row, same, same + 1);
    }
  }
  return plan;
}

const FIRST = new Uint32Array(1);

/** Fast path: most requests have one row, which needs no deduplication. */
function planSingleRow(rows: EntityRows, joinKeys: readonly EntityName[]): OnlineReadPlan {
  const customers = idsOf(rows, joinKeys, 'customer_id');
  const terminals = idsOf(rows, joinKeys, 'terminal_id');
  const read = onlineRow(rows, 0, customers?.[0] ?? '', terminals?.[0] ?? '');
  return { groups: [{ asOfMs: asOfMsOf(rows, 0, read), rows: [read] }], groupOf: FIRST, placeOf: FIRST };
}

function asOfMsOf(rows: EntityRows, row: number, read: OnlineRow): number {
  return read.transaction === undefined ? (rows.atMs?.[row] ?? 0) : 0;
}

/** A row has a request transaction if both its amount and its time were sent. */
function onlineRow(rows: EntityRows, row: number, customerId: string, terminalId: string): OnlineRow {
  const amountMinor = rows.amountMinor?.[row] ?? Number.NaN;
  const occurredAtMs = rows.atMs?.[row] ?? 0;
  const hasTransaction = !Number.isNaN(amountMinor) && occurredAtMs > 0;
  const transactionId = rows.transactionIds?.[row] ?? '';
  return {
    customerId,
    terminalId,
    transaction: hasTransaction ? { transactionId, occurredAtMs, amountMinor } : undefined,
  };
}

function groupFor(groups: ReadGroup[], byTime: Map<number, number>, asOfMs: number): number {
  const known = byTime.get(asOfMs);
  if (known !== undefined && (groups[known]?.rows.length ?? 0) < MAX_GROUP_ROWS) return known;
  byTime.set(asOfMs, groups.length);
  return groups.push({ asOfMs, rows: [] }) - 1;
}

/** Deduplicates rows with equal reads. A row with a request transaction is never a duplicate. */
function sameRead(seen: Map<string, number>, read: OnlineRow, asOfMs: number, row: number): number {
  if (read.transaction !== undefined) return row;
  const key = `${asOfMs} ${read.customerId.length} ${read.customerId}${read.terminalId}`;
  const known = seen.get(key);
  if (known === undefined) seen.set(key, row);
  return known ?? row;
}

function idsOf(
  rows: EntityRows,
  joinKeys: readonly EntityName[],
  name: EntityName,
): readonly (string | null)[] | undefined {
  return joinKeys.includes(name) ? rows.entities.find((entity) => entity.name === name)?.ids : undefined;
}
