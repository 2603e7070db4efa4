import { transactionsTopic, transactionsValidatedTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import type { TopicDefinition } from '@fraudflow/contracts';
import {
  type AnySubscription,
  type DecodedRecord,
  type EventProducer,
  type RawRecord,
  subscribe,
} from '@fraudflow/messaging';
import type { IngestionEvents } from '../events.js';
import type { RecordReader } from '../intake/record-reader.js';

/**
 * Checks transactions and passes them on in their canonical form. At least once: a repeat after a crash carries the
 * same source offset, by which the customer stage drops it.
 */
export class TransactionReceivedConsumer {
  constructor(
    private readonly producer: EventProducer,
    private readonly reader: RecordReader,
    private readonly events: IngestionEvents,
  ) {}

  subscription(): AnySubscription {
    // The decoder below replaces the topic's own, so the records are validated ones from the start.
    const topic = transactionsTopic as unknown as TopicDefinition<ValidatedTransaction>;
    return subscribe(topic, (records) => this.handle(records), {
      decode: (raw) => this.decode(raw),
      eventTimeMs: ({ value }) => Date.parse(value.occurred_at),
    });
  }

  private decode(raw: RawRecord): ValidatedTransaction {
    const { reader } = this;
    const { value } = raw;
    return reader.transaction(reader.decode(value), value?.length ?? 0, reader.takenAtMs(raw));
  }

  private async handle(records: readonly DecodedRecord<ValidatedTransaction>[]): Promise<void> {
    await this.producer.send(
      transactionsValidatedTopic,
      records.map((record) => ({
        value: record.value,
        from: record,
        eventId: record.value.transaction_id,
        occurredAt: record.value.occurred_at,
      })),
    );
    this.events.transactionsValidated(records.length);
  }
}
