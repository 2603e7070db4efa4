/** Everything below this path is a stored file: bytes in, bytes out, no JSON. */
export const ARTIFACT_FILES_PATH = '/api/2.0/mlflow-artifacts/artifacts';
