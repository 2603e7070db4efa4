import { type ModelEvent, modelsEventsTopic } from '@fraudflow/contracts';
import { type AnySubscription, type DecodedRecord, subscribe } from '@fraudflow/messaging';

/** `models.events`: any change of our model makes the keeper look at the registry. Repeats do no harm: looking changes nothing. */
export class ModelChangedConsumer {
  /** @param onChange called once per batch that names the model. */
  constructor(
    private readonly modelName: string,
    private readonly onChange: () => void,
  ) {}

  subscription(): AnySubscription {
    return subscribe(modelsEventsTopic, async (records) => this.handle(records));
  }

  private handle(records: readonly DecodedRecord<ModelEvent>[]): void {
    if (records.some(({ value }) => value.model_name === this.modelName && value.kind !== 'version_created')) {
      this.onChange();
    }
  }
}
