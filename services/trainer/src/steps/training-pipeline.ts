import type { StoredTraining } from '../models/model-store.port.js';
import { applyVerdict, type PipelineOutcome } from './apply-verdict.js';
import { STORED } from './register.step.js';
import type {
  OnProgress,
  Phase,
  PipelinePorts,
  PipelineRequest,
  PipelineSettings,
  PipelineStep,
  StepContext,
} from './step.js';
import { STEPS } from './steps.js';
import { Work } from './work.js';

/** The version to promote or reject, and a remark about its data, which may be empty. */
interface Result {
  readonly stored: StoredTraining;
  readonly note: string;
}

/**
 * Runs the steps in their order, then promotes the version only if every gate has passed. A crash at any point leaves
 * at most files without a version. A repeated request uses the stored version and its stored verdict, so a version is
 * promoted only by its own evaluation.
 */
export class TrainingPipeline {
  /** @param steps one of them must add the stored version, as the step `register` does */
  constructor(
    private readonly ports: PipelinePorts,
    private readonly settings: PipelineSettings,
    private readonly steps: readonly PipelineStep[] = STEPS,
  ) {}

  /** @throws what a step throws; the signal's reason when aborted. */
  async run(request: PipelineRequest, signal: AbortSignal, onProgress: OnProgress): Promise<PipelineOutcome> {
    const { ports, settings } = this;
    const contextOf = (phase: Phase): StepContext => ({
      settings,
      request,
      signal,
      ports,
      report: (share, note) => onProgress(phase, share, note),
      withRetries: (call) =>
        ports.retries.run(call, signal, (error, attempt) =>
          onProgress(phase, 0, `retrying after attempt ${attempt}: ${error.message}`),
        ),
    });
    const { stored, note } = (await findEarlier(contextOf('preparing'))) ?? (await this.runSteps(contextOf));
    return applyVerdict(stored, note, contextOf('registering'));
  }

  private async runSteps(contextOf: (phase: Phase) => StepContext): Promise<Result> {
    const work = new Work();
    let current: Phase | undefined;
    for (const step of this.steps) {
      const context = contextOf(step.phase);
      context.signal.throwIfAborted();
      if (step.phase !== current) context.report(0);
      current = step.phase;
      work.begin(step.name);
      await step.run(work, context);
    }
    work.begin('promotion');
    return { stored: work.get(STORED), note: work.note };
  }
}

/** The version that an earlier attempt at the same request stored. */
async function findEarlier(context: StepContext): Promise<Result | undefined> {
  const { ports, settings, request, withRetries } = context;
  const stored = await withRetries(() => ports.store.findByRequest(settings.model, request.requestId));
  return stored === undefined ? undefined : { stored, note: '' };
}
