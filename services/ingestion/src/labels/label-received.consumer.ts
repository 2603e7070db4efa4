import { type Label, labelSchema, labelsTopic, labelsValidatedTopic, type ValidatedLabel } from '@fraudflow/contracts';
import {
  type AnySubscription,
  type DecodedRecord,
  type EventProducer,
  type RawRecord,
  subscribe,
} from '@fraudflow/messaging';
import type { CardTokeniser } from '../cards/card-tokeniser.js';
import type { IngestionEvents } from '../events.js';
import { decodeJsonObject } from '../intake/decode-json.js';
import { MAX_RECORD_BYTES } from '../transactions/transaction-received.consumer.js';
import { checkedLabel } from './canonical-label.js';
import { joinLabels } from './label-joiner.js';
import type { TransactionLookup } from './transaction-lookup.port.js';
import type { WaitingLabelRepository } from './waiting-label.repository.js';

/**
 * Joins labels with their transactions. Those whose transaction is not known yet wait in the repository. At least once: waiting
 * labels are known by their place in the topic, and the terminal's state takes a label once.
 */
export class LabelReceivedConsumer {
  constructor(
    private readonly producer: EventProducer,
    private readonly lookup: TransactionLookup,
    private readonly waiting: WaitingLabelRepository,
    private readonly events: IngestionEvents,
    private readonly maxFutureMs: number,
    private readonly cards: CardTokeniser,
  ) {}

  subscription(): AnySubscription {
    return subscribe(labelsTopic, (records) => this.handle(records), { decode: (raw) => this.decode(raw) });
  }

  private decode(raw: RawRecord): Label {
    return checkedLabel(decodeJsonObject(raw.value, MAX_RECORD_BYTES), raw.appendedAtMs, this.maxFutureMs);
  }

  private async handle(records: readonly DecodedRecord<Label>[]): Promise<void> {
    const { joined, unknown } = await joinLabels(
      records.map((record) => ({ label: record.value, record })),
      this.lookup,
    );
    await sendLabels(
      this.producer,
      joined.map(({ label }) => label),
    );
    await this.waiting.add(
      unknown.map(({ label, record }) => ({
        topic: record.topic,
        partition: record.partition,
        offset: String(record.offset),
        label: ownFields(label),
        bytes: this.withoutCards(record.raw.value),
        takenAtMs: record.raw.appendedAtMs,
      })),
    );
    this.events.labelsJoined(joined.length);
    this.events.labelsParked(unknown.length);
  }

  /** A label may wait for days: no card number rests in the store meanwhile. */
  private withoutCards(bytes: Buffer | null): Buffer {
    return Buffer.from(this.cards.scrub((bytes ?? Buffer.alloc(0)).toString('latin1')), 'latin1');
  }
}

/** What joining needs; fields of the producer's own may hold anything and are not kept. */
function ownFields(label: Label): Label {
  return Object.fromEntries(Object.entries(label).filter(([name]) => name in labelSchema.shape)) as Label;
}

/**
 * Sends joined labels. They name no source offset: a label that waited would come after later ones of its partition, and the
 * receiver would take it for a repeat. Its id makes it idempotent instead.
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
