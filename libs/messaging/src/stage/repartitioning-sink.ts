import { defined } from '@fraudflow/core';
import type { EventProducer } from '../producer/event-producer.js';
import { encodeEvent } from '../producer/event-encoder.js';
import { withSourceIndexes, type OutputSink } from './output-sink.js';
import type { StageOutput } from './stage-definition.js';

/**
 * Writes outputs to all partitions, by key. They may repeat after a crash; the receiving stage drops duplicates by the
 * source headers.
 */
export class RepartitioningSink implements OutputSink {
  constructor(private readonly producer: EventProducer) {}

  async open(): Promise<undefined> {
    return undefined;
  }

  async emit(_partition: number, outputs: readonly StageOutput[]): Promise<void> {
    const counts = new Map<string, number>();
    for (const { topic } of outputs) {
      if (!counts.has(topic.name)) counts.set(topic.name, await this.producer.partitionCount(topic.name));
    }
    await this.producer.raw.write(
      withSourceIndexes(outputs).map((out) =>
        encodeEvent(out.topic, defined(counts.get(out.topic.name), out.topic.name), out),
      ),
    );
  }

  close(): void {
    // There is no state per partition.
  }
}
