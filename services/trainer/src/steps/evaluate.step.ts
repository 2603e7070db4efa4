import { applyGates, type Evaluation, evaluateScores, type GateResult } from '@fraudflow/learning';
import type { TrainingColumns } from '../data/training-columns.js';
import type { LearntFrom } from '../learners/learn-model.js';
import { evaluationMetrics } from '../models/evaluation-metrics.js';
import type { PipelineStep } from './step.js';
import { LEARNT } from './train.step.js';
import { part } from './work.js';

/** The model's scores of the test rows, fraud probabilities. */
export const SCORES = part<Float32Array>('scores');
/** Metrics of the model so far, as the run logs them. A step that measures something adds its metrics. */
export const METRICS = part<Readonly<Record<string, number>>>('metrics');
/** Results of all gates so far. A step that has a gate replaces the list with a longer one. */
export const GATES = part<readonly GateResult[]>('gates');

/** Scores the test rows and applies the minimum gates. */
export const evaluateStep: PipelineStep = {
  name: 'evaluate',
  phase: 'evaluating',
  async run(work, { settings }) {
    const learnt = work.get(LEARNT);
    const scores = await learnt.model.score(learnt.test);
    const evaluation = evaluateRows(learnt, learnt.test, scores);
    work.set(SCORES, scores);
    work.set(METRICS, evaluationMetrics(evaluation));
    work.set(GATES, applyGates(evaluation, settings.gates).results);
  },
};

/** Metrics of scores of test rows at the threshold of the trained model. */
export function evaluateRows({ facts, plan }: LearntFrom, rows: TrainingColumns, scores: Float32Array): Evaluation {
  return evaluateScores(
    { ...rows, scores },
    { threshold: facts.threshold, firstDayMs: plan.testStartMs, topCards: 100 },
  );
}
