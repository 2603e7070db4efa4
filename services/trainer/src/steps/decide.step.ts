import type { Verdict } from '../models/model-store.port.js';
import { CHAMPION } from './compare.step.js';
import { GATES, METRICS } from './evaluate.step.js';
import type { PipelineStep } from './step.js';
import { LEARNT } from './train.step.js';
import { part } from './work.js';

/** Result of the evaluation, which is stored with the version. */
export const VERDICT = part<Verdict>('verdict');

/** Decides whether the version may be promoted: only if every gate has passed. */
export const decideStep: PipelineStep = {
  name: 'decide',
  phase: 'evaluating',
  async run(work) {
    const gates = work.get(GATES);
    work.set(VERDICT, {
      passed: gates.every(({ passed }) => passed),
      evaluatedAgainst: work.get(CHAMPION)?.version,
      dataDigest: work.get(LEARNT).facts.dataDigest,
      metrics: work.get(METRICS),
      gates,
    });
  },
};
