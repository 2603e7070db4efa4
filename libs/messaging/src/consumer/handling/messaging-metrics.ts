import { Counter, Gauge, Histogram, LATENCY_BUCKETS_SECONDS, type Registry } from '@fraudflow/observability';

/**
 * Metrics of the consumer runtime, one set per registry: the consumers and stages of a process share it and differ by
 * labels.
 */
export interface MessagingMetrics {
  readonly records: Counter<'topic' | 'group'>;
  readonly batchSeconds: Histogram<'topic' | 'group'>;
  readonly retries: Counter<'topic' | 'group'>;
  readonly deadLetters: Counter<'topic' | 'code'>;
  readonly duplicates: Counter<'topic' | 'group'>;
  readonly lostToRetention: Counter<'topic' | 'group'>;
  readonly corruptStates: Counter<'topic' | 'group'>;
  readonly lag: Gauge<'topic' | 'partition' | 'group'>;
  readonly stuck: Gauge<'topic' | 'partition' | 'group'>;
  readonly incarnations: Counter<'topic' | 'group'>;
}

const perRegistry = new WeakMap<Registry, MessagingMetrics>();

/** The metrics of a registry; registers them at the first call. */
export function messagingMetrics(registry: Registry): MessagingMetrics {
  let metrics = perRegistry.get(registry);
  if (!metrics) perRegistry.set(registry, (metrics = register(registry)));
  return metrics;
}

function register(registry: Registry): MessagingMetrics {
  const registers = [registry];
  const byGroup = ['topic', 'group'] as const;
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: byGroup, registers });
  return {
    records: counter('messaging_records_total', 'Records handled.'),
    retries: counter('messaging_retries_total', 'Batches retried in place after a transient fault.'),
    duplicates: counter(
      'messaging_duplicates_dropped_total',
      'Records dropped because their source record was seen before.',
    ),
    lostToRetention: counter('messaging_lost_to_retention_total', 'Records the log had deleted before they were read.'),
    corruptStates: counter(
      'messaging_corrupt_states_total',
      'Stored states that failed their checksum and were rebuilt.',
    ),
    deadLetters: new Counter({
      name: 'messaging_dead_letters_total',
      help: 'Bad records sent to dead-letter topics, or skipped where there is none, by error code.',
      labelNames: ['topic', 'code'] as const,
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'messaging_batch_seconds',
      help: 'Time a batch took in the handler, retries included.',
      labelNames: byGroup,
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    }),
    incarnations: counter(
      'messaging_source_incarnations_total',
      'Source partitions whose topic was deleted and created again, seen by the stage that reads their outputs.',
    ),
    lag: new Gauge({
      name: 'messaging_lag_records',
      help: 'Records from the position to the end of the partition, measured after each batch and every five seconds.',
      labelNames: ['topic', 'partition', 'group'] as const,
      registers,
    }),
    stuck: new Gauge({
      name: 'messaging_partition_stuck',
      help: '1 if the partition has not moved for a minute although records wait or its end offset cannot be read, else 0.',
      labelNames: ['topic', 'partition', 'group'] as const,
      registers,
    }),
  };
}
