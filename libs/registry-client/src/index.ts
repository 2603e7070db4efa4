export { RegistryClient, type RunBatch } from './registry-client.js';
export type { ArtifactFile, ModelVersion, Run } from './schemas.js';
