import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalidInput } from '@fraudflow/core';
import { repositoryRoot } from '@fraudflow/local';
import { z } from 'zod';

const baselineSchema = z.object({
  bench: z.string(),
  figure: z.string(),
  unit: z.string(),
  median: z.number().positive(),
  better: z.enum(['higher', 'lower']),
  /** How many times worse a new result may be. */
  tolerance: z.number().min(1),
  /** Speed of the machine that the figure was measured on: see `calibrationSpeed`. Without it speeds are not scaled. */
  calibration: z.number().positive().optional(),
  /** Options of the command line that differ from the defaults. */
  options: z.string().optional(),
});

/** One figure of `docs/benchmarks/baselines.json`. */
export type Baseline = z.infer<typeof baselineSchema>;

const FILE = join(repositoryRoot(), 'docs/benchmarks/baselines.json');

/** The recorded figures. @throws AppError invalid_input for a file of another form */
export function readBaselines(path = FILE): readonly Baseline[] {
  const parsed = z.array(baselineSchema).safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw invalidInput(`${path} is not a list of baselines: ${z.prettifyError(parsed.error)}`);
}
