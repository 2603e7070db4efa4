import { invalidInput } from '@fraudflow/core';
import type { FeatureDefinition, FeatureServiceDefinition } from '../catalog/definitions.js';
import { featureIndex, featureServiceByName } from '../catalog/feature-lookup.js';
import { planVector, type VectorPlan } from './vector-plan.js';

/**
 * The features that travel with each transaction: those of one service, in its order. State does not depend on this
 * choice. All other computed features can be read online and computed for history, so the service on the stream can be
 * changed by a restart.
 */
export class StreamedFeatures {
  readonly service: FeatureServiceDefinition;
  readonly features: readonly FeatureDefinition[];
  readonly names: readonly string[];
  /** Slot of each feature in a vector of `COMPUTED_FEATURES`. */
  readonly slots: Int32Array;

  /**
   * @throws AppError not_found `FEATURE_SERVICE_UNKNOWN`; invalid_input `FEATURE_NOT_COMPUTED` for a service with
   * pushed features.
   */
  constructor(serviceName: string) {
    this.service = featureServiceByName(serviceName);
    this.features = this.service.features;
    this.names = this.features.map(({ name }) => name);
    this.slots = Int32Array.from(this.names, featureIndex);
  }

  /**
   * Plan of vectors in the service's order. Attributes are included, because features that are not on the stream may
   * need them.
   */
  plan(): VectorPlan {
    return planVector(this.features, { withAttributes: true });
  }

  /**
   * Checks that the features of a model are on the stream.
   * @throws AppError invalid_input `FEATURE_NOT_STREAMED` naming those that are not
   */
  require(names: readonly string[]): void {
    const absent = names.filter((name) => !this.names.includes(name));
    if (absent.length === 0) return;
    throw invalidInput(
      `${absent.join(', ')}: not among the features of ${this.service.name}, which travel on the stream; ` +
        'set FRAUDFLOW_FEATURE_SERVICE to a service that has them',
      { code: 'FEATURE_NOT_STREAMED', field: absent[0] as string },
    );
  }
}
