import type { tensorflowServing } from '@fraudflow/contracts';
import { invalidInput, notFound } from '@fraudflow/core';

type ModelSpec = tensorflowServing.ModelSpec;

/** Version labels that refer to the active version. */
const CURRENT_LABELS: ReadonlySet<string> = new Set(['production', 'stable', 'champion']);

/**
 * The model name and version number in a request.
 * @throws AppError invalid_input without a model_spec or name.
 */
export function namedIn(spec: ModelSpec | undefined): { name: string; version: number | undefined } {
  if (!spec) throw invalidInput('missing model_spec', { code: 'MODEL_SPEC', field: 'model_spec' });
  if (spec.name === '')
    throw invalidInput('model_spec.name is empty', { code: 'MODEL_SPEC', field: 'model_spec.name' });
  return { name: spec.name, version: versionIn(spec) };
}

/**
 * Checks that a request refers to the active version.
 * @throws AppError not_found with TensorFlow Serving's message for any other model or version.
 */
export function checkServed(spec: ModelSpec | undefined, served: { name: string; version: string | undefined }): void {
  const { name, version } = namedIn(spec);
  const meant = version === undefined ? `Latest(${name})` : `Specific(${name}, ${version})`;
  const isOther = version !== undefined && served.version !== undefined && String(version) !== served.version;
  if (name !== served.name || isOther) {
    throw notFound(`Servable not found for request: ${meant}`, { code: 'MODEL_UNKNOWN', field: 'model_spec' });
  }
}

function versionIn({ versionChoice, name }: ModelSpec): number | undefined {
  if (versionChoice?.$case === 'versionLabel' && !CURRENT_LABELS.has(versionChoice.value.toLowerCase())) {
    throw invalidInput(`Unrecognized servable version label: ${versionChoice.value} of model ${name}`, {
      code: 'VERSION_LABEL',
      field: 'model_spec.version_label',
    });
  }
  return versionChoice?.$case === 'version' ? versionChoice.value : undefined;
}
