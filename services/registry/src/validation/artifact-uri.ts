import { asError } from '@fraudflow/core';
import { type ArtifactPath, parseArtifactPath } from './artifact-path.js';

const SCHEME = 'mlflow-artifacts:';

/**
 * The path in this server's artifact store of a URI `mlflow-artifacts:/path` or `mlflow-artifacts://host/path`. The
 * host is not compared, because the public name of a service behind a proxy is not configured.
 * @returns undefined for any other location, for the root, and for a path that the store refuses
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
