import { feastFeature, feastTypes } from '@fraudflow/contracts';
import type { EntityName, FeatureDefinition } from '@fraudflow/features';
import { valueTypeOf } from './value-types.js';

/** The Feast column specification of a feature. */
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
 * The column specification of a feature with name and type only. The SDK does not read descriptions of on-demand
 * features, and it refuses a feature service whose columns differ from those of the view.
 */
export function bareFeatureSpec({ name, dtype }: FeatureDefinition): feastFeature.FeatureSpecV2 {
  return feastFeature.FeatureSpecV2.fromPartial({ name, valueType: valueTypeOf(dtype) });
}

/** The Feast column specification of a join key; all join keys are strings. */
export function joinKeySpec(name: EntityName): feastFeature.FeatureSpecV2 {
  return feastFeature.FeatureSpecV2.fromPartial({ name, valueType: feastTypes.ValueType_Enum.STRING });
}

function windowTags({ window }: FeatureDefinition): Record<string, string> {
  if (window === undefined) return {};
  return { window_ms: `${window.lengthMs}`, delay_ms: `${window.delayMs}` };
}
