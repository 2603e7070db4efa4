import { LABEL_SOURCES } from '@fraudflow/core';
import { z } from 'zod';
import { idSchema, instantSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';
import { INPUT_RETENTION_MS } from './transactions.topic.js';

/** A fraud label as its producer sends it. */
export const labelSchema = z.looseObject({
  transaction_id: idSchema,
  is_fraud: z.boolean(),
  /** When the label became available. Features never use it for earlier instants. */
  labelled_at: instantSchema,
  source: z.enum(LABEL_SOURCES).default('chargeback'),
  /** Keys and time of the labelled transaction. If they are absent, ingestion joins them from the offline store. */
  customer_id: idSchema.optional(),
  terminal_id: idSchema.optional(),
  occurred_at: instantSchema.optional(),
});

/** A record of `labels`. */
export type Label = z.infer<typeof labelSchema>;

/** Input topic of fraud labels. */
export const labelsTopic = defineTopic<Label>({
  name: 'labels',
  keyedBy: 'transaction_id',
  keyOf: (label) => label.transaction_id,
  schema: labelSchema,
  owner: 'external',
  retentionMs: INPUT_RETENTION_MS,
  deadLetters: true,
  description: 'Fraud labels, often days after the transaction.',
});

/** A fraud label with the entity keys and the time of its transaction. */
export const validatedLabelSchema = z.object({
  transaction_id: idSchema,
  is_fraud: z.boolean(),
  labelled_at: instantSchema,
  source: z.enum(LABEL_SOURCES),
  customer_id: idSchema,
  terminal_id: idSchema,
  occurred_at: instantSchema,
});

/** A record of `labels.validated`. */
export type ValidatedLabel = z.infer<typeof validatedLabelSchema>;

/** Validated labels, keyed by terminal. */
export const labelsValidatedTopic = defineTopic<ValidatedLabel>({
  name: 'labels.validated',
  keyedBy: 'terminal_id',
  keyOf: (label) => label.terminal_id,
  schema: validatedLabelSchema,
  owner: 'ingestion',
  description: "Labels joined with their transaction's entity keys and time.",
});
