import type { FeaturesEvent } from '@fraudflow/contracts';
import { planVector, STREAM_FEATURE_NAMES, STREAM_FEATURES } from '@fraudflow/features';

/** What both stages compute: every feature, in the order of the vector on the stream. */
export const STREAM_PLAN = planVector(STREAM_FEATURES);

/** Slots the customer stage fills and hands over, in this order. */
const HANDOVER_SLOTS = STREAM_FEATURES.flatMap(({ view }, slot) => (view === 'terminal' ? [] : [slot]));

/** The values the customer stage has filled in. */
export function handoverOf(vector: Float64Array): number[] {
  const values: number[] = [];
  for (let i = 0; i < HANDOVER_SLOTS.length; i++) values.push(vector[HANDOVER_SLOTS[i] as number] as number);
  return values;
}

/** Puts handed-over values into their slots; those an older stage did not send are missing. */
export function takeHandover(values: readonly number[], vector: Float64Array): void {
  for (let i = 0; i < HANDOVER_SLOTS.length; i++) vector[HANDOVER_SLOTS[i] as number] = values[i] ?? Number.NaN;
}

/** `,"name":` before each value of the vector, the first without its comma. */
const PREFIXES = STREAM_FEATURE_NAMES.map((name, slot) => `${slot === 0 ? '' : ','}${JSON.stringify(name)}:`);

/**
 * The JSON of a `features` event whose features are those of the vector: the text JSON.stringify would give, for less than half. Stringifying an
 * object of 38 doubles is the dearest step of the terminal stage.
 */
export function featuresJson(event: Omit<FeaturesEvent, 'features'>, vector: Float64Array): string {
  let text = `${JSON.stringify(event).slice(0, -1)},"features":{`;
  for (let slot = 0; slot < PREFIXES.length; slot++) {
    const value = vector[slot] as number;
    text += PREFIXES[slot] as string;
    text += Number.isFinite(value) ? value : 'null';
  }
  return `${text}}}`;
}
