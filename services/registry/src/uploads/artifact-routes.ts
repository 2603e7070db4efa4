/** Paths below this one are stored files, transferred as bytes and not as JSON. */
export const ARTIFACT_FILES_PATH = '/api/2.0/mlflow-artifacts/artifacts';

/** Upload of one small file of a run by MLflow's browser interface, as the body of a POST. */
export const RUN_UPLOAD_PATH = '/api/2.0/mlflow/upload-artifact';
