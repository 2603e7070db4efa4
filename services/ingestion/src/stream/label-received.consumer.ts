import { type Label, labelsValidatedTopic, type ValidatedLabel } from '@fraudflow/contracts';
import { type Clock, resourceExhausted } from '@fraudflow/core';
import type { BatchContext, DecodedRecord, EventProducer, RawRecord } from '@fraudflow/messaging';
import type { IngestionEvents } from '../events.js';
import type { RecordReader } from '../intake/record-reader.js';
import { joinLabels } from '../labels/label-joiner.js';
import type { TransactionLookup } from '../labels/transaction-lookup.port.js';
import type { NewPendingLabel, PendingLabelRepository } from '../labels/pending-label.repository.js';

export interface LabelConsumerParts {
  readonly producer: EventProducer;
  readonly lookup: TransactionLookup;
  readonly waiting: PendingLabelRepository;
  readonly reader: RecordReader;
  readonly events: IngestionEvents;
  readonly clock: Clock;
  /** Maximum number of pending labels. Further labels become dead letters immediately. */
  readonly maxWaiting: number;
}

type LabelRecord = DecodedRecord<Label>;

/**
 * Joins labels with their transactions. Labels whose transaction is not known yet are stored as pending. Processing is
 * at least once: the position in the topic identifies a pending label, and the terminal's state applies a label once.
 */
export class LabelReceivedConsumer {
  constructor(private readonly parts: LabelConsumerParts) {}

  /** Reads and checks a label. @throws AppError of the reason for its dead letter */
  decode(raw: RawRecord): Label {
    const { reader } = this.parts;
    return reader.label(reader.decode(raw.value), reader.takenAtMs(raw));
  }

  /** Sends the labels whose transaction is known on, and stores the others. */
  async handle(records: readonly LabelRecord[], context: BatchContext): Promise<void> {
    const { producer, lookup, events } = this.parts;
    const items = records.map((record) => ({ label: record.value, record }));
    const { joined, refused, unknown } = await joinLabels(items, lookup);
    await sendLabels(
      producer,
      joined.map(({ label }) => label),
    );
    for (const { item, reason } of refused) context.reject(item.record, reason);
    const deferred = await this.defer(
      unknown.map(({ record }) => record),
      context,
    );
    events.labelsJoined(joined.length);
    events.labelsRefused(refused.length);
    events.labelsDeferred(deferred);
  }

  /** @returns the number of stored labels. */
  private async defer(records: readonly LabelRecord[], context: BatchContext): Promise<number> {
    if (records.length === 0) return 0;
    const { waiting, clock, maxWaiting } = this.parts;
    const free = Math.max(0, maxWaiting - (await waiting.count()));
    await waiting.add(
      records.slice(0, free).map((record) => this.pendingLabel(record)),
      clock.nowMs(),
    );
    const reason = resourceExhausted(`transaction_id: not known yet, and ${maxWaiting} labels are pending`, {
      code: 'TOO_MANY_WAITING_LABELS',
      field: 'transaction_id',
    });
    for (const record of records.slice(free)) context.reject(record, reason);
    return Math.min(free, records.length);
  }

  /** A label may be pending for days, so its stored bytes contain no card number. */
  private pendingLabel({ topic, partition, offset, raw, value }: LabelRecord): NewPendingLabel {
    const { reader } = this.parts;
    const position = { topic, partition, offset: String(offset) };
    return { ...position, label: value, bytes: reader.withoutCards(raw.value), takenAtMs: reader.takenAtMs(raw) };
  }
}

/**
 * Sends joined labels without a source offset: a label that was pending follows later ones of its partition, and the
 * receiver would drop it as a repeat. The event id makes the label idempotent instead.
 */
export async function sendLabels(producer: EventProducer, labels: readonly ValidatedLabel[]): Promise<void> {
  await producer.send(
    labelsValidatedTopic,
    labels.map((value) => ({
      value,
      eventId: `${value.transaction_id}:${value.source}`,
      occurredAt: value.occurred_at,
    })),
  );
}
