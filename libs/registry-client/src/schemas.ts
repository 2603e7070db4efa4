import { artifactFileSchema } from '@fraudflow/contracts/mlflow/artifact';
import { keyValues } from '@fraudflow/contracts/mlflow/fields';
import { modelVersionSchema } from '@fraudflow/contracts/mlflow/model-version';
import { metricSchema, runInfoSchema } from '@fraudflow/contracts/mlflow/run';
import { z } from 'zod';

/** The fields of a model version that the client reads; others may be absent from the response. */
export const modelVersion = modelVersionSchema.pick({
  name: true,
  version: true,
  current_stage: true,
  run_id: true,
  source: true,
  status: true,
  tags: true,
  creation_timestamp: true,
});

/** A registered model version as the registry describes it. */
export type ModelVersion = z.infer<typeof modelVersion>;

/** The fields of a run that the client reads. */
export const run = z.object({
  info: runInfoSchema.pick({ run_id: true, experiment_id: true, artifact_uri: true, status: true }),
  data: z
    .object({
      metrics: z.array(metricSchema.pick({ key: true, value: true })).default([]),
      params: keyValues.default([]),
      tags: keyValues.default([]),
    })
    .default({ metrics: [], params: [], tags: [] }),
});

/** A run with its latest metrics, parameters and tags. */
export type Run = z.infer<typeof run>;

/** A file or folder of an artifact location. */
export type ArtifactFile = z.infer<typeof artifactFileSchema>;
