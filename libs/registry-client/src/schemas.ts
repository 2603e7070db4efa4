import { z } from 'zod';

const keyValue = z.object({ key: z.string(), value: z.string().default('') });

export const modelVersionSchema = z.object({
  name: z.string(),
  version: z.string(),
  current_stage: z.string().default('None'),
  run_id: z.string().default(''),
  source: z.string().default(''),
  status: z.string().default('READY'),
  tags: z.array(keyValue).default([]),
  creation_timestamp: z.coerce.number().default(0),
});

/** A registered model version as the registry describes it. */
export type ModelVersion = z.infer<typeof modelVersionSchema>;

export const runSchema = z.object({
  info: z.object({
    run_id: z.string(),
    experiment_id: z.string(),
    artifact_uri: z.string(),
    status: z.string().default('RUNNING'),
  }),
  data: z
    .object({
      metrics: z
        .array(z.object({ key: z.string(), value: z.union([z.number(), z.string()]).transform(Number) }))
        .default([]),
      params: z.array(keyValue).default([]),
      tags: z.array(keyValue).default([]),
    })
    .default({ metrics: [], params: [], tags: [] }),
});

export type Run = z.infer<typeof runSchema>;

export const artifactFileSchema = z.object({
  path: z.string(),
  is_dir: z.boolean().default(false),
  file_size: z.coerce.number().default(0),
});

export type ArtifactFile = z.infer<typeof artifactFileSchema>;
