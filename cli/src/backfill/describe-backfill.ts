import { featuresV1 } from '@fraudflow/contracts';
import { bar, grouped } from '../replay/progress-line.js';
import { renderTable } from '../program/table.js';
import { moment, percent, span } from '../report/figures.js';
import type { Backfill } from './backfill-client.js';

const BAR_WIDTH = 30;

const STATES: Readonly<Record<featuresV1.BackfillState, string>> = {
  [featuresV1.BackfillState.BACKFILL_STATE_RUNNING]: 'running',
  [featuresV1.BackfillState.BACKFILL_STATE_ACTIVE]: 'active',
  [featuresV1.BackfillState.BACKFILL_STATE_CANCELLED]: 'cancelled',
  [featuresV1.BackfillState.BACKFILL_STATE_FAILED]: 'failed',
  [featuresV1.BackfillState.BACKFILL_STATE_UNSPECIFIED]: 'unknown',
  [featuresV1.BackfillState.UNRECOGNIZED]: 'unknown',
};

/** `running`, `active`, `cancelled` or `failed`. */
export function stateOf({ state }: Backfill): string {
  return STATES[state];
}

/** The JSON form; times in ms since the epoch. */
export function backfillJson(backfill: Backfill): Readonly<Record<string, string | number>> {
  return {
    id: backfill.id,
    feature_service: backfill.featureService,
    feature_service_version: backfill.featureServiceVersion,
    state: stateOf(backfill),
    from_ms: backfill.fromMs,
    to_ms: backfill.toMs,
    watermark_ms: backfill.watermarkMs,
    rows_done: backfill.rowsDone,
    rows_total: backfill.rowsTotal,
    problem: backfill.problem,
  };
}

export function backfillTable(backfills: readonly Backfill[]): string {
  const header = ['id', 'service', 'state', 'done', 'rows', 'from', 'to', 'problem'];
  return renderTable([header, ...backfills.map(row)]);
}

function row(backfill: Backfill): readonly string[] {
  const { id, featureService, rowsDone, rowsTotal, fromMs, toMs, problem } = backfill;
  return [
    id,
    featureService,
    stateOf(backfill),
    percent(rowsDone / rowsTotal),
    grouped(rowsTotal),
    moment(fromMs),
    moment(toMs),
    problem,
  ];
}

/**
 * `███░░░ 40,000 of 120,000 rows, 20,000/s, 4.0 s left`; rate and remaining time once there is one.
 * @param since the rows done at the first poll, and the time since then, ms
 */
export function progressText(
  { rowsDone, rowsTotal }: Pick<Backfill, 'rowsDone' | 'rowsTotal'>,
  since: { readonly rowsDone: number; readonly elapsedMs: number },
): string {
  const rows = `${bar(rowsDone / rowsTotal, BAR_WIDTH)} ${grouped(rowsDone)} of ${grouped(rowsTotal)} rows`;
  const perMs = (rowsDone - since.rowsDone) / since.elapsedMs;
  if (!(perMs > 0)) return rows;
  return `${rows}, ${grouped(perMs * 1_000)}/s, ${span(Math.max(0, rowsTotal - rowsDone) / perMs)} left`;
}
