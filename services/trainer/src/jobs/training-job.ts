/** Step that a training is in, or how it ended. */
export type TrainingState =
  'queued' | 'preparing' | 'training' | 'evaluating' | 'registering' | 'promoted' | 'rejected' | 'failed' | 'cancelled';

/** Status of a training, readable at any time. */
export interface TrainingJob {
  readonly requestId: string;
  readonly modelName: string;
  readonly reason: string;
  readonly state: TrainingState;
  /** 0 to 1 over all steps. */
  readonly progress: number;
  readonly message: string;
  readonly runId?: string;
  readonly version?: string;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly metrics: Readonly<Record<string, number>>;
}

const ENDED: ReadonlySet<TrainingState> = new Set(['promoted', 'rejected', 'failed', 'cancelled']);

export function hasEnded(job: TrainingJob): boolean {
  return ENDED.has(job.state);
}

/** Share of the whole that each step begins at, by experience. */
const STEP_START = { preparing: 0, training: 0.3, evaluating: 0.8, registering: 0.9 } as const;
const STEP_LENGTH = { preparing: 0.3, training: 0.5, evaluating: 0.1, registering: 0.1 } as const;

/** Progress of the whole from the progress of a step. */
export function overallProgress(step: keyof typeof STEP_START, share: number): number {
  return STEP_START[step] + STEP_LENGTH[step] * Math.min(1, Math.max(0, share));
}
