import type { DriftVerdictEvent, ModelEvent, RetrainingRequested, TrainingCompleted } from '@fraudflow/contracts';

export interface VersionStory {
  readonly version: string;
  readonly runId: string | undefined;
  /** Stages in order, e.g. `None, Production, Archived`. */
  readonly stages: readonly string[];
}

export interface DriftStory {
  /** Evaluated windows. */
  readonly windows: number;
  readonly alarms: number;
  /** Retraining requests of the drift monitor, without the first, manual one. */
  readonly retraining_events: number;
}

const BY_EVIDENCE: ReadonlySet<RetrainingRequested['reason']> = new Set(['drift', 'performance', 'alert']);

/** Models, drift and trainings as the system reported them on its topics. */
export class Story {
  readonly verdicts: DriftVerdictEvent[] = [];
  readonly requests: RetrainingRequested[] = [];
  readonly trainings: TrainingCompleted[] = [];
  private readonly verdictIds = new Set<string>();
  private readonly requestIds = new Set<string>();
  private readonly modelEventIds = new Set<string>();
  private readonly versions = new Map<string, { runId: string | undefined; stages: string[] }>();

  /** Topics deliver at least once; a repeated event has no effect. */
  verdictGiven(verdict: DriftVerdictEvent): void {
    if (this.verdictIds.has(verdict.verdict_id)) return;
    this.verdictIds.add(verdict.verdict_id);
    this.verdicts.push(verdict);
  }

  retrainingRequested(request: RetrainingRequested): void {
    if (this.requestIds.has(request.request_id)) return;
    this.requestIds.add(request.request_id);
    this.requests.push(request);
  }

  /** A cancelled training does not count: a newer request replaces it. */
  trainingCompleted(training: TrainingCompleted): void {
    if (training.outcome !== 'cancelled') this.trainings.push(training);
  }

  modelChanged(event: ModelEvent): void {
    if (this.modelEventIds.has(event.event_id)) return;
    this.modelEventIds.add(event.event_id);
    const known = this.versions.get(event.model_version) ?? { runId: undefined, stages: [] };
    this.versions.set(event.model_version, known);
    known.runId ??= event.run_id;
    const stage =
      event.kind === 'version_created' ? 'None' : event.kind === 'stage_changed' ? event.to_stage : undefined;
    if (stage !== undefined && known.stages.at(-1) !== stage) known.stages.push(stage);
  }

  /** The version that is in Production now, or undefined. */
  get inProduction(): string | undefined {
    return [...this.versions].findLast(([, { stages }]) => stages.at(-1) === 'Production')?.[0];
  }

  get models(): readonly VersionStory[] {
    return [...this.versions].map(([version, { runId, stages }]) => ({ version, runId, stages: [...stages] }));
  }

  get drift(): DriftStory {
    return {
      windows: this.verdicts.length,
      alarms: this.verdicts.filter((verdict) => verdict.alarm).length,
      retraining_events: this.requestsByEvidence().length,
    };
  }

  requestsByEvidence(): readonly RetrainingRequested[] {
    return this.requests.filter((request) => BY_EVIDENCE.has(request.reason));
  }

  /**
   * The version that closed the loop: requested by the drift monitor, trained, accepted by the gates, in Production,
   * with its predecessor archived. Undefined before that. `sinceMs` excludes requests before the drift, which were
   * false alarms.
   */
  closedBy(sinceMs = 0): string | undefined {
    const wanted = new Set(
      this.requestsByEvidence()
        .filter((request) => Date.parse(request.window_end ?? request.requested_at) >= sinceMs)
        .map((request) => request.request_id),
    );
    const promoted = this.trainings.find(
      (training) =>
        wanted.has(training.request_id) && training.outcome === 'promoted' && training.model_version !== undefined,
    );
    const version = promoted?.model_version;
    if (version === undefined || !this.versions.get(version)?.stages.includes('Production')) return undefined;
    const previous = promoted?.previous_version;
    const previousStage = previous === undefined ? undefined : this.versions.get(previous)?.stages.at(-1);
    return previousStage === 'Production' ? undefined : version;
  }
}
