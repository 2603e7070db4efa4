import { type ModelEvent, modelsEventsTopic } from '@fraudflow/contracts';
import { type EventBus, EventProducer } from '@fraudflow/messaging';
import { ModelEventPublisher } from '../model-event-publisher.port.js';

/** Model events to Kafka, with the event's own id and time as headers. The topic is made when it is missing. */
export class KafkaModelEventPublisher extends ModelEventPublisher {
  private readonly producer: EventProducer;
  private isTopicThere = false;

  constructor(
    bus: EventBus,
    private readonly ensureTopic: () => Promise<unknown>,
  ) {
    super();
    this.producer = new EventProducer(bus);
  }

  override async publish(events: readonly ModelEvent[]): Promise<void> {
    if (!this.isTopicThere) await this.ensureTopic();
    this.isTopicThere = true;
    const records = events.map((value) => ({ value, eventId: value.event_id, occurredAt: value.occurred_at }));
    await this.producer.send(modelsEventsTopic, records);
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}
