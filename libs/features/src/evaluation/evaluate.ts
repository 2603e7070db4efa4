import { attributesOf } from '../catalog/event-attributes.js';
import type { PlannedFeature } from '../plan/entity-plan.js';
import type { FeatureRows } from './feature-rows.js';
import type { WindowReading } from './window-reading.js';

/**
 * Writes the features of a reading into their slots by their aggregates' `evaluate`. This is the general evaluation,
 * which works for every aggregate. Features about the request's transaction are NaN (missing) without one.
 */
export function evaluate(features: readonly PlannedFeature[], rows: FeatureRows, out: Float64Array): void {
  for (let i = 0; i < features.length; i++) {
    const feature = features[i] as PlannedFeature;
    out[feature.slot] = rows.valueOf(feature);
  }
}

/** Attributes of the request's transaction. @param span the one whose median the amount is compared with */
export function requestAttributes(reading: WindowReading, span: number): number {
  return attributesOf(reading.currentMinor, reading.medianBefore(span));
}
