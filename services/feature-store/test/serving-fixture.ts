import type { CardNumberRule } from '@fraudflow/cards';
import { FixedClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, type FeatureViewDefinition, type TtlPolicy } from '@fraudflow/features';
import { Registry, silentLogger } from '@fraudflow/observability';
import { CLOCK, CONFIG, LOGGER } from '@fraudflow/service';
import { type Resolve, resolverOf } from '@fraudflow/service/testing/resolver';
import { type OnlineFeatures, OnlineFeaturesService, type OnlineRow } from '../src/online/online-features.js';
import type { OnlineReads } from '../src/online/feature-serving.service.js';
import { SERVING_PROVIDERS } from '../src/serving.providers.js';
import { FeatureStatistics } from '../src/statistics/feature-statistics.js';

import { toNanos } from '../src/values/instant.js';
import type { PushedRow } from '../src/pushed/pushed-row.js';
import { type EventSpan, PushedRowArchive } from '../src/pushed/pushed-row-archive.port.js';
import { PushedRowStore, type WriteOutcome } from '../src/pushed/pushed-row-store.port.js';

/** 2026-05-01T12:00:00Z. */
export const NOW_MS = Date.UTC(2026, 4, 1, 12);
/** Event time of every entity in the fake online store. */
export const NEWEST_MS = NOW_MS - 60_000;
/** Length of the vectors of the fake: longer than any definition needs. */
const VECTOR_LENGTH = 200;

/** Contains each entity whose id does not begin with "new"; slot i of its vectors holds i + 0.5. */
export class FakeOnline implements OnlineReads {
  readonly calls: { readonly rows: readonly OnlineRow[]; readonly asOfMs: number }[] = [];
  failure: Error | undefined;
  /** Slots that are missing in every vector. */
  missing: readonly number[] = [];

  async get(rows: readonly OnlineRow[], asOfMs: number): Promise<readonly OnlineFeatures[]> {
    this.calls.push({ rows, asOfMs });
    if (this.failure) throw this.failure;
    return rows.map(({ customerId, terminalId }) => ({
      values: Float64Array.from({ length: VECTOR_LENGTH }, (_, i) => (this.missing.includes(i) ? Number.NaN : i + 0.5)),
      customerEventTimeMs: isKnown(customerId) ? NEWEST_MS : 0,
      terminalEventTimeMs: isKnown(terminalId) ? NEWEST_MS : 0,
      isStale: false,
    }));
  }
}

function isKnown(id: string): boolean {
  return id !== '' && !id.startsWith('new');
}

/** Newest row by event time, then creation, like the real store. */
export class MemoryPushedRowStore extends PushedRowStore {
  readonly rows = new Map<string, PushedRow>();
  reads = 0;

  async write(view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<WriteOutcome> {
    let written = 0;
    for (const row of rows) {
      const key = `${view.name}/${row.entityKey}`;
      const stored = this.rows.get(key);
      if (stored !== undefined && !isNewer(row, stored)) continue;
      this.rows.set(key, row);
      written++;
    }
    return { written, notNewer: rows.length - written };
  }

  async read(view: FeatureViewDefinition, keys: readonly string[]): Promise<readonly (PushedRow | undefined)[]> {
    this.reads++;
    return keys.map((key) => this.rows.get(`${view.name}/${key}`));
  }
}

function isNewer(row: PushedRow, stored: PushedRow): boolean {
  const [event, known] = [toNanos(row.eventAt), toNanos(stored.eventAt)];
  return event === known ? toNanos(row.createdAt) >= toNanos(stored.createdAt) : event > known;
}

export class MemoryPushedRowArchive extends PushedRowArchive {
  readonly rows: PushedRow[] = [];

  async append(_view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<void> {
    this.rows.push(...rows);
  }

  async *rowsOf(): AsyncGenerator<readonly PushedRow[]> {
    yield this.rows;
  }

  async *rowsIn(_view: FeatureViewDefinition, { fromMs, untilMs }: EventSpan): AsyncGenerator<readonly PushedRow[]> {
    const atMs = ({ eventAt }: PushedRow): number => eventAt.seconds * 1_000;
    const found = this.rows.filter((row) => atMs(row) >= fromMs && atMs(row) <= untilMs);
    for (const row of found.toSorted((a, b) => atMs(a) - atMs(b))) yield [row];
  }
}

export interface ServingFixture {
  /** The dependencies that Nest would inject. */
  readonly get: Resolve;
  readonly online: FakeOnline;
  readonly store: MemoryPushedRowStore;
  readonly archive: MemoryPushedRowArchive;
  readonly registry: Registry;
  readonly clock: FixedClock;
}

/** The feature server on fakes of its external dependencies. */
export function aServingFixture(maxRows = 10_000, cardNumbersInPushes: CardNumberRule = 'refuse'): ServingFixture {
  const online = new FakeOnline();
  const store = new MemoryPushedRowStore();
  const archive = new MemoryPushedRowArchive();
  const registry = new Registry();
  const clock = new FixedClock(NOW_MS);
  const get = resolverOf(
    SERVING_PROVIDERS,
    new Map<unknown, unknown>([
      [CONFIG, { serving: { maxRows, expireAfterTtlMs: 86_400_000, cardNumbersInPushes } }],
      [CLOCK, clock],
      [LOGGER, silentLogger],
      [Registry, registry],
      [OnlineFeaturesService, online],
      [PushedRowStore, store],
      [PushedRowArchive, archive],
      // Statistics have separate tests.
      [FeatureStatistics, { decorate: (events: unknown) => events }],
    ]),
  );
  return { get, online, store, archive, registry, clock };
}

/** The repository's pushed view, optionally with another ttl. */
export function aPushedView(ttlMs?: number, ttlPolicy?: TtlPolicy): FeatureViewDefinition {
  const view = FEATURE_REPOSITORY.views.find(({ kind }) => kind === 'pushed');
  if (view === undefined) throw new Error('the repository has no pushed view');
  return { ...view, ttlMs: ttlMs ?? view.ttlMs, ttlPolicy: ttlPolicy ?? view.ttlPolicy };
}

/** A frame with one customer profile. */
export function aProfileFrame(
  customerId: string,
  eventTimestamp: string,
  creditLimit = 1_500,
): Record<string, unknown[]> {
  return {
    customer_id: [customerId],
    credit_limit: [creditLimit],
    risk_segment: ['gold'],
    is_business: [false],
    account_opened_at: [1_500_000_000],
    event_timestamp: [eventTimestamp],
    created: [null],
  };
}
