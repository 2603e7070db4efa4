import { compareStep } from './compare.step.js';
import { decideStep } from './decide.step.js';
import { evaluateStep } from './evaluate.step.js';
import { loadStep } from './load.step.js';
import { planStep } from './plan.step.js';
import { registerStep } from './register.step.js';
import type { PipelineStep } from './step.js';
import { trainStep } from './train.step.js';

/** Steps of a training in the order in which they run. To add one: docs/guides/add-a-pipeline-step.md. */
export const STEPS: readonly PipelineStep[] = [
  planStep,
  loadStep,
  trainStep,
  evaluateStep,
  compareStep,
  decideStep,
  registerStep,
];
