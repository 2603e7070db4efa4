import { ownArtifactPath } from '../validation/artifact-uri.js';
import type { RegistryUnit } from '../storage/registry-store.port.js';
import type { FrozenArtifacts } from '../entities/model-version.repository.js';

const RUN_URI = /^runs:\/+([\w-]+)\/(.+)$/;
/** A logged model's folder, or a folder below the artifacts of a run: one model and nothing else. */
const MODEL_FOLDER = /(?:^|\/)(?:models\/m-[^/]+\/artifacts|[^/]+\/artifacts\/[^/]+)(?:\/|$)/;

/**
 * What a new version freezes of our artifact store: the files that are at its location, and, if the location is the
 * folder of one model, the folder as a whole. A wider location (a run's artifacts, an experiment) freezes no folder,
 * because others still write there.
 */
export async function frozenArtifacts(unit: RegistryUnit, location: string): Promise<FrozenArtifacts> {
  const folder = ownArtifactPath(await resolveRunUri(unit, location));
  if (folder === undefined) return {};
  return { filesFolder: folder, frozenFolder: MODEL_FOLDER.test(folder) ? folder : undefined };
}

/** `runs:/<id>/<path>` as the place of the run's artifacts; another URI, or an unknown run's, as it is. */
async function resolveRunUri(unit: RegistryUnit, location: string): Promise<string> {
  const [, runId, path] = RUN_URI.exec(location) ?? [];
  if (runId === undefined || path === undefined) return location;
  const run = await unit.runs.findInfo(runId);
  return run ? `${run.artifactUri}/${path}` : location;
}
