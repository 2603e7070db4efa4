import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fraudflow/observability';
import type { SinkEvents } from './offline/offline-sink.js';
import type { SinkConsumerEvents } from './offline/sink.consumer.js';
import type { StageCounts } from './stages/stage-counts.js';

/** What the feature store tells: each business event becomes a metric and, where it matters, a log line. */
export class FeatureStoreEvents implements StageCounts, SinkEvents, SinkConsumerEvents {
  private readonly stageEvents: Counter<'stage' | 'outcome'>;
  private readonly rows: Counter<'table'>;
  private readonly loadSeconds: Histogram;
  private readonly loadFailures: Counter;
  private readonly unreadableRecords: Counter<'topic'>;
  private readonly lastLoad: Gauge;

  constructor(
    private readonly logger: Logger,
    registry: Registry,
  ) {
    const registers = [registry];
    this.stageEvents = new Counter({
      name: 'feature_store_events_total',
      help: 'Transactions and labels applied to entity states, by outcome.',
      labelNames: ['stage', 'outcome'],
      registers,
    });
    this.rows = new Counter({
      name: 'feature_store_offline_rows_total',
      help: 'Rows written to the offline store.',
      labelNames: ['table'],
      registers,
    });
    this.loadSeconds = new Histogram({
      name: 'feature_store_offline_load_seconds',
      help: 'Time of one load of the offline store.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.loadFailures = new Counter({
      name: 'feature_store_offline_load_failures_total',
      help: 'Loads that failed and are tried again.',
      registers,
    });
    this.unreadableRecords = new Counter({
      name: 'feature_store_unreadable_records_total',
      help: 'Records of our own topics that could not be read.',
      labelNames: ['topic'],
      registers,
    });
    this.lastLoad = new Gauge({
      name: 'feature_store_offline_last_load_timestamp_seconds',
      help: 'When rows were last written to the offline store.',
      registers,
    });
  }

  events(stage: 'customer' | 'terminal', outcome: string, count: number): void {
    this.stageEvents.inc({ stage, outcome }, count);
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

  partitionLost(partition: string): void {
    this.logger.warn({ event: 'offline_partition_lost', partition });
  }

  unreadable(topic: string, partition: number, offset: number, error: Error): void {
    this.unreadableRecords.inc({ topic });
    this.logger.error({ event: 'unreadable_record', topic, partition, offset, reason: error.message });
  }
}
