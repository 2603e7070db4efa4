import { asError } from '@fraudflow/core';
import { type ArtifactPath, parseArtifactPath } from './artifact-path.js';

const SCHEME = 'mlflow-artifacts:';

/**
 * The path in our artifact store of a URI `mlflow-artifacts:/path` or `mlflow-artifacts://host/path`. The host is not
 * compared: behind a proxy the service does not know its own name.
 * @returns undefined for any other location, for the root, and for a path the store would refuse.
 */
export function ownArtifactPath(uri: string): ArtifactPath | undefined {
  if (!uri.startsWith(SCHEME)) return undefined;
  const rest = uri.slice(SCHEME.length);
  const withoutHost = /^\/\/[^/]/.test(rest) ? rest.slice(2).replace(/^[^/]*/, '') : rest;
  try {
    const path = parseArtifactPath(withoutHost.split('/').filter(Boolean).map(encodeURIComponent).join('/'));
    return path === '' ? undefined : path;
  } catch (thrown) {
    if (asError(thrown).name === 'AppError') return undefined;
    throw thrown;
  }
}
