import type { StreamedFeatures, VectorPlan } from '@fraudflow/features';

const HANDOVER_HEAD = '{"kind":"transaction","transaction":';
const HANDOVER_VECTOR = ',"vector":[';

/**
 * The JSON of the transaction inside a `features.by-terminal` event as the customer stage writes it, undefined for other texts. A quote in a JSON
 * string is escaped, so what is looked for stands nowhere else.
 */
export function transactionJsonIn(handover: string): string | undefined {
  const end = handover.indexOf(HANDOVER_VECTOR);
  return end < 0 || !handover.startsWith(HANDOVER_HEAD) ? undefined : handover.slice(HANDOVER_HEAD.length, end);
}

/** The vector both stages fill in turn: what each computes of it, how it is handed over, and how it leaves. */
export class StreamVector {
  readonly plan: VectorPlan;
  /** Slots the customer stage fills and hands over, in this order. */
  private readonly handoverSlots: readonly number[];
  /** `,"name":` before each value, the first without its comma. */
  private readonly prefixes: readonly string[];
  private readonly serviceJson: string;

  readonly service: StreamedFeatures['service'];

  constructor(streamed: StreamedFeatures) {
    this.service = streamed.service;
    this.plan = streamed.plan();
    this.handoverSlots = streamed.features.flatMap(({ view }, slot) => (view === 'terminal' ? [] : [slot]));
    const { name, version } = streamed.service;
    this.serviceJson = `,"feature_service":${JSON.stringify(name)},"feature_service_version":${version},"features":{`;
    this.prefixes = streamed.names.map((name, slot) => `${slot === 0 ? '' : ','}${JSON.stringify(name)}:`);
  }

  /** A vector to be filled. */
  create(): Float64Array {
    return new Float64Array(this.plan.length);
  }

  /**
   * The JSON of a `features.by-terminal` event with what the customer stage has filled in.
   * @param transaction its JSON as it came in: it is handed on, not written anew
   */
  handoverJson(transaction: string, vector: Float64Array, attributes: number): string {
    const { handoverSlots } = this;
    let text = `${HANDOVER_HEAD}${transaction}${HANDOVER_VECTOR}`;
    for (let i = 0; i < handoverSlots.length; i++) {
      const value = vector[handoverSlots[i] as number] as number;
      if (i > 0) text += ',';
      text += Number.isFinite(value) ? value : 'null';
    }
    return `${text}],"attributes":${attributes}}`;
  }

  /** Puts handed-over values into their slots; those an older stage did not send are missing. */
  takeHandover(values: readonly number[], vector: Float64Array): void {
    const { handoverSlots } = this;
    for (let i = 0; i < handoverSlots.length; i++) vector[handoverSlots[i] as number] = values[i] ?? Number.NaN;
  }

  /**
   * The JSON of a `features` event whose features are those of the vector: the text JSON.stringify would give, for less than half.
   * Stringifying an object of many doubles is the dearest step of the terminal stage.
   * @param transaction its JSON
   */
  json(transaction: string, vector: Float64Array): string {
    const { prefixes } = this;
    let text = `{"transaction":${transaction}${this.serviceJson}`;
    for (let slot = 0; slot < prefixes.length; slot++) {
      const value = vector[slot] as number;
      text += prefixes[slot] as string;
      text += Number.isFinite(value) ? value : 'null';
    }
    return `${text}}}`;
  }
}
