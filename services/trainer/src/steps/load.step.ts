import type { TrainingColumns } from '../data/training-columns.js';
import { PLAN } from './plan.step.js';
import type { PipelineStep } from './step.js';
import { part } from './work.js';

/** All rows of the plan, from the first training day to the reference time. */
export const ROWS = part<TrainingColumns>('rows');

/** Loads the rows of the plan from the feature store. */
export const loadStep: PipelineStep = {
  name: 'load',
  phase: 'preparing',
  async run(work, { ports, signal, report, withRetries }) {
    const { trainStartMs, asOfMs } = work.get(PLAN);
    const range = { fromMs: trainStartMs, toMs: asOfMs + 1, asOfMs };
    work.set(ROWS, await withRetries(() => ports.data.load(range, signal, (share) => report(share))));
  },
};
