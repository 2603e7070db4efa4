import type { Gates } from '@fraudflow/learning';
import type { SplitSettings } from '../data/training-plan.js';
import type { TrainingData } from '../data/training-data.port.js';
import type { Learner } from '../learners/learner.port.js';
import type { ModelStore } from '../models/model-store.port.js';
import type { RetryPolicy } from './retry-policy.js';
import type { Work } from './work.js';

/** Phase of a training, as its status shows it. A phase has one or several steps. */
export type Phase = 'preparing' | 'training' | 'evaluating' | 'registering';

export interface PipelineSettings {
  readonly model: string;
  readonly featureService: string;
  readonly split: SplitSettings;
  readonly gates: Gates;
}

export interface PipelineRequest {
  readonly requestId: string;
  readonly reason: string;
  /** Event time up to which history may be used; undefined = `chooseReferenceTime`. */
  readonly dataUntilMs: number | undefined;
}

/** Ports of the pipeline. */
export interface PipelinePorts {
  readonly data: TrainingData;
  readonly learner: Learner;
  readonly store: ModelStore;
  /** Retries of calls to the registry and the feature store. */
  readonly retries: RetryPolicy;
}

/**
 * @param share progress within the phase, 0 to 1
 * @param note why the phase is delayed; undefined if it is not
 */
export type OnProgress = (phase: Phase, share: number, note?: string) => void;

/** What a step may use besides the results of earlier steps. */
export interface StepContext {
  readonly settings: PipelineSettings;
  readonly request: PipelineRequest;
  /** Aborted if the training is cancelled or the service stops. */
  readonly signal: AbortSignal;
  readonly ports: PipelinePorts;
  /** Reports progress; see {@link OnProgress}. The phase is the phase of the step. */
  readonly report: (share: number, note?: string) => void;
  /**
   * Calls a dependency with retries and reports each retry as a note.
   * @throws the last error of `call`; the signal's reason when aborted.
   */
  readonly withRetries: <T>(call: () => Promise<T>) => Promise<T>;
}

/** One step of a training. */
export interface PipelineStep {
  /** Unique in the list, e.g. `train`. */
  readonly name: string;
  readonly phase: Phase;
  /**
   * Reads the parts that earlier steps added to `work` and adds its own. An error ends the training; only the step
   * `register` stores a version, so an error in an earlier step leaves none.
   */
  run(work: Work, context: StepContext): Promise<void>;
}
