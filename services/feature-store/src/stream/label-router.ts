import { featuresByTerminalTopic, type ValidatedLabel } from '@fraudflow/contracts';
import type { DecodedRecord } from '@fraudflow/messaging';
import type { FeatureStoreProducer } from '../streams.js';

/**
 * Routes labels to the input topic of the terminal stage, so that transactions and labels of a terminal have one order.
 * A duplicate after a crash has the same source offset, and the stage drops it.
 */
export class LabelRouter {
  constructor(private readonly producer: FeatureStoreProducer) {}

  async handle(records: readonly DecodedRecord<ValidatedLabel>[]): Promise<void> {
    await this.producer.send(
      featuresByTerminalTopic,
      records.map((record) => ({ value: { kind: 'label' as const, label: record.value }, from: record })),
    );
  }
}
