import { DeclaredBus, declaredTopics, ensureTopics, EventProducer, KafkaBus, type Streams } from '@fraudflow/messaging';
import type { Logger } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { Resources } from '../lifecycle/resources.js';
import { LOGGER } from '../service.module.js';

type BusOptions = Omit<ConstructorParameters<typeof KafkaBus>[0], 'clientId' | 'logger'>;
type TopicDefaults = Parameters<typeof ensureTopics>[2];

/** Options of `KafkaModule`. */
export interface KafkaModuleOptions {
  readonly streams: Streams;
  /** Brokers and limits of the client. */
  readonly kafka: BusOptions;
  /** Settings of the topics that the service creates; undefined: it creates none at the start. */
  readonly topics: TopicDefaults | undefined;
}

/**
 * Global module with the service's `DeclaredBus` and its one `EventProducer`. The declared topics exist before anything
 * that injects them is built.
 */
@Module({})
export class KafkaModule {
  static forRoot({ streams, kafka, topics }: KafkaModuleOptions): DynamicModule {
    return {
      module: KafkaModule,
      global: true,
      providers: [
        {
          provide: DeclaredBus,
          inject: [LOGGER, Resources],
          useFactory: async (logger: Logger, resources: Resources) => {
            const client = new KafkaBus({ ...kafka, clientId: streams.service, logger });
            const bus = resources.add(new DeclaredBus(client, streams), (opened) => opened.close());
            if (topics) await ensureTopics(bus.admin, declaredTopics(streams), topics);
            return bus;
          },
        },
        {
          provide: EventProducer,
          inject: [DeclaredBus, Resources],
          useFactory: (bus: DeclaredBus, resources: Resources) =>
            resources.add(new EventProducer(bus), (producer) => producer.close()),
        },
      ],
      exports: [DeclaredBus, EventProducer],
    };
  }
}
