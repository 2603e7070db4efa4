import { tensorflowServing } from '@fraudflow/contracts';
import { notFound } from '@fraudflow/core';
import { status } from '@grpc/grpc-js';
import type { VersionState, VersionStatus } from '../../models/model-loader.js';
import { namedIn } from './model-choice.js';

type Response = tensorflowServing.GetModelStatusResponse;
const { ModelVersionStatus_State: State } = tensorflowServing;

const STATE_ON_WIRE: Readonly<Record<VersionState, tensorflowServing.ModelVersionStatus_State>> = {
  loading: State.LOADING,
  available: State.AVAILABLE,
  refused: State.END,
};

/**
 * The versions of a model in TensorFlow Serving's format; a refused version has the state END with the reason.
 * @throws AppError invalid_input without a name; not_found for another model or version, or before the first version.
 */
export function modelStatus(
  spec: tensorflowServing.ModelSpec | undefined,
  modelName: string,
  versions: readonly VersionStatus[],
): Response {
  const { name, version } = namedIn(spec);
  if (name !== modelName || versions.length === 0) {
    throw notFound(`Could not find any versions of model ${name}`, { code: 'MODEL_UNKNOWN', field: 'model_spec.name' });
  }
  const meant = versions.filter((known) => version === undefined || known.version === String(version));
  if (meant.length === 0) {
    throw notFound(`Could not find version ${version} of model ${name}`, {
      code: 'MODEL_UNKNOWN',
      field: 'model_spec.version',
    });
  }
  return { modelVersionStatus: meant.map(toWire) };
}

function toWire({ version, state, message }: VersionStatus): tensorflowServing.ModelVersionStatus {
  const errorCode = state === 'refused' ? status.INVALID_ARGUMENT : status.OK;
  return { version: Number(version), state: STATE_ON_WIRE[state], status: { errorCode, errorMessage: message } };
}
