import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fraudflow/observability';
import type { TopicPartition } from '@fraudflow/messaging';
import type { OfflineStoreEvents } from './offline/adapters/postgres-offline-store.js';
import type { Backfill } from './backfill/backfill-store.port.js';
import type { BackfillEvents } from './backfill/backfills.js';
import type { RetentionEvents } from './offline/history/history-retention.js';
import type { SinkEvents } from './offline/sink/offline-sink.js';
import type { SetAsideRow } from './offline/sink/offline-store.port.js';
import type { ReplayEvents } from './offline/history/skipped-events.js';
import type { SinkConsumerEvents } from './offline/sink/sink.consumer.js';
import type { StageCounts } from './stream/stage-counts.js';
import type { FeatureStatistics, StreamRow } from './statistics/feature-statistics.js';

/** Maximum number of rows of one load that are logged individually; the counter and the table contain all. */
const LOGGED_ROWS = 10;

/** Business events of the feature store: each becomes a metric and, where it matters, a log line. */
export class FeatureStoreEvents
  implements
    StageCounts,
    SinkEvents,
    SinkConsumerEvents,
    OfflineStoreEvents,
    BackfillEvents,
    ReplayEvents,
    RetentionEvents
{
  private readonly stageEvents: Counter<'stage' | 'outcome'>;
  private readonly evictions: Counter<'stage'>;
  private readonly expirations: Counter<'stage'>;
  private readonly rows: Counter<'table'>;
  private readonly loadSeconds: Histogram;
  private readonly loadFailures: Counter;
  private readonly setAside: Counter<'table'>;
  private readonly unreadableRecords: Counter<'topic'>;
  private readonly lastLoad: Gauge;
  private readonly lostRecords: Counter<'topic'>;
  private readonly skippedEvents: Counter;

  constructor(
    private readonly logger: Logger,
    registry: Registry,
    private readonly statistics: Pick<FeatureStatistics, 'observe'>,
  ) {
    const registers = [registry];
    const counter = <Label extends string = never>(
      name: string,
      help: string,
      ...labelNames: Label[]
    ): Counter<Label> => new Counter({ name, help, labelNames, registers });
    this.stageEvents = counter(
      'feature_store_events_total',
      'Transactions and labels by outcome at the stages. `reused`: dead letters of transactions whose id another transaction has.',
      'stage',
      'outcome',
    );
    this.evictions = counter(
      'feature_store_evicted_entities_total',
      'Entity states that left the memory of a stage; they are read from Redis when they are needed again.',
      'stage',
    );
    this.expirations = counter(
      'feature_store_expired_entities_total',
      'Entity states removed because their newest event is too far behind the event time of their partition to count.',
      'stage',
    );
    this.rows = counter('feature_store_offline_rows_total', 'Rows written to the offline store.', 'table');
    this.loadSeconds = new Histogram({
      name: 'feature_store_offline_load_seconds',
      help: 'Time of one load of the offline store.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.loadFailures = counter('feature_store_offline_load_failures_total', 'Failed loads, which are retried.');
    this.setAside = counter(
      'feature_store_offline_rows_set_aside_total',
      'Rows that Postgres refuses permanently, stored in offline.set_aside_rows with the reason.',
      'table',
    );
    this.unreadableRecords = counter(
      'feature_store_unreadable_records_total',
      'Records of our own topics that could not be read.',
      'topic',
    );
    this.lostRecords = counter(
      'feature_store_offline_records_lost_total',
      'Records that the log deleted before the offline store read them; their rows are permanently missing.',
      'topic',
    );
    this.skippedEvents = counter(
      'feature_store_history_events_skipped_total',
      'Stored transactions and labels that reads of the history skip, as the stream did, because states refuse them.',
    );
    this.lastLoad = new Gauge({
      name: 'feature_store_offline_last_load_timestamp_seconds',
      help: 'When rows were last written to the offline store.',
      registers,
    });
  }

  events(stage: 'customer' | 'terminal', outcome: string, count: number): void {
    this.stageEvents.inc({ stage, outcome }, count);
  }

  evicted(stage: 'customer' | 'terminal', count: number): void {
    if (count > 0) this.evictions.inc({ stage }, count);
  }

  expired(stage: 'customer' | 'terminal', count: number): void {
    if (count > 0) this.expirations.inc({ stage }, count);
  }

  taken(rows: readonly StreamRow[], appendedAtMs: readonly number[]): void {
    this.statistics.observe(rows, appendedAtMs);
  }

  rowsLoaded(features: number, labels: number, seconds: number): void {
    this.rows.inc({ table: 'feature_rows' }, features);
    this.rows.inc({ table: 'labels' }, labels);
    this.loadSeconds.observe(seconds);
    this.lastLoad.setToCurrentTime();
  }

  loadFailed(error: Error): void {
    this.loadFailures.inc();
    this.logger.warn({ event: 'offline_load_failed', err: error });
  }

  rowsSetAside(rows: readonly SetAsideRow[]): void {
    for (const { table } of rows) this.setAside.inc({ table });
    for (const { table, transactionId, log, reason } of rows.slice(0, LOGGED_ROWS)) {
      this.logger.error(
        { event: 'offline_row_set_aside', table, transactionId, partition: log.partition, offset: log.offset, reason },
        'Postgres refuses a row permanently; it is stored in offline.set_aside_rows',
      );
    }
  }

  partitionLost(partition: string): void {
    this.logger.warn({ event: 'offline_partition_lost', partition });
  }

  unreadable(topic: string, partition: number, offset: number, error: Error): void {
    this.unreadableRecords.inc({ topic });
    this.logger.error({ event: 'unreadable_record', topic, partition, offset, reason: error.message });
  }

  lostToRetention({ topic, partition }: TopicPartition, from: number, to: number): void {
    this.lostRecords.inc({ topic }, to - from);
    this.logger.error(
      { event: 'records_lost_to_retention', topic, partition, from, to },
      'the log deleted records before the offline store read them',
    );
  }

  idIndexFailed(error: Error): void {
    this.logger.warn({ event: 'offline_id_index_failed', err: error });
  }

  eventsSkipped(count: number): void {
    this.skippedEvents.inc(count);
    this.logger.warn({ event: 'history_events_skipped', count }, 'stored events that states refuse were skipped');
  }

  historyDropped(before: Date, names: readonly string[]): void {
    this.logger.info({ event: 'history_dropped', before: before.toISOString(), names });
  }

  retentionFailed(error: Error): void {
    this.logger.warn({ event: 'history_retention_failed', err: error });
  }

  backfillEnded({ id, featureService, state, rowsDone, problem }: Backfill): void {
    if (state === 'failed')
      this.logger.error({ event: 'backfill_failed', id, featureService, rowsDone, reason: problem });
    else this.logger.info({ event: 'backfill_ended', id, featureService, state, rowsDone });
  }

  backfillInterrupted(id: string, error: Error): void {
    this.logger.warn({ event: 'backfill_interrupted', id, err: error });
  }
}
