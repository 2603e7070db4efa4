import { type ModelEvent, modelsEventsTopic } from '@fraudflow/contracts';
import type { RegistryProducer } from '../../streams.js';
import { ModelEventPublisher } from '../model-event-publisher.port.js';

/** Publishes model events to Kafka, with id and time of the event as headers. Creates the topic if it is missing. */
export class KafkaModelEventPublisher extends ModelEventPublisher {
  private isTopicThere = false;

  constructor(
    private readonly producer: RegistryProducer,
    private readonly ensureTopic: () => Promise<unknown>,
  ) {
    super();
  }

  override async publish(events: readonly ModelEvent[]): Promise<void> {
    if (!this.isTopicThere) await this.ensureTopic();
    this.isTopicThere = true;
    const records = events.map((value) => ({ value, eventId: value.event_id, occurredAt: value.occurred_at }));
    await this.producer.send(modelsEventsTopic, records);
  }
}
