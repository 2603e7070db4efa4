import { type FeatureDefinition, featureViewByName, type FeatureViewDefinition } from '@fraudflow/features';
import type { Instant } from '../../values/instant.js';
import type { PushedRowArchive } from '../../pushed/pushed-row-archive.port.js';
import type { PushedRow } from '../../pushed/pushed-row.js';
import { isStorableText } from '../../values/request-values.js';
import { timeRangeOf } from './requested-rows.js';
import type { HistoricalRows } from './historical-features.port.js';

const ENTITIES_PER_QUERY = 5_000;

/**
 * Point-in-time join of pushed rows, with Feast's inclusive bounds: for time t, the newest row with event time <= t
 * and, if the view has a ttl, >= t - ttl. Of rows with equal event times, the one created last wins. Rows created after
 * t are ignored, so that later pushes do not leak into the past.
 */
export class PushedFeatures {
  constructor(private readonly archive: PushedRowArchive) {}

  /** Returns one column per feature; null where no row matches. */
  async join(
    features: readonly FeatureDefinition[],
    rows: HistoricalRows,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly unknown[]>> {
    const columns = new Map<string, unknown[]>();
    for (const view of new Set(features.map((feature) => feature.view))) {
      const wanted = features.filter((feature) => feature.view === view);
      const made = await this.joinView(featureViewByName(view), wanted, rows, signal);
      wanted.forEach(({ name }, i) => columns.set(name, made[i] as unknown[]));
    }
    return columns;
  }

  private async joinView(
    view: FeatureViewDefinition,
    wanted: readonly FeatureDefinition[],
    rows: HistoricalRows,
    signal: AbortSignal,
  ): Promise<readonly unknown[][]> {
    const columns = wanted.map(() => Array.from(rows.atMs, (): unknown => null));
    const slots = wanted.map(({ name }) => view.features.findIndex((feature) => feature.name === name));
    const byEntity = rowsByEntity(view.entities[0] === 'terminal_id' ? rows.terminalIds : rows.customerIds);
    const entities = [...byEntity.keys()];
    const span = timeRangeOf(
      rows.atMs,
      rows.atMs.map((_, row) => row),
    );
    if (span === undefined) return columns;
    const events = {
      fromMs: view.ttlMs === 0 ? Number.NEGATIVE_INFINITY : span.fromMs - view.ttlMs,
      untilMs: span.toMs,
    };
    for (let from = 0; from < entities.length; from += ENTITIES_PER_QUERY) {
      signal.throwIfAborted();
      const pages = this.archive.rowsOf(view, entities.slice(from, from + ENTITIES_PER_QUERY), events);
      for await (const history of entityHistories(pages)) {
        for (const row of byEntity.get(history[0]?.entityKey ?? '') ?? []) {
          const match = newestKnown(history, rows.atMs[row] as number, view.ttlMs);
          slots.forEach((slot, i) => ((columns[i] as unknown[])[row] = match?.values[slot] ?? null));
        }
      }
    }
    return columns;
  }
}

/** Groups pages into the rows of one entity each. Holds one page and the rows of one entity. */
async function* entityHistories(pages: AsyncIterable<readonly PushedRow[]>): AsyncGenerator<readonly PushedRow[]> {
  let history: PushedRow[] = [];
  for await (const page of pages) {
    for (const row of page) {
      if (history.length > 0 && history[0]?.entityKey !== row.entityKey) {
        yield history;
        history = [];
      }
      history.push(row);
    }
  }
  if (history.length > 0) yield history;
}

/** @param history by event time, then creation */
function newestKnown(history: readonly PushedRow[], atMs: number, ttlMs: number): PushedRow | undefined {
  for (let i = history.length - 1; i >= 0; i--) {
    const row = history[i] as PushedRow;
    const eventAtMs = toMs(row.eventAt);
    if (eventAtMs > atMs || toMs(row.createdAt) > atMs) continue;
    return ttlMs === 0 || eventAtMs >= atMs - ttlMs ? row : undefined;
  }
  return undefined;
}

function toMs({ seconds, nanos }: Instant): number {
  return seconds * 1_000 + nanos / 1e6;
}

function rowsByEntity(ids: readonly (string | null)[]): ReadonlyMap<string, readonly number[]> {
  const byEntity = new Map<string, number[]>();
  ids.forEach((id, row) => {
    if (id === null || id === '' || !isStorableText(id)) return;
    const rows = byEntity.get(id);
    if (rows === undefined) byEntity.set(id, [row]);
    else rows.push(row);
  });
  return byEntity;
}
