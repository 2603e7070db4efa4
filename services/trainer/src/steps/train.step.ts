import { learn, type LearntFrom } from '../learners/learn-model.js';
import { ROWS } from './load.step.js';
import { PLAN } from './plan.step.js';
import type { PipelineStep } from './step.js';
import { part } from './work.js';

/** The trained model with its metadata and test rows. */
export const LEARNT = part<LearntFrom>('learnt');

/** Trains the model on the training days and chooses its threshold on days before the test days. */
export const trainStep: PipelineStep = {
  name: 'train',
  phase: 'training',
  async run(work, { ports, settings, signal, report }) {
    const learnt = await learn(ports.learner, work.get(ROWS), work.get(PLAN), {
      settings,
      signal,
      onProgress: (share) => report(share),
      note: work.note,
    });
    work.set(LEARNT, learnt);
  },
};
