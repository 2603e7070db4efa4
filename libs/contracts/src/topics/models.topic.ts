import { z } from 'zod';
import { instantSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';

/** A change of a model version, stage or alias in the registry. */
export const modelEventSchema = z.object({
  event_id: z.string(),
  /** Sequence number of the change in the registry; increases by one. */
  sequence: z.int().nonnegative(),
  kind: z.enum(['version_created', 'stage_changed', 'alias_set', 'alias_deleted', 'version_deleted']),
  model_name: z.string(),
  model_version: z.string(),
  from_stage: z.string().optional(),
  to_stage: z.string().optional(),
  alias: z.string().optional(),
  run_id: z.string().optional(),
  /** Resolved location of the model's files: `mlflow-artifacts:/…`. */
  download_uri: z.string().optional(),
  actor: z.string(),
  occurred_at: instantSchema,
});

/** A record of `models.events`. */
export type ModelEvent = z.infer<typeof modelEventSchema>;

/** Events of the model registry. */
export const modelsEventsTopic = defineTopic<ModelEvent>({
  name: 'models.events',
  keyedBy: 'model name',
  keyOf: (event) => event.model_name,
  schema: modelEventSchema,
  partitions: 1,
  owner: 'registry',
  description: 'Every change of a version, stage or alias in the registry.',
});

/** A request to train a new version of a model. */
const retrainingRequestedSchema = z.object({
  /** Derived from model, version and window, so that repeats can be recognised. */
  request_id: z.string(),
  model_name: z.string(),
  model_version: z.string(),
  reason: z.enum(['drift', 'performance', 'schedule', 'manual', 'alert', 'initial']),
  requested_by: z.string(),
  requested_at: instantSchema,
  /** Event time up to which history may be used. */
  data_until: instantSchema.optional(),
  window_start: instantSchema.optional(),
  window_end: instantSchema.optional(),
  /** Evidence of the requester: log10 evidence, names of drifted features, exceeded bounds. */
  evidence: z.record(z.string(), z.unknown()),
});

/** A record of `retraining.requested`. */
export type RetrainingRequested = z.infer<typeof retrainingRequestedSchema>;

/** Requests that the trainer consumes. */
export const retrainingRequestedTopic = defineTopic<RetrainingRequested>({
  name: 'retraining.requested',
  keyedBy: 'model name',
  keyOf: (event) => event.model_name,
  schema: retrainingRequestedSchema,
  partitions: 1,
  owner: 'drift-monitor',
  description: 'Retraining requests with their evidence.',
});

/** Outcome of a retraining request. */
const trainingCompletedSchema = z.object({
  request_id: z.string(),
  model_name: z.string(),
  outcome: z.enum(['promoted', 'rejected', 'failed', 'cancelled']),
  model_version: z.string().optional(),
  run_id: z.string().optional(),
  previous_version: z.string().optional(),
  data_digest: z.string().optional(),
  metrics: z.record(z.string(), z.number()),
  gates: z.array(
    z.object({ gate: z.string(), value: z.number().nullable(), bound: z.number().nullable(), passed: z.boolean() }),
  ),
  message: z.string(),
  completed_at: instantSchema,
});

/** A record of `training.completed`. */
export type TrainingCompleted = z.infer<typeof trainingCompletedSchema>;

/** Outcomes of retraining requests. */
export const trainingCompletedTopic = defineTopic<TrainingCompleted>({
  name: 'training.completed',
  keyedBy: 'model name',
  keyOf: (event) => event.model_name,
  schema: trainingCompletedSchema,
  partitions: 1,
  owner: 'trainer',
  description: 'How a training ended: promoted, rejected with the failing gate, failed or cancelled.',
});
