import { AppError, failedPrecondition } from '@fraudflow/core';
import { STREAMED_SERVICES } from '@fraudflow/features';
import { applyGates, type Evaluation, evaluateScores, type GateResult, type Gates } from '@fraudflow/learning';
import { rowsBetween, selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { TrainingData } from '../data/training-data.port.js';
import type { ModelStore, StoredTraining, StoredVersion, Verdict } from '../models/model-store.port.js';
import { compareWithChampion } from './champion-comparison.js';
import { choosePresent, describeAhead, NEWEST_LOOKED_AT, type Present } from './choose-now.js';
import { evaluationMetrics } from './evaluation-metrics.js';
import { learn, type LearntFrom } from './learn-model.js';
import type { Learner } from './learner.port.js';
import { modelFiles } from './model-files.js';
import type { Patience } from './patience.js';
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
  /** Event time up to which history may be used; undefined = the newest transaction that is not far ahead of all others. */
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

/** @param note what holds the step up, if anything does */
export type OnStep = (step: PipelineStep, share: number, note?: string) => void;

const UNKNOWN_VERDICT: Verdict = { passed: false, judgedAgainst: undefined, dataDigest: '', metrics: {}, gates: [] };

/** What the pipeline works with. */
export interface PipelinePorts {
  readonly data: TrainingData;
  readonly learner: Learner;
  readonly store: ModelStore;
  /** For calls to the neighbours. */
  readonly patience: Patience;
}

/**
 * Prepare, train, evaluate, register, and promote only if every gate passes. Killed at any point it leaves at most files without a
 * version. The same request again finds the version it made and acts on the verdict that was stored with it: what is promoted is always
 * what was judged.
 */
export class TrainingPipeline {
  constructor(
    private readonly ports: PipelinePorts,
    private readonly settings: PipelineSettings,
  ) {}

  async run(request: PipelineRequest, signal: AbortSignal, onStep: OnStep): Promise<PipelineOutcome> {
    const run = new Run(this.ports, this.settings, { request, signal, onStep });
    const earlier = await run.earlier();
    return run.conclude(earlier ?? (await run.make()));
  }
}

/** One request on its way through the steps. */
class Run {
  private readonly request: PipelineRequest;
  private readonly signal: AbortSignal;
  private readonly onStep: OnStep;
  private present: Present | undefined;

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
    return this.calling('preparing', () => store.findByRequest(this.settings.model, this.request.requestId));
  }

  /** Trains and judges a version and stores it with the verdict. */
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
      note: describeAhead(this.present?.ahead ?? []),
    });
    onStep('evaluating', 0);
    const verdict = await this.judge(learnt);
    signal.throwIfAborted();
    onStep('registering', 0);
    const recent = selectRows(columns, rowsBetween(columns, plan.testStartMs, plan.asOfMs + 1));
    return this.store(learnt, verdict, recent);
  }

  /** Acts on the verdict that lies with the version, whoever made it and when. */
  async conclude(stored: StoredTraining): Promise<PipelineOutcome> {
    const { version, runId, verdict = UNKNOWN_VERDICT } = stored;
    return {
      version: { version, runId },
      previousVersion: verdict.judgedAgainst,
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
      const message = `version ${version} does not tell how it was judged; promote it by hand or ask again under another id`;
      return { promoted: false, message };
    }
    if (!verdict.passed) return { promoted: false, message: this.explained(failures(verdict)) };
    if (stage === 'Archived') {
      return { promoted: true, message: `version ${version} was promoted and has been replaced since` };
    }
    try {
      await this.calling('registering', () =>
        this.ports.store.promote(this.settings.model, version, verdict.judgedAgainst),
      );
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.code === 'CHAMPION_CHANGED')) throw thrown;
      const message = `all gates passed, but ${thrown.message}: not promoted; promote it by hand or train again`;
      return { promoted: false, message };
    }
    return { promoted: true, message: this.explained(notes(verdict)) };
  }

  private async dataUntil(): Promise<number> {
    const [first, ...others] = await this.calling('preparing', () => this.ports.data.newestEvents(NEWEST_LOOKED_AT));
    if (first === undefined) {
      throw failedPrecondition(
        'the offline store holds no transaction yet: send some to the topic transactions first',
        { code: 'NO_HISTORY' },
      );
    }
    this.present = choosePresent([first, ...others]);
    return Math.min(this.request.dataUntilMs ?? this.present.nowMs, this.present.nowMs);
  }

  private load(fromMs: number, asOfMs: number): Promise<TrainingColumns> {
    const range = { fromMs, toMs: asOfMs + 1, asOfMs };
    const onProgress = (share: number): void => this.onStep('preparing', share);
    return this.calling('preparing', () => this.ports.data.load(range, this.signal, onProgress));
  }

  private async judge({ model, facts, test, plan }: LearntFrom): Promise<Verdict> {
    const { gates, model: name } = this.settings;
    const { data, learner, store } = this.ports;
    const evaluate = (rows: TrainingColumns, scores: Float32Array): Evaluation =>
      evaluateScores({ ...rows, scores }, { threshold: facts.threshold, firstDayMs: plan.testStartMs, topCards: 100 });
    const scores = await model.score(test);
    const evaluation = evaluate(test, scores);
    const results = [...applyGates(evaluation, gates).results];
    const champion = await this.calling('evaluating', () => store.champion(name));
    if (champion) {
      const reload = (rows: TrainingColumns, names: readonly string[]): Promise<TrainingColumns | undefined> =>
        this.calling('evaluating', () =>
          reloadRows(data, rows, { names, services: STREAMED_SERVICES, plan }, this.signal),
        );
      const comparison = { learner, evaluate, reload, tolerance: gates.championTolerance ?? 0 };
      results.push(await compareWithChampion(champion, { test, scores }, comparison));
    }
    return {
      passed: results.every(({ passed }) => passed),
      judgedAgainst: champion?.version,
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
      parameters: { ...ports.learner.parameters(), ...model.parameters },
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
    return this.calling('registering', async () => {
      // An attempt whose answer was lost, or another trainer, may have stored it already.
      const there = await ports.store.findByRequest(settings.model, request.requestId);
      if (there !== undefined) return there;
      return { ...(await ports.store.store(settings.model, record)), stage: 'None', verdict };
    });
  }

  /** Calls a neighbour, again if need be, and says what is waited for. */
  private calling<T>(step: PipelineStep, work: () => Promise<T>): Promise<T> {
    return this.ports.patience.run(work, this.signal, (error, attempt) =>
      this.onStep(step, 0, `attempt ${attempt + 1} follows: ${error.message}`),
    );
  }

  private explained(text: string): string {
    const ahead = describeAhead(this.present?.ahead ?? []);
    return ahead === '' ? text : `${text}; ${ahead}`;
  }
}

function failures({ gates }: Verdict): string {
  const failed = gates.filter(({ passed }) => !passed).map(({ message, gate }) => message || `gate ${gate} failed`);
  return failed.join('; ') || 'a gate failed';
}

function notes({ gates }: Verdict): string {
  const unread = gates.find(({ gate }) => gate === 'champion_readable');
  return unread === undefined ? 'all gates passed' : `all gates passed; ${unread.message}`;
}
