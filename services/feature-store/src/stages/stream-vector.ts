import type { FeaturesEvent } from '@fraudflow/contracts';
import type { StreamedFeatures, VectorPlan } from '@fraudflow/features';

/** The vector both stages fill in turn: what each computes of it, how it is handed over, and how it leaves. */
export class StreamVector {
  readonly plan: VectorPlan;
  /** Slots the customer stage fills and hands over, in this order. */
  private readonly handoverSlots: readonly number[];
  /** `,"name":` before each value, the first without its comma. */
  private readonly prefixes: readonly string[];

  constructor(readonly streamed: StreamedFeatures) {
    this.plan = streamed.plan();
    this.handoverSlots = streamed.features.flatMap(({ view }, slot) => (view === 'terminal' ? [] : [slot]));
    this.prefixes = streamed.names.map((name, slot) => `${slot === 0 ? '' : ','}${JSON.stringify(name)}:`);
  }

  /** A vector to be filled. */
  create(): Float64Array {
    return new Float64Array(this.plan.length);
  }

  /** The values the customer stage has filled in. */
  handoverOf(vector: Float64Array): number[] {
    const { handoverSlots } = this;
    const values: number[] = [];
    for (let i = 0; i < handoverSlots.length; i++) values.push(vector[handoverSlots[i] as number] as number);
    return values;
  }

  /** Puts handed-over values into their slots; those an older stage did not send are missing. */
  takeHandover(values: readonly number[], vector: Float64Array): void {
    const { handoverSlots } = this;
    for (let i = 0; i < handoverSlots.length; i++) vector[handoverSlots[i] as number] = values[i] ?? Number.NaN;
  }

  /**
   * The JSON of a `features` event whose features are those of the vector: the text JSON.stringify would give, for less than half.
   * Stringifying an object of many doubles is the dearest step of the terminal stage.
   */
  json(event: Omit<FeaturesEvent, 'features'>, vector: Float64Array): string {
    const { prefixes } = this;
    let text = `${JSON.stringify(event).slice(0, -1)},"features":{`;
    for (let slot = 0; slot < prefixes.length; slot++) {
      const value = vector[slot] as number;
      text += prefixes[slot] as string;
      text += Number.isFinite(value) ? value : 'null';
    }
    return `${text}}}`;
  }
}
