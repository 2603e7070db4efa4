import { STREAMED_SERVICES } from '@fraudflow/features';
import { reloadRows } from '../data/reload-rows.js';
import { type Comparison, compareWithChampion } from '../models/champion-comparison.js';
import type { Champion } from '../models/model-store.port.js';
import { evaluateRows, GATES, SCORES } from './evaluate.step.js';
import { PLAN } from './plan.step.js';
import type { PipelineStep, StepContext } from './step.js';
import { LEARNT } from './train.step.js';
import { part, type Work } from './work.js';

/** The active version that the model was compared with; undefined if there was none. */
export const CHAMPION = part<Champion | undefined>('champion');

/** Compares the model with the active version on the same rows, if there is an active version. */
export const compareStep: PipelineStep = {
  name: 'compare',
  phase: 'evaluating',
  async run(work, context) {
    const { settings, ports, withRetries } = context;
    const champion = await withRetries(() => ports.store.champion(settings.model));
    work.set(CHAMPION, champion);
    if (champion === undefined) return;
    const rows = { test: work.get(LEARNT).test, scores: work.get(SCORES) };
    const gate = await compareWithChampion(champion, rows, comparison(work, context));
    work.set(GATES, [...work.get(GATES), gate]);
  },
};

function comparison(work: Work, { ports, settings, signal, withRetries }: StepContext): Comparison {
  const learnt = work.get(LEARNT);
  const plan = work.get(PLAN);
  return {
    learner: ports.learner,
    evaluate: (rows, scores) => evaluateRows(learnt, rows, scores),
    reload: (rows, names) =>
      withRetries(() => reloadRows(ports.data, rows, { names, services: STREAMED_SERVICES, plan }, signal)),
    tolerance: settings.gates.championTolerance ?? 0,
  };
}
