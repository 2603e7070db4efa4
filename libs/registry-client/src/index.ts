export * from './registry-client.js';
export type { ArtifactFile, ModelVersion, Run } from './schemas.js';
