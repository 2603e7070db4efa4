import { AppError, failedPrecondition } from '@fraudflow/core';
import { STREAMED_SERVICES } from '@fraudflow/features';
import { applyGates, type Evaluation, evaluateScores, type GateResult, type Gates } from '@fraudflow/learning';
import { rowsBetween, selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { TrainingData } from '../data/training-data.port.js';
import type { ModelStore, StoredTraining, StoredVersion, Verdict } from '../models/model-store.port.js';
import { compareWithChampion } from './champion-comparison.js';
import { chooseReferenceTime, describeOutliers, NEWEST_SAMPLE, type ReferenceTime } from './reference-time.js';
import { evaluationMetrics } from './evaluation-metrics.js';
import { learn, type LearntFrom } from './learn-model.js';
import type { Learner } from './learner.port.js';
import { modelFiles } from './model-files.js';
import type { RetryPolicy } from './retry-policy.js';
import { reloadRows } from './reload-rows.js';
import { planTraining, type SplitSettings } from './training-plan.js';

export type PipelineStep = 'preparing' | 'training' | 'evaluating' | 'registering';

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

export interface PipelineOutcome {
  readonly promoted: boolean;
  readonly version: StoredVersion;
  readonly previousVersion: string | undefined;
  readonly dataDigest: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gates: readonly Omit<GateResult, 'message'>[];
  readonly message: string;
}

/** @param note why the step is delayed; undefined if it is not */
export type OnStep = (step: PipelineStep, share: number, note?: string) => void;

const UNKNOWN_VERDICT: Verdict = { passed: false, evaluatedAgainst: undefined, dataDigest: '', metrics: {}, gates: [] };

/** Ports of the pipeline. */
export interface PipelinePorts {
  readonly data: TrainingData;
  readonly learner: Learner;
  readonly store: ModelStore;
  /** Retries of calls to the registry and the feature store. */
  readonly retries: RetryPolicy;
}

/**
 * Prepares, trains, evaluates, registers, and promotes only if every gate passes. A crash at any point leaves at most
 * files without a version. A repeated request uses the stored version and its stored verdict, so a version is promoted
 * only by its own evaluation.
 */
export class TrainingPipeline {
  constructor(
    private readonly ports: PipelinePorts,
    private readonly settings: PipelineSettings,
  ) {}

  async run(request: PipelineRequest, signal: AbortSignal, onStep: OnStep): Promise<PipelineOutcome> {
    const run = new Run(this.ports, this.settings, { request, signal, onStep });
    const earlier = await run.earlier();
    return run.applyVerdict(earlier ?? (await run.make()));
  }
}

/** State of one request. */
class Run {
  private readonly request: PipelineRequest;
  private readonly signal: AbortSignal;
  private readonly onStep: OnStep;
  private referenceTime: ReferenceTime | undefined;

  constructor(
    private readonly ports: PipelinePorts,
    private readonly settings: PipelineSettings,
    {
      request,
      signal,
      onStep,
    }: { readonly request: PipelineRequest; readonly signal: AbortSignal; readonly onStep: OnStep },
  ) {
    this.request = request;
    this.signal = signal;
    this.onStep = onStep;
  }

  earlier(): Promise<StoredTraining | undefined> {
    const { store } = this.ports;
    return this.withRetries('preparing', () => store.findByRequest(this.settings.model, this.request.requestId));
  }

  /** Trains and evaluates a model and stores it as a version with the verdict. */
  async make(): Promise<StoredTraining> {
    const { settings, signal, onStep } = this;
    onStep('preparing', 0);
    const plan = planTraining(await this.dataUntil(), settings.split);
    const columns = await this.load(plan.trainStartMs, plan.asOfMs);
    onStep('training', 0);
    const learnt = await learn(this.ports.learner, columns, plan, {
      settings,
      signal,
      onProgress: (share) => onStep('training', share),
      note: describeOutliers(this.referenceTime?.outliers ?? []),
    });
    onStep('evaluating', 0);
    const verdict = await this.evaluateModel(learnt);
    signal.throwIfAborted();
    onStep('registering', 0);
    const recent = selectRows(columns, rowsBetween(columns, plan.testStartMs, plan.asOfMs + 1));
    return this.store(learnt, verdict, recent);
  }

  /** Applies the stored verdict: promotes the version or rejects it. */
  async applyVerdict(stored: StoredTraining): Promise<PipelineOutcome> {
    const { version, runId, verdict = UNKNOWN_VERDICT } = stored;
    return {
      version: { version, runId },
      previousVersion: verdict.evaluatedAgainst,
      dataDigest: verdict.dataDigest,
      metrics: verdict.metrics,
      gates: verdict.gates.map(({ gate, value, bound, passed }) => ({ gate, value, bound, passed })),
      ...(await this.decide(stored)),
    };
  }

  private async decide({
    version,
    stage,
    verdict,
  }: StoredTraining): Promise<Pick<PipelineOutcome, 'promoted' | 'message'>> {
    if (verdict === undefined) {
      const message = `version ${version} has no stored verdict; promote it by hand or send a request with another id`;
      return { promoted: false, message };
    }
    if (!verdict.passed) return { promoted: false, message: this.explained(failures(verdict)) };
    if (stage === 'Archived') {
      return { promoted: true, message: `version ${version} was promoted and replaced since` };
    }
    try {
      await this.withRetries('registering', () =>
        this.ports.store.promote(this.settings.model, version, verdict.evaluatedAgainst),
      );
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.code === 'CHAMPION_CHANGED')) throw thrown;
      const message = `all gates passed, but ${thrown.message}: not promoted; promote it by hand or request another training`;
      return { promoted: false, message };
    }
    return { promoted: true, message: this.explained(notes(verdict)) };
  }

  private async dataUntil(): Promise<number> {
    const [first, ...others] = await this.withRetries('preparing', () => this.ports.data.newestEvents(NEWEST_SAMPLE));
    if (first === undefined) {
      throw failedPrecondition(
        'the offline store holds no transaction yet: send some to the topic transactions first',
        { code: 'NO_HISTORY' },
      );
    }
    this.referenceTime = chooseReferenceTime([first, ...others]);
    return Math.min(this.request.dataUntilMs ?? this.referenceTime.nowMs, this.referenceTime.nowMs);
  }

  private load(fromMs: number, asOfMs: number): Promise<TrainingColumns> {
    const range = { fromMs, toMs: asOfMs + 1, asOfMs };
    const onProgress = (share: number): void => this.onStep('preparing', share);
    return this.withRetries('preparing', () => this.ports.data.load(range, this.signal, onProgress));
  }

  private async evaluateModel({ model, facts, test, plan }: LearntFrom): Promise<Verdict> {
    const { gates, model: name } = this.settings;
    const { data, learner, store } = this.ports;
    const evaluate = (rows: TrainingColumns, scores: Float32Array): Evaluation =>
      evaluateScores({ ...rows, scores }, { threshold: facts.threshold, firstDayMs: plan.testStartMs, topCards: 100 });
    const scores = await model.score(test);
    const evaluation = evaluate(test, scores);
    const results = [...applyGates(evaluation, gates).results];
    const champion = await this.withRetries('evaluating', () => store.champion(name));
    if (champion) {
      const reload = (rows: TrainingColumns, names: readonly string[]): Promise<TrainingColumns | undefined> =>
        this.withRetries('evaluating', () =>
          reloadRows(data, rows, { names, services: STREAMED_SERVICES, plan }, this.signal),
        );
      const comparison = { learner, evaluate, reload, tolerance: gates.championTolerance ?? 0 };
      results.push(await compareWithChampion(champion, { test, scores }, comparison));
    }
    return {
      passed: results.every(({ passed }) => passed),
      evaluatedAgainst: champion?.version,
      dataDigest: facts.dataDigest,
      metrics: evaluationMetrics(evaluation),
      gates: results,
    };
  }

  private async store(learnt: LearntFrom, verdict: Verdict, recent: TrainingColumns): Promise<StoredTraining> {
    const { settings, request, ports } = this;
    const { model, facts, plan } = learnt;
    const record = {
      requestId: request.requestId,
      reason: request.reason,
      parameters: { ...ports.learner.parameters(), ...model.parameters, ...this.dataParameters(learnt, recent) },
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
    return this.withRetries('registering', async () => {
      // An attempt whose response was lost, or another trainer, may have stored it already.
      const there = await ports.store.findByRequest(settings.model, request.requestId);
      if (there !== undefined) return there;
      return { ...(await ports.store.store(settings.model, record)), stage: 'None', verdict };
    });
  }

  /** What is needed to load the same rows again. */
  private dataParameters({ plan }: LearntFrom, { datasetVersion }: TrainingColumns): Readonly<Record<string, string>> {
    const { trainDays, delayDays, testDays } = this.settings.split;
    return {
      data_from: new Date(plan.trainStartMs).toISOString(),
      data_until: new Date(plan.asOfMs).toISOString(),
      dataset_version: datasetVersion,
      train_days: String(trainDays),
      label_delay_days: String(delayDays),
      test_days: String(testDays),
    };
  }

  /** Calls a dependency with retries; reports each retry as the note of the step. */
  private withRetries<T>(step: PipelineStep, work: () => Promise<T>): Promise<T> {
    return this.ports.retries.run(work, this.signal, (error, attempt) =>
      this.onStep(step, 0, `retrying after attempt ${attempt}: ${error.message}`),
    );
  }

  private explained(text: string): string {
    const outliers = describeOutliers(this.referenceTime?.outliers ?? []);
    return outliers === '' ? text : `${text}; ${outliers}`;
  }
}

function failures({ gates }: Verdict): string {
  const failed = gates.filter(({ passed }) => !passed).map(({ message, gate }) => message || `gate ${gate} failed`);
  return failed.join('; ') || 'a gate failed';
}

function notes({ gates }: Verdict): string {
  const unreadable = gates.find(({ gate }) => gate === 'champion_readable');
  return unreadable === undefined ? 'all gates passed' : `all gates passed; ${unreadable.message}`;
}
