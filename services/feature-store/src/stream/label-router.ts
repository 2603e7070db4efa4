import { featuresByTerminalTopic, labelsValidatedTopic, type ValidatedLabel } from '@fraudflow/contracts';
import type { DecodedRecord, EventProducer } from '@fraudflow/messaging';

export const LABEL_ROUTER_GROUP = 'feature-store.label-router';

/**
 * Puts labels into the terminal stage's one input, so that transactions and labels of a terminal have one order. A
 * repeat after a crash carries the same source offset, by which the stage drops it.
 */
export class LabelRouter {
  constructor(private readonly producer: EventProducer) {}

  async handle(records: readonly DecodedRecord<ValidatedLabel>[]): Promise<void> {
    await this.producer.send(
      featuresByTerminalTopic,
      records.map((record) => ({ value: { kind: 'label' as const, label: record.value }, from: record })),
    );
  }
}

export const labelRouterInput = labelsValidatedTopic;
