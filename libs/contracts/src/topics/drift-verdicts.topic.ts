import { z } from 'zod';
import { instantSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';

const columnVerdictSchema = z.object({
  name: z.string(),
  n: z.int().nonnegative(),
  m: z.int().nonnegative(),
  ks_statistic: z.number().nullable(),
  ks_p_value: z.number().nullable(),
  psi: z.number().nullable(),
  psi_noise_floor: z.number().nullable(),
  missing_share: z.number(),
  reference_missing_share: z.number(),
  p_value: z.number().nullable(),
  e_value: z.number().nullable(),
  drifted: z.boolean(),
});

/** Verdict on one feature, or on the score, in a record of `drift.verdicts`. */
export type ColumnVerdict = z.infer<typeof columnVerdictSchema>;

/** Drift verdict on one closed window of one model version. */
const driftVerdictSchema = z.object({
  /** `<model>:<version>:<window start>`. Each window has one verdict. */
  verdict_id: z.string(),
  model_name: z.string(),
  model_version: z.string(),
  window_start: instantSchema,
  window_end: instantSchema,
  rows: z.int().nonnegative(),
  reference_rows: z.int().nonnegative(),
  late_rows: z.int().nonnegative(),
  columns: z.array(columnVerdictSchema),
  score: columnVerdictSchema.nullable(),
  drifted_columns: z.array(z.string()),
  /** log10 of the model's accumulated evidence (e-value) against the hypothesis that nothing changed. */
  evidence_log10: z.number(),
  alarm: z.boolean(),
  /** False alarms accepted per window, e.g. 0.001. */
  false_alarm_budget: z.number(),
  performance: z
    .object({
      labelled_rows: z.int().nonnegative(),
      precision: z.number().nullable(),
      recall: z.number().nullable(),
      f1: z.number().nullable(),
      accuracy: z.number().nullable(),
      auc_roc: z.number().nullable(),
      average_precision: z.number().nullable(),
    })
    .nullable(),
  config_digest: z.string(),
});

/** A record of `drift.verdicts`. */
export type DriftVerdictEvent = z.infer<typeof driftVerdictSchema>;

/** Drift verdicts, by model. */
export const driftVerdictsTopic = defineTopic<DriftVerdictEvent>({
  name: 'drift.verdicts',
  keyedBy: 'model name',
  keyOf: (verdict) => verdict.model_name,
  schema: driftVerdictSchema,
  partitions: 1,
  owner: 'drift-monitor',
  description: 'One verdict per closed window and model version.',
});
