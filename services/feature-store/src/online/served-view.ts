import type { EntityName, FeatureViewDefinition } from '@fraudflow/features';
import type { OnlineFeatures } from './online-features.js';
import type { EntityRows } from './entity-rows.js';
import { toMs } from '../values/instant.js';
import type { PushedRow } from '../pushed/pushed-row.js';
import { FIELD_STATUS, type ServedView } from './served-features.js';

interface RowMarks {
  readonly statuses: number[];
  readonly eventSeconds: number[];
  readonly eventNanos: number[];
  readonly hidden: number[];
}

/**
 * Statuses and times of a computed view. Request views are always present with the epoch as their time, as Feast's
 * on-demand outputs are. An unknown entity is missing, unless the request has a transaction, which is then its first.
 */
export function serveComputedView(
  view: FeatureViewDefinition,
  rows: EntityRows,
  results: readonly OnlineFeatures[],
  nowMs: number,
): ServedView {
  const marks = emptyMarks(rows.rowCount);
  for (let row = 0; row < rows.rowCount; row++) {
    const result = results[row];
    if (view.kind === 'request') marks.statuses[row] = FIELD_STATUS.present;
    else if (result === undefined || !isKnown(view, rows, row, result)) markMissing(marks, row);
    else {
      const eventMs = newestEventMs(view, result);
      marks.eventSeconds[row] = Math.floor(eventMs / 1_000);
      marks.eventNanos[row] = (eventMs % 1_000) * 1e6;
      markAge(marks, row, view, eventMs === 0 ? 0 : asOfMs(rows, row, nowMs) - eventMs);
    }
  }
  return { kind: 'computed', ...marks, vectors: results.map(({ values }) => values) };
}

/** Statuses and times of a pushed view; an entity without a row is missing. */
export function servePushedView(
  view: FeatureViewDefinition,
  rows: EntityRows,
  stored: readonly (PushedRow | undefined)[],
  nowMs: number,
): ServedView {
  const marks = emptyMarks(rows.rowCount);
  for (let row = 0; row < rows.rowCount; row++) {
    const found = stored[row];
    if (found === undefined) markMissing(marks, row);
    else {
      marks.eventSeconds[row] = found.eventAt.seconds;
      marks.eventNanos[row] = found.eventAt.nanos;
      markAge(marks, row, view, asOfMs(rows, row, nowMs) - toMs(found.eventAt));
    }
  }
  return { kind: 'pushed', ...marks, rows: stored.map((row) => row?.values) };
}

function emptyMarks(rowCount: number): RowMarks {
  return {
    statuses: zeros(rowCount),
    eventSeconds: zeros(rowCount),
    eventNanos: zeros(rowCount),
    hidden: zeros(rowCount),
  };
}

function zeros(count: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < count; i++) list.push(0);
  return list;
}

function markMissing(marks: RowMarks, row: number): void {
  marks.statuses[row] = FIELD_STATUS.notFound;
  marks.hidden[row] = 1;
}

/**
 * Applies the view's policy to values older than its ttl: `null` hides them, `flag` marks them, `ignore` does neither.
 */
function markAge(marks: RowMarks, row: number, view: FeatureViewDefinition, ageMs: number): void {
  const isStale = view.ttlMs > 0 && view.ttlPolicy !== 'ignore' && ageMs > view.ttlMs;
  marks.statuses[row] = isStale ? FIELD_STATUS.outsideMaxAge : FIELD_STATUS.present;
  marks.hidden[row] = isStale && view.ttlPolicy === 'null' ? 1 : 0;
}

/** The time at which the age of a row's values is measured: its event time if it has one, else the clock. */
function asOfMs(rows: EntityRows, row: number, nowMs: number): number {
  return rows.atMs?.[row] || nowMs;
}

function isKnown(view: FeatureViewDefinition, rows: EntityRows, row: number, result: OnlineFeatures): boolean {
  if (newestEventMs(view, result) > 0) return true;
  const hasTransaction = (rows.atMs?.[row] ?? 0) > 0 && !Number.isNaN(rows.amountMinor?.[row] ?? Number.NaN);
  return hasTransaction && view.entities.every((name) => hasId(rows, name, row));
}

function hasId(rows: EntityRows, name: EntityName, row: number): boolean {
  const id = rows.entities.find((entity) => entity.name === name)?.ids[row] ?? '';
  return id !== '';
}

function newestEventMs(view: FeatureViewDefinition, result: OnlineFeatures): number {
  let newest = 0;
  for (const entity of view.entities) {
    const eventMs = entity === 'customer_id' ? result.customerEventTimeMs : result.terminalEventTimeMs;
    if (eventMs > newest) newest = eventMs;
  }
  return newest;
}
