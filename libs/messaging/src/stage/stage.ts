import type { TopicDefinition } from '@fraudflow/contracts';
import type { HealthRegistry, Logger, Registry } from '@fraudflow/observability';
import { ConsumerRuntime, type ConsumerRuntimeOptions } from '../consumer/consumer-runtime.js';
import { messagingMetrics } from '../consumer/messaging-metrics.js';
import { subscription } from '../consumer/subscription.js';
import type { EventBus } from '../port/bus.js';
import type { EventProducer } from '../producer/event-producer.js';
import { MirrorSink } from './mirror-sink.js';
import type { OutputSink } from './output-sink.js';
import { ScatterSink } from './scatter-sink.js';
import type { StageDefinition } from './stage-definition.js';
import { StageDriver } from './stage-driver.js';
import type { StageStore } from './stage-store.port.js';

/** What a stage needs from its service. */
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
    | 'headExchange'
    | 'retry'
    | 'maxWaitMs'
    | 'maxBytesPerPartition'
    | 'sessionTimeoutMs'
    | 'rebalanceTimeoutMs'
  >;
}

/** Keyed state, outputs over all partitions. Effect exactly once if the readers of its outputs are stages (they drop repeats). */
export function createStage<Input>(
  definition: StageDefinition<Input>,
  store: StageStore,
  dependencies: StageDependencies,
): ConsumerRuntime {
  return build(definition, store, new ScatterSink(dependencies.producer), dependencies);
}

/**
 * Partition n of the input becomes partition n of one output topic, each record once, for plain readers too. With a store it keeps
 * state like any stage; without one its place is where the output ends (and `process` must not need state). What it sends to other topics, dead letters
 * say, may repeat after a crash.
 */
export function createMirrorStage<Input, Output>(
  definition: StageDefinition<Input> & { readonly output: TopicDefinition<Output> },
  store: StageStore | undefined,
  dependencies: StageDependencies,
): ConsumerRuntime {
  const { name, input, output } = definition;
  const aside = new ScatterSink(dependencies.producer);
  const sink = new MirrorSink({ bus: dependencies.bus, stage: name, input: input.name, output: output.name, aside });
  return build(definition, store, sink, dependencies);
}

/** Creates a stage and starts it; stop it through what is returned. */
export async function runStage<Input>(
  definition: StageDefinition<Input>,
  store: StageStore,
  dependencies: StageDependencies,
): Promise<ConsumerRuntime> {
  const stage = createStage(definition, store, dependencies);
  await stage.start();
  return stage;
}

/** Creates a one-to-one stage and starts it; stop it through what is returned. */
export async function runMirrorStage<Input, Output>(
  definition: StageDefinition<Input> & { readonly output: TopicDefinition<Output> },
  store: StageStore | undefined,
  dependencies: StageDependencies,
): Promise<ConsumerRuntime> {
  const stage = createMirrorStage(definition, store, dependencies);
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
