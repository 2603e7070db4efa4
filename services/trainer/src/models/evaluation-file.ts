import type { GateResult } from '@fraudflow/learning';
import { z } from 'zod';

/** File name in a version's folder. */
export const EVALUATION_FILE = 'evaluation.json';

const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const evaluationSchema = z.object({
  metrics: z.record(z.string(), number),
  gates: z.array(
    z.object({
      gate: z.string(),
      value: number,
      bound: number,
      passed: z.boolean(),
      message: z.string().default(''),
    }),
  ),
});

export interface StoredEvaluation {
  readonly metrics: Readonly<Record<string, number>>;
  readonly gates: readonly GateResult[];
}

/** A figure that is undefined (NaN) becomes null. */
export function renderEvaluation(evaluation: StoredEvaluation): string {
  return JSON.stringify(evaluation, null, 2);
}

/** @throws ZodError or SyntaxError if it is not what {@link renderEvaluation} wrote. */
export function parseEvaluation(text: string): StoredEvaluation {
  return evaluationSchema.parse(JSON.parse(text));
}
