/** Everything below this path is a stored file: bytes in, bytes out, no JSON. */
export const ARTIFACT_FILES_PATH = '/api/2.0/mlflow-artifacts/artifacts';

/** One small file of a run, sent by MLflow's browser interface as the body of a POST. */
export const RUN_UPLOAD_PATH = '/api/2.0/mlflow/upload-artifact';
