import { ownArtifactPath } from '../validation/artifact-uri.js';
import type { RegistryUnit } from '../storage/registry-store.port.js';
import type { FrozenArtifacts } from '../entities/model-version.repository.js';

const RUN_URI = /^runs:\/+([\w-]+)\/(.+)$/;
/** Matches the folder of a logged model, or a folder below the artifacts of a run, which contains one model only. */
const MODEL_FOLDER = /(?:^|\/)(?:models\/m-[^/]+\/artifacts|[^/]+\/artifacts\/[^/]+)(?:\/|$)/;

/**
 * The artifacts that a new version freezes: the files at its location and, if the location is the folder of one model,
 * the whole folder. A wider location (the artifacts of a run or of an experiment) freezes no folder, because other
 * writers use it.
 */
export async function frozenArtifacts(unit: RegistryUnit, location: string): Promise<FrozenArtifacts> {
  const folder = ownArtifactPath(await resolveRunUri(unit, location));
  if (folder === undefined) return {};
  return { filesFolder: folder, frozenFolder: MODEL_FOLDER.test(folder) ? folder : undefined };
}

/**
 * Resolves `runs:/<id>/<path>` to the run's artifact location; returns any other URI, and an unknown run's, unchanged.
 */
async function resolveRunUri(unit: RegistryUnit, location: string): Promise<string> {
  const [, runId, path] = RUN_URI.exec(location) ?? [];
  if (runId === undefined || path === undefined) return location;
  const run = await unit.runs.findInfo(runId);
  return run ? `${run.artifactUri}/${path}` : location;
}
