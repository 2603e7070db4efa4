import { rowsBetween, selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { SplitSettings, TrainingPlan } from '../data/training-plan.js';
import { modelFiles } from '../models/model-files.js';
import type { StoredTraining, TrainingRecord } from '../models/model-store.port.js';
import { VERDICT } from './decide.step.js';
import { ROWS } from './load.step.js';
import type { PipelineStep, StepContext } from './step.js';
import { LEARNT } from './train.step.js';
import { part, type Work } from './work.js';

/** The stored version with its verdict. */
export const STORED = part<StoredTraining>('stored');

/** Stores run, files and verdict as a version, which is not promoted yet. */
export const registerStep: PipelineStep = {
  name: 'register',
  phase: 'registering',
  async run(work, context) {
    const { settings, request, ports, withRetries } = context;
    const record = await recordOf(work, context);
    const stored = await withRetries(async (): Promise<StoredTraining> => {
      // An attempt whose response was lost, or another trainer, may have stored it already.
      const there = await ports.store.findByRequest(settings.model, request.requestId);
      if (there !== undefined) return there;
      return { ...(await ports.store.store(settings.model, record)), stage: 'None', verdict: record.verdict };
    });
    work.set(STORED, stored);
  },
};

async function recordOf(work: Work, { settings, request, ports }: StepContext): Promise<TrainingRecord> {
  const { model, facts, plan } = work.get(LEARNT);
  const verdict = work.get(VERDICT);
  const rows = work.get(ROWS);
  const recent = selectRows(rows, rowsBetween(rows, plan.testStartMs, plan.asOfMs + 1));
  return {
    requestId: request.requestId,
    reason: request.reason,
    parameters: { ...ports.learner.parameters(), ...model.parameters, ...dataParameters(settings.split, plan, recent) },
    featureService: facts.featureService,
    verdict,
    files: modelFiles({
      model: settings.model,
      onnx: model.toOnnx(facts),
      recent,
      scores: await model.score(recent),
      dataUntilMs: plan.asOfMs,
      metrics: verdict.metrics,
      gates: verdict.gates,
    }),
  };
}

/** Parameters with which the same rows can be loaded again. */
function dataParameters(
  { trainDays, delayDays, testDays }: SplitSettings,
  { trainStartMs, asOfMs }: TrainingPlan,
  { datasetVersion }: TrainingColumns,
): Readonly<Record<string, string>> {
  return {
    data_from: new Date(trainStartMs).toISOString(),
    data_until: new Date(asOfMs).toISOString(),
    dataset_version: datasetVersion,
    train_days: String(trainDays),
    label_delay_days: String(delayDays),
    test_days: String(testDays),
  };
}
