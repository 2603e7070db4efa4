import { failedPrecondition } from '@fraudflow/core';
import {
  applyGates,
  chooseThreshold,
  dataDigest,
  evaluateScores,
  type Evaluation,
  type Gates,
} from '@fraudflow/learning';
import { rowsBetween, selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { TrainingData } from '../data/training-data.port.js';
import type { Champion, ModelStore, StoredVersion } from '../models/model-store.port.js';
import type { Learner, LearntModel, ModelFacts } from './learner.port.js';
import { evaluationMetrics } from './evaluation-metrics.js';
import { modelFiles } from './model-files.js';
import { planTraining, type SplitSettings, type TrainingPlan } from './training-plan.js';
import { splitPlan } from './split-plan.js';

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
  /** Event time up to which history may be used; undefined = the newest transaction. */
  readonly dataUntilMs: number | undefined;
}

export interface PipelineOutcome {
  readonly promoted: boolean;
  readonly version: StoredVersion;
  readonly previousVersion: string | undefined;
  readonly dataDigest: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gates: readonly {
    readonly gate: string;
    readonly value: number;
    readonly bound: number;
    readonly passed: boolean;
  }[];
  readonly message: string;
}

export type OnStep = (step: PipelineStep, share: number) => void;

/** Threshold where none can be chosen: the product's own default. */
const DEFAULT_THRESHOLD = 0.5;

/**
 * Prepare, train, evaluate, register, and promote only if every gate passes. Killed at any point it leaves at most files without a
 * version; the same request again finds the version it made and goes on from there.
 */
export class TrainingPipeline {
  constructor(
    private readonly data: TrainingData,
    private readonly learner: Learner,
    private readonly store: ModelStore,
    private readonly settings: PipelineSettings,
  ) {}

  async run(request: PipelineRequest, signal: AbortSignal, onStep: OnStep): Promise<PipelineOutcome> {
    onStep('preparing', 0);
    const plan = planTraining(await this.dataUntil(request), this.settings.split);
    const columns = await this.loadRows(plan, signal, (share) => onStep('preparing', share));
    const { train, test, trainStartMs } = splitPlan(columns, plan, this.settings.split);
    onStep('training', 0);
    const threshold = await this.chooseThreshold(columns, plan, signal, (share) => onStep('training', share / 2));
    const model = await this.learner.learn(train, signal, (share) => onStep('training', 0.5 + share / 2));
    onStep('evaluating', 0);
    const facts = this.facts(train, plan, trainStartMs, threshold);
    const champion = await this.store.champion(this.settings.model);
    const evaluation = evaluate(await model.score(test), test, threshold, plan);
    const report = applyGates(
      evaluation,
      this.settings.gates,
      await this.evaluateChampion(champion, test, threshold, plan),
    );
    signal.throwIfAborted();
    onStep('registering', 0);
    const metrics = evaluationMetrics(evaluation);
    const recent = selectRows(columns, rowsBetween(columns, plan.testStartMs, plan.asOfMs + 1));
    const version = await this.storeVersion(request, { model, facts, metrics, recent, report, asOfMs: plan.asOfMs });
    if (report.passed) await this.store.promote(this.settings.model, version.version);
    return {
      promoted: report.passed,
      version,
      previousVersion: champion?.version === version.version ? undefined : champion?.version,
      dataDigest: facts.dataDigest,
      metrics,
      gates: report.results.map(({ gate, value, bound, passed }) => ({ gate, value, bound, passed })),
      message:
        report.results
          .filter(({ passed }) => !passed)
          .map(({ message }) => message)
          .join('; ') || 'all gates passed',
    };
  }

  private async dataUntil(request: PipelineRequest): Promise<number> {
    const newestMs = await this.data.newestEventMs();
    if (newestMs === undefined) {
      throw failedPrecondition(
        'the offline store holds no transaction yet: send some to the topic transactions first',
        {
          code: 'NO_HISTORY',
        },
      );
    }
    return Math.min(request.dataUntilMs ?? newestMs, newestMs);
  }

  private loadRows(
    plan: TrainingPlan,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<TrainingColumns> {
    return this.data.load(
      { fromMs: plan.trainStartMs, toMs: plan.asOfMs + 1, asOfMs: plan.asOfMs },
      signal,
      onProgress,
    );
  }

  /** By a model trained on the older part, on days it has not seen: the test days stay untouched. */
  private async chooseThreshold(
    columns: TrainingColumns,
    plan: TrainingPlan,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<number> {
    if (plan.tuning === undefined) return DEFAULT_THRESHOLD;
    const older = selectRows(columns, rowsBetween(columns, plan.trainStartMs, plan.tuning.trainEndMs));
    const newer = selectRows(columns, rowsBetween(columns, plan.tuning.validationStartMs, plan.trainEndMs));
    if (!hasBothClasses(older) || !hasBothClasses(newer)) return DEFAULT_THRESHOLD;
    const model = await this.learner.learn(older, signal, onProgress);
    const threshold = chooseThreshold(await model.score(newer), newer.labels, { kind: 'max_f1' });
    return Math.min(Math.max(threshold, 0.01), 0.99);
  }

  private facts(train: TrainingColumns, plan: TrainingPlan, trainStartMs: number, threshold: number): ModelFacts {
    const range = { fromMs: trainStartMs, toMs: plan.trainEndMs };
    const featureService = `${this.settings.featureService}:${train.featureServiceVersion}`;
    const digest = dataDigest({ ...train, featureService, range });
    return { featureService, dataDigest: digest, trainingRange: range, threshold };
  }

  private async evaluateChampion(
    champion: Champion | undefined,
    test: TrainingColumns,
    threshold: number,
    plan: TrainingPlan,
  ): Promise<Evaluation | undefined> {
    if (champion === undefined) return undefined;
    return evaluate(await this.learner.scoreOnnx(champion.model, test), test, threshold, plan);
  }

  private async storeVersion(
    request: PipelineRequest,
    made: {
      readonly model: LearntModel;
      readonly facts: ModelFacts;
      readonly metrics: Readonly<Record<string, number>>;
      readonly recent: TrainingColumns;
      readonly report: ReturnType<typeof applyGates>;
      readonly asOfMs: number;
    },
  ): Promise<StoredVersion> {
    const { model: name } = this.settings;
    const earlier = await this.store.findByRequest(name, request.requestId);
    if (earlier !== undefined) return earlier;
    const scores = await made.model.score(made.recent);
    return this.store.store(name, {
      requestId: request.requestId,
      reason: request.reason,
      parameters: this.learner.parameters(),
      metrics: made.metrics,
      tags: {
        'fraudflow.data_digest': made.facts.dataDigest,
        'fraudflow.feature_service': made.facts.featureService,
        'fraudflow.gates': made.report.passed ? 'passed' : 'failed',
      },
      files: modelFiles(
        name,
        made.model.toOnnx(made.facts),
        made.recent,
        scores,
        made.metrics,
        made.report.results,
        made.asOfMs,
      ),
    });
  }
}

function evaluate(scores: Float32Array, test: TrainingColumns, threshold: number, plan: TrainingPlan): Evaluation {
  return evaluateScores({ ...test, scores }, { threshold, firstDayMs: plan.testStartMs, topCards: 100 });
}

function hasBothClasses({ labels }: TrainingColumns): boolean {
  return labels.includes(1) && labels.includes(0);
}
