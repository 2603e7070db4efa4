import type { StreamedFeatures, VectorPlan } from '@fraudflow/features';
import type { JsonBytes } from '@fraudflow/runtime-tuning';
import { FEATURES_HEAD, BY_TERMINAL_HEAD } from './records/event-envelope.js';
import type { StreamTransaction } from './records/stream-transaction.js';

const BY_TERMINAL_VECTOR = Buffer.from(',"vector":[');
const BY_TERMINAL_ATTRIBUTES = Buffer.from('],"attributes":');
const COMMA = Buffer.from(',');
const LATE = Buffer.from(',"late":true');
const END = Buffer.from('}');

/**
 * The vector that both stages fill in turn: the features of each stage, the encoding between the stages, and the
 * encoding of the result.
 */
export class StreamVector {
  readonly plan: VectorPlan;
  /** Slots that the customer stage fills and sends, in this order. */
  private readonly partialSlots: readonly number[];
  /** `,"name":` before each value; the first has no comma. */
  private readonly prefixes: readonly Buffer[];
  private readonly serviceJson: Buffer;

  readonly service: StreamedFeatures['service'];

  constructor(streamed: StreamedFeatures) {
    this.service = streamed.service;
    this.plan = streamed.plan();
    this.partialSlots = streamed.features.flatMap(({ view }, slot) => (view === 'terminal' ? [] : [slot]));
    const { name, version } = streamed.service;
    this.serviceJson = Buffer.from(
      `,"feature_service":${JSON.stringify(name)},"feature_service_version":${version},"features":{`,
    );
    this.prefixes = streamed.names.map((name, slot) => Buffer.from(`${slot === 0 ? '' : ','}${JSON.stringify(name)}:`));
  }

  /** An empty vector. */
  create(): Float64Array {
    return new Float64Array(this.plan.length);
  }

  /**
   * Writes the JSON of a `features.by-terminal` event with the features of the customer stage. The JSON of the
   * transaction is copied, not encoded again.
   * @param of `isLate`: the transaction was too late to enter the windows of its customer
   * @returns bytes of `json`
   */
  byTerminalEvent(
    transaction: StreamTransaction,
    vector: Float64Array,
    { attributes, isLate }: { readonly attributes: number; readonly isLate: boolean },
    json: JsonBytes,
  ): Buffer {
    const { partialSlots } = this;
    json.copy(BY_TERMINAL_HEAD);
    json.copy(transaction.bytes, transaction.from, transaction.to);
    json.copy(BY_TERMINAL_VECTOR);
    for (let i = 0; i < partialSlots.length; i++) {
      if (i > 0) json.copy(COMMA);
      json.number(vector[partialSlots[i] as number] as number);
    }
    json.copy(BY_TERMINAL_ATTRIBUTES);
    json.number(attributes);
    if (isLate) json.copy(LATE);
    json.copy(END);
    return json.take();
  }

  /** Copies received values to their slots. Values that an older version did not send are missing. */
  readPartialVector(values: readonly number[], vector: Float64Array): void {
    const { partialSlots } = this;
    for (let i = 0; i < partialSlots.length; i++) vector[partialSlots[i] as number] = values[i] ?? Number.NaN;
  }

  /**
   * Writes the JSON of a `features` event with the features of the vector; the text equals that of JSON.stringify.
   * @param isLate true if the transaction was too late to enter the windows of its customer or its terminal
   * @returns bytes of `json`
   */
  event(transaction: StreamTransaction, vector: Float64Array, isLate: boolean, json: JsonBytes): Buffer {
    const { prefixes } = this;
    json.copy(FEATURES_HEAD);
    json.copy(transaction.bytes, transaction.from, transaction.to);
    json.copy(this.serviceJson);
    for (let slot = 0; slot < prefixes.length; slot++) {
      json.copy(prefixes[slot] as Buffer);
      json.number(vector[slot] as number);
    }
    json.copy(END);
    if (isLate) json.copy(LATE);
    json.copy(END);
    return json.take();
  }
}
