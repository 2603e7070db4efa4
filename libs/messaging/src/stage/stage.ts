import type { StageStore, TopicDefinition } from '@fraudflow/contracts';
import type { HealthRegistry, Logger, Registry } from '@fraudflow/observability';
import { ConsumerRuntime, type ConsumerRuntimeOptions } from '../consumer/consumer-runtime.js';
import { messagingMetrics } from '../consumer/handling/messaging-metrics.js';
import { subscription } from '../consumer/subscription.js';
import type { EventBus } from '../port/bus.js';
import type { EventProducer } from '../producer/event-producer.js';
import { CoPartitionedSink } from './co-partitioned-sink.js';
import type { OutputSink } from './output-sink.js';
import { RepartitioningSink } from './repartitioning-sink.js';
import type { StageDefinition } from './stage-definition.js';
import { StageDriver } from './stage-driver.js';

/** Dependencies that a service provides to its stages. */
export interface StageDependencies {
  readonly bus: EventBus;
  readonly producer: EventProducer;
  readonly logger: Logger;
  readonly metrics?: Registry;
  /** See `ConsumerRuntimeOptions`. */
  readonly health?: Pick<HealthRegistry, 'add'>;
  readonly tuning?: Pick<
    ConsumerRuntimeOptions,
    | 'lingerMs'
    | 'maxBatchRecords'
    | 'merge'
    | 'watermarkExchange'
    | 'retry'
    | 'maxWaitMs'
    | 'maxBytesPerPartition'
    | 'sessionTimeoutMs'
    | 'rebalanceTimeoutMs'
  >;
}

/**
 * Creates a repartitioning stage: keyed state, and outputs to all partitions by key. Effects are exactly once if the
 * readers of its outputs are stages, which drop duplicates.
 */
export function createRepartitioningStage<Input>(
  definition: StageDefinition<Input>,
  store: StageStore,
  dependencies: StageDependencies,
): ConsumerRuntime {
  return build(definition, store, new RepartitioningSink(dependencies.producer), dependencies);
}

/**
 * Creates a co-partitioned stage: partition n of the input is written to partition n of one output topic, each record
 * once, also for plain readers. With a store it keeps state like any stage. Without one its position is the end of the
 * output, and `process` must not need state. Outputs on other topics, such as dead letters, may repeat after a crash.
 */
export function createCoPartitionedStage<Input, Output>(
  definition: StageDefinition<Input> & { readonly output: TopicDefinition<Output> },
  store: StageStore | undefined,
  dependencies: StageDependencies,
): ConsumerRuntime {
  const { name, input, output } = definition;
  const others = new RepartitioningSink(dependencies.producer);
  const sink = new CoPartitionedSink({
    bus: dependencies.bus,
    stage: name,
    input: input.name,
    output: output.name,
    others,
  });
  return build(definition, store, sink, dependencies);
}

/** Creates a repartitioning stage and starts it; stop it through the returned runtime. */
export async function runRepartitioningStage<Input>(
  definition: StageDefinition<Input>,
  store: StageStore,
  dependencies: StageDependencies,
): Promise<ConsumerRuntime> {
  const stage = createRepartitioningStage(definition, store, dependencies);
  await stage.start();
  return stage;
}

/** Creates a co-partitioned stage and starts it; stop it through the returned runtime. */
export async function runCoPartitionedStage<Input, Output>(
  definition: StageDefinition<Input> & { readonly output: TopicDefinition<Output> },
  store: StageStore | undefined,
  dependencies: StageDependencies,
): Promise<ConsumerRuntime> {
  const stage = createCoPartitionedStage(definition, store, dependencies);
  await stage.start();
  return stage;
}

function build<Input>(
  definition: StageDefinition<Input>,
  store: StageStore | undefined,
  sink: OutputSink,
  { bus, producer, logger, metrics, health, tuning = {} }: StageDependencies,
): ConsumerRuntime {
  const groupId = definition.groupId ?? definition.name;
  const driver = new StageDriver({
    definition,
    groupId,
    store,
    sink,
    admin: bus.admin,
    logger,
    metrics: metrics && messagingMetrics(metrics),
    retry: tuning.retry ?? {},
  });
  return new ConsumerRuntime({
    ...tuning,
    bus,
    groupId,
    producer: producer.raw,
    logger,
    ...(metrics === undefined ? {} : { metrics }),
    ...(health === undefined ? {} : { health }),
    subscriptions: [subscription(definition.input, driver, definition.subscription)],
  });
}
