import type { LabelledMatrix, RoundLog } from './tree-trainer.port.js';
import type { XgboostJob } from './xgboost-job.js';
import { copyFloats, copyText, type Handle, type Pointer, type XgboostApi } from './xgboost-native.js';

/** XGBoost's mask for raw log-odds instead of probabilities. */
const OUTPUT_MARGIN = 1;
const NULL: Pointer = 0n;

/**
 * One training run on native memory: `open`, rounds, `free`, which must be called even if `open` failed. Synchronous:
 * for the training process only.
 */
export class XgboostSession {
  private readonly matrices: Pointer[] = [];
  private readonly names: string[] = [];
  private booster: Pointer = NULL;

  constructor(
    private readonly api: XgboostApi,
    private readonly job: XgboostJob,
  ) {}

  /** Copies the rows into native memory and sets the parameters. */
  open(): void {
    const { api, job } = this;
    this.addMatrix('train', job.train);
    if (job.validation) this.addMatrix('validation', job.validation);
    this.booster = this.created((out) => api.boosterCreate(this.matrices, this.matrices.length, out));
    for (const [name, value] of Object.entries(job.params)) this.check(api.boosterSetParam(this.booster, name, value));
  }

  /** Adds one tree and returns the metrics after it. */
  runRound(round: number): RoundLog {
    const { api, booster, matrices, names } = this;
    this.check(api.boosterUpdate(booster, round, matrices[0] ?? NULL));
    const text: [string | null] = [null];
    this.check(api.boosterEvaluate(booster, round, matrices, names, matrices.length, text));
    return { round, metrics: parseMetrics(text[0] ?? '') };
  }

  modelJson(): string {
    const length: [number | bigint] = [0];
    const out: Handle = [null];
    this.check(this.api.boosterSave(this.booster, '{"format":"json"}', length, out));
    return copyText(out[0] ?? NULL, Number(length[0]));
  }

  margins(rows: Float32Array): Float32Array {
    const matrix = this.denseMatrix(rows);
    try {
      const length: [number | bigint] = [0];
      const out: Handle = [null];
      this.check(this.api.boosterPredict(this.booster, matrix, OUTPUT_MARGIN, 0, 0, length, out));
      return copyFloats(out[0] ?? NULL, Number(length[0]));
    } finally {
      this.api.matrixFree(matrix);
    }
  }

  free(): void {
    if (this.booster !== NULL) this.api.boosterFree(this.booster);
    for (const matrix of this.matrices) this.api.matrixFree(matrix);
  }

  private addMatrix(name: string, { rows, labels }: LabelledMatrix): void {
    const matrix = this.denseMatrix(rows);
    this.matrices.push(matrix);
    this.names.push(name);
    this.check(this.api.matrixSetFloats(matrix, 'label', labels, labels.length));
  }

  private denseMatrix(rows: Float32Array): Pointer {
    const { features } = this.job;
    return this.created((out) => this.api.matrixFromDense(rows, rows.length / features, features, NaN, out));
  }

  private created(create: (out: Handle) => number): Pointer {
    const out: Handle = [null];
    this.check(create(out));
    return out[0] ?? NULL;
  }

  /** Only the first line: the rest is a native stack trace with the machine's paths. */
  private check(code: number): void {
    if (code !== 0) throw new Error(this.api.lastError().split('\n', 1)[0] ?? 'unknown XGBoost error');
  }
}

/** Reads `[3]\ttrain-logloss:0.45\tvalidation-logloss:0.47`. */
function parseMetrics(text: string): Record<string, number> {
  const pairs = text.split('\t').slice(1);
  return Object.fromEntries(
    pairs.map((pair) => {
      const colon = pair.lastIndexOf(':');
      return [pair.slice(0, colon), Number(pair.slice(colon + 1))];
    }),
  );
}
