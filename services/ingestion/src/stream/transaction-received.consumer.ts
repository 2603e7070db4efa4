import { transactionsValidatedTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import type { DecodedRecord, EventProducer, RawRecord } from '@fraudflow/messaging';
import type { IngestionEvents } from '../events.js';
import type { RecordReader } from '../intake/record-reader.js';

/**
 * Validates transactions and sends them in their canonical form. Processing is at least once: a repeat after a crash
 * has the same source offset, and the customer stage drops it.
 */
export class TransactionReceivedConsumer {
  constructor(
    private readonly producer: EventProducer,
    private readonly reader: RecordReader,
    private readonly events: IngestionEvents,
  ) {}

  /** Checks a record and converts it to its canonical form. @throws AppError of the reason for its dead letter */
  decode(raw: RawRecord): ValidatedTransaction {
    const { reader } = this;
    const { value } = raw;
    return reader.transaction(reader.decode(value), value?.length ?? 0, reader.takenAtMs(raw));
  }

  /** Sends validated transactions on. */
  async handle(records: readonly DecodedRecord<ValidatedTransaction>[]): Promise<void> {
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
