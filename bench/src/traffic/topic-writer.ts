import {
  HEADERS,
  type Label,
  labelsTopic,
  type TopicDefinition,
  type WireTransaction,
  transactionsTopic,
} from '@fraudflow/contracts';
import { notFound, partitionOf } from '@fraudflow/core';
import type { BusAdmin, OutgoingRecord, RawProducer } from '@fraudflow/messaging';

/** A record without its partition, which follows from the key. */
export interface KeyedRecord {
  /** Name of the topic. */
  readonly topic: string;
  readonly key: string;
  readonly value: string | Buffer;
  readonly eventId?: string;
  readonly occurredAt?: string;
}

/** Writes to topics as an external producer does: the key determines the partition, the order per key is kept. */
export class TopicWriter {
  private constructor(
    private readonly producer: Pick<RawProducer, 'write' | 'flush'>,
    private readonly partitionsOf: ReadonlyMap<string, number>,
  ) {}

  /** @throws AppError not_found if a topic does not exist, because the system is not running */
  static async open(
    producer: Pick<RawProducer, 'write' | 'flush'>,
    admin: Pick<BusAdmin, 'partitionCount'>,
    topics: readonly string[],
  ): Promise<TopicWriter> {
    const counts = new Map<string, number>();
    for (const topic of topics) {
      const count = await admin.partitionCount(topic);
      if (count === undefined) throw notFound(`topic ${topic} does not exist: start the system with fraudflow up`);
      counts.set(topic, count);
    }
    return new TopicWriter(producer, counts);
  }

  /** Resolves when all are acknowledged; records of one key keep their order within and across calls. */
  write(records: readonly KeyedRecord[]): Promise<void> {
    return this.producer.write(records.map((record) => this.placed(record)));
  }

  flush(): Promise<void> {
    return this.producer.flush();
  }

  private placed({ topic, key, value, eventId, occurredAt }: KeyedRecord): OutgoingRecord {
    const partitions = this.partitionsOf.get(topic);
    if (partitions === undefined) throw notFound(`topic ${topic} was not opened for writing`);
    return {
      topic: topic,
      partition: partitionOf(key, partitions),
      key,
      value,
      headers: { [HEADERS.eventId]: eventId, [HEADERS.occurredAt]: occurredAt, [HEADERS.schemaVersion]: '1' },
    };
  }
}

export function transactionRecord(transaction: WireTransaction): KeyedRecord {
  return keyed(transactionsTopic, transaction, transaction.transaction_id, transaction.occurred_at);
}

export function labelRecord(label: Label): KeyedRecord {
  return keyed(labelsTopic, label, `${label.transaction_id}:${label.source}:${label.labelled_at}`, label.labelled_at);
}

function keyed<Value>(topic: TopicDefinition<Value>, value: Value, eventId: string, occurredAt: string): KeyedRecord {
  return { topic: topic.name, key: topic.keyOf(value), value: JSON.stringify(value), eventId, occurredAt };
}
