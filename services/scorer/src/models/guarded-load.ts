import { createHash } from 'node:crypto';
import { asError, invalidInput } from '@fraudflow/core';
import type { LastGoodModel } from './last-good-model.port.js';
import type { ModelArtifact } from './model-artifact.js';
import type { ScoringModel } from './scoring-model.port.js';

/**
 * Number of process deaths during the load of a file after which the file is quarantined. One death may have another
 * cause, such as a power failure or a kill.
 */
const MAX_CRASHES = 2;

export interface GuardedLoadParts {
  readonly load: (artifact: ModelArtifact) => Promise<ScoringModel>;
  readonly lastGood: Pick<LastGoodModel, 'loadBegins' | 'loadEnds'>;
  readonly events: { modelFolderFailed(reason: Error): void };
}

/**
 * Loads a model, unless the process died twice while it loaded this file: a crash in native code would otherwise repeat
 * at every start. If the folder cannot be written, the load continues without this protection.
 * @throws AppError invalid_input MODEL_QUARANTINED, or what `load` throws.
 */
export async function guardedLoad(artifact: ModelArtifact, parts: GuardedLoadParts): Promise<ScoringModel> {
  const { load, lastGood, events } = parts;
  const digest = createHash('sha256').update(artifact.onnx).digest('hex');
  const unlessFailing = <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch((thrown: unknown) => {
      events.modelFolderFailed(asError(thrown));
      return undefined;
    });
  const crashes = (await unlessFailing(lastGood.loadBegins(digest))) ?? 0;
  // `loadEnds` is not called, so the file stays in quarantine.
  if (crashes >= MAX_CRASHES) throw quarantined(artifact, crashes);
  try {
    return await load(artifact);
  } finally {
    await unlessFailing(lastGood.loadEnds(digest));
  }
}

function quarantined({ version }: ModelArtifact, crashes: number): Error {
  const message = `version ${version} ended the process ${crashes} times while it was loaded; promote another version, or remove loads.json from FRAUDFLOW_SCORER_MODEL_FOLDER to try again`;
  return invalidInput(message, { code: 'MODEL_QUARANTINED' });
}
