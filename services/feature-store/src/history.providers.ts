import type { HealthStatus } from '@fraudflow/observability';
import { HealthRegistry } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { CLOCK, LOGGER, provide, Resources, token } from '@fraudflow/service';
import type { FactoryProvider } from '@nestjs/common';
import { DeclaredBus } from '@fraudflow/messaging';
import { Backfills } from './backfill/backfills.js';
import { SETTINGS } from './config.js';
import { FeatureStoreEvents } from './events.js';
import { ENTITY_INDEXES, MonthIndexes } from './offline/adapters/month-indexes.js';
import { OFFLINE_MIGRATIONS } from './offline/adapters/offline-schema.js';
import { PostgresBackfillStore } from './offline/adapters/postgres-backfill-store.js';
import { PostgresHistory } from './offline/adapters/postgres-history.js';
import { PostgresOfflineStore } from './offline/adapters/postgres-offline-store.js';
import { BoundedReads } from './offline/history/bounded-reads.js';
import { HistoryReplay } from './offline/history/history-replay.js';
import { HistoryRetention } from './offline/history/history-retention.js';
import { History } from './offline/history/history.port.js';
import { Slots } from './offline/history/slots.js';
import { OfflineSink } from './offline/sink/offline-sink.js';
import { OfflineStore } from './offline/sink/offline-store.port.js';
import { SinkConsumer } from './offline/sink/sink.consumer.js';
import { TrainingSets } from './offline/training-sets/training-sets.js';
import { PostgresPushedRowArchive } from './pushed/adapters/postgres-pushed-row-archive.js';
import { PUSHED_ROWS_MIGRATIONS } from './pushed/adapters/pushed-rows-schema.js';
import { PushedRowArchive } from './pushed/pushed-row-archive.port.js';
import { streams } from './streams.js';

/** Injection token of the pool of loads, look-ups and indexes, which readers of the history must not block. */
const SINK_POOL = token<Pool>('pool of the sink');
/** Injection token of the pool of readers. */
export const READ_POOL = token<Pool>('pool of the readers');

const SINK_CONNECTIONS = 4;
/**
 * Connections of one recomputed training set, of one answer over Flight, and of a backfill with its lock and its
 * writes.
 */
const STREAM_CONNECTIONS = 3;
const ANSWER_CONNECTIONS = 2;
const BACKFILL_CONNECTIONS = 4;

export type Pool = Awaited<ReturnType<typeof connectPostgres>>;

const pools: readonly FactoryProvider[] = [
  provide(
    SINK_POOL,
    { config: SETTINGS, logger: LOGGER, health: HealthRegistry, resources: Resources },
    async ({ config: { postgres }, logger, health, resources }) => {
      const pool = await connectPostgres({ ...postgres, poolSize: SINK_CONNECTIONS, logger, health });
      resources.add(pool, (opened) => opened.end());
      await migrate(pool, streams.state.offline.name, OFFLINE_MIGRATIONS, logger);
      await migrate(pool, streams.state.pushed.name, PUSHED_ROWS_MIGRATIONS, logger);
      return pool;
    },
  ),
  // Opened after the migrations. It has a connection for each that all readers may hold, so none waits for another.
  provide(
    READ_POOL,
    { config: SETTINGS, logger: LOGGER, resources: Resources, sink_pool: SINK_POOL },
    async ({ config: { postgres, offline, flight }, logger, resources }) => {
      const held = offline.streams * STREAM_CONNECTIONS + flight.maxAnswers * ANSWER_CONNECTIONS + BACKFILL_CONNECTIONS;
      const pool = await connectPostgres({ ...postgres, poolSize: held + postgres.poolSize, logger });
      return resources.add(pool, (opened) => opened.end());
    },
  ),
];

const sink: readonly FactoryProvider[] = [
  provide(OfflineStore, { store: PostgresOfflineStore }, ({ store }) => store),
  provide(
    PostgresOfflineStore,
    { pool: SINK_POOL, events: FeatureStoreEvents },
    ({ pool, events }) => new PostgresOfflineStore(pool, events),
  ),
  provide(
    OfflineSink,
    { config: SETTINGS, store: OfflineStore, events: FeatureStoreEvents, health: HealthRegistry },
    ({ config, store, events, health }) => {
      const offlineSink = new OfflineSink(store, config.sink, events);
      health.add('offline store', () => loadHealth(offlineSink));
      return offlineSink;
    },
  ),
  provide(
    SinkConsumer,
    { bus: DeclaredBus, offlineSink: OfflineSink, store: OfflineStore, events: FeatureStoreEvents },
    ({ bus, offlineSink, store, events }) => new SinkConsumer(bus, offlineSink, store, events),
  ),
];

const readers: readonly FactoryProvider[] = [
  provide(PushedRowArchive, { archive: PostgresPushedRowArchive }, ({ archive }) => archive),
  provide(PostgresPushedRowArchive, { pool: READ_POOL }, ({ pool }) => new PostgresPushedRowArchive(pool)),
  provide(History, { pool: READ_POOL, events: FeatureStoreEvents }, ({ pool, events }) => {
    const indexes = new MonthIndexes(pool, ENTITY_INDEXES, (error) => events.idIndexFailed(error));
    return new PostgresHistory(pool, indexes);
  }),
  provide(
    HistoryReplay,
    { history: History, events: FeatureStoreEvents },
    ({ history, events }) => new HistoryReplay(history, events),
  ),
  provide(
    TrainingSets,
    { history: History, replay: HistoryReplay },
    ({ history, replay }) => new TrainingSets(history, replay),
  ),
  provide(
    BoundedReads,
    { config: SETTINGS },
    ({ config: { offline } }) => new BoundedReads(new Slots(offline.streams), offline.readerTimeoutMs),
  ),
  provide(
    Backfills,
    { pool: READ_POOL, replay: HistoryReplay, events: FeatureStoreEvents },
    ({ pool, replay, events }) => new Backfills(new PostgresBackfillStore(pool), replay, events),
  ),
  provide(
    HistoryRetention,
    {
      config: SETTINGS,
      clock: CLOCK,
      store: PostgresOfflineStore,
      archive: PostgresPushedRowArchive,
      events: FeatureStoreEvents,
    },
    ({ config: { offline }, clock, store, archive, events }) => {
      const newestEventMs = (): Promise<number | undefined> => store.newestEventMs();
      const stores = [store.months, archive];
      return new HistoryRetention(offline.retentionDays, { newestEventMs, stores, events, clock });
    },
  ),
];

/** The offline store: its pools, the sink that loads it, and what reads and recomputes it. */
export const HISTORY_PROVIDERS: readonly FactoryProvider[] = [...pools, ...sink, ...readers];

/** Not ready while rows cannot be written; until then the rows remain in the log. */
function loadHealth({ problem }: OfflineSink): HealthStatus {
  return problem === undefined
    ? { ok: true, detail: 'loading' }
    : { ok: false, detail: `cannot load: ${problem.message}` };
}
