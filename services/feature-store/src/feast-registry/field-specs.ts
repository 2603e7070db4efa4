import { feastFeature, feastTypes } from '@fraudflow/contracts';
import type { EntityName, FeatureDefinition } from '@fraudflow/features';
import { valueTypeOf } from './value-types.js';

/** A feature as Feast describes a column. */
export function featureSpec(feature: FeatureDefinition): feastFeature.FeatureSpecV2 {
  const { name, description, dtype } = feature;
  return feastFeature.FeatureSpecV2.fromPartial({
    name,
    description,
    valueType: valueTypeOf(dtype),
    tags: windowTags(feature),
  });
}

/**
 * A feature with its name and type only. The SDK reads no descriptions of on-demand features, and refuses a feature service whose
 * columns do not equal those of the view it has read.
 */
export function bareFeatureSpec({ name, dtype }: FeatureDefinition): feastFeature.FeatureSpecV2 {
  return feastFeature.FeatureSpecV2.fromPartial({ name, valueType: valueTypeOf(dtype) });
}

/** A join key as Feast describes a column; all our keys are strings. */
export function joinKeySpec(name: EntityName): feastFeature.FeatureSpecV2 {
  return feastFeature.FeatureSpecV2.fromPartial({ name, valueType: feastTypes.ValueType_Enum.STRING });
}

function windowTags({ window }: FeatureDefinition): Record<string, string> {
  if (window === undefined) return {};
  return { window_ms: `${window.lengthMs}`, delay_ms: `${window.delayMs}` };
}
