import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalidInput } from '@fraudflow/core';
import { requireLoggedModel } from '../logged-models/logged-models.service.js';
import { requireRunInfo } from '../runs/runs.service.js';
import type { RegistryUnit } from '../storage/registry-store.port.js';
import { climbsOut } from '../validation/encoded-text.js';
import { requireModelVersion } from './require-model-version.js';

export interface ResolvedSource {
  readonly storageLocation: string;
  readonly runId: string | undefined;
  readonly modelId: string | undefined;
}

interface SourceRequest {
  readonly source: string;
  readonly runId: string | undefined;
  readonly modelId: string | undefined;
}

const LOGGED_MODEL_URI = /^models:\/+(m-[\w-]+)$/;
/** The name is not percent-encoded, as in the client: a percent sign is part of it. */
const VERSION_URI = /^models:\/+([^/]+)\/(\d{1,9})$/;

/**
 * Resolves the location of a new version's files. `models:/m-…` is the folder of the logged model, `models:/name/3` the
 * location of that version; any other source is unchanged. No file is fetched, because the source may name any host.
 * @throws AppError invalid_input for a source with `..` segments or a local file outside the run; not_found for an
 * unknown model
 */
export async function resolveSource(unit: RegistryUnit, request: SourceRequest): Promise<ResolvedSource> {
  const { source, runId, modelId } = request;
  if (climbsOut(source)) {
    // MLflow's message, which clients search for.
    throw invalidInput(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or ` +
        'mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
      { field: 'source' },
    );
  }
  const loggedModelId = LOGGED_MODEL_URI.exec(source)?.[1];
  if (loggedModelId !== undefined) {
    const model = await requireLoggedModel(unit, loggedModelId);
    return { storageLocation: model.artifactUri, runId: runId ?? model.sourceRunId, modelId: modelId ?? loggedModelId };
  }
  const [, name, version] = VERSION_URI.exec(source) ?? [];
  if (name !== undefined && version !== undefined) {
    const original = await requireModelVersion(unit, name, Number(version));
    return {
      storageLocation: original.storageLocation,
      runId: runId ?? original.runId,
      modelId: modelId ?? original.modelId,
    };
  }
  const path = localPath(source);
  if (path !== undefined) await checkLocalSource(unit, source, path, request);
  return { storageLocation: source, runId, modelId };
}

async function checkLocalSource(
  unit: RegistryUnit,
  source: string,
  path: string,
  request: SourceRequest,
): Promise<void> {
  const roots: (string | undefined)[] = [];
  if (request.runId !== undefined) roots.push((await requireRunInfo(unit, request.runId)).artifactUri);
  if (request.modelId !== undefined) roots.push((await requireLoggedModel(unit, request.modelId)).artifactUri);
  const isInside = roots.some((root) => {
    const folder = root === undefined ? undefined : localPath(root);
    return (
      folder !== undefined &&
      posix.isAbsolute(folder) &&
      `${posix.normalize(path)}/`.startsWith(`${posix.normalize(folder)}/`)
    );
  });
  if (isInside) return;
  throw invalidInput(
    `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter ` +
      'has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.',
  );
}

/** The path of a local source, or undefined for a URI of another kind. */
function localPath(source: string): string | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return source;
  if (scheme !== 'file') return undefined;
  try {
    return fileURLToPath(source.replace(/^file:\/*/i, 'file:///'));
  } catch (error) {
    throw invalidInput(`Invalid model version source: '${source}' is not a file URI`, { cause: error });
  }
}
