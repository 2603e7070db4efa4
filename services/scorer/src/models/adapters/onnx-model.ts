import { assert } from '@fraudflow/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelProperties, OnnxSignature } from '@fraudflow/learning';
import { ScoringModel } from '../scoring-model.port.js';

export interface OnnxModelOptions {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly signature: OnnxSignature;
  readonly properties: ModelProperties;
  /** Largest number of rows per native call; larger batches are split so that the event loop runs in between. */
  readonly maxRowsPerRun: number;
}

// One thread: with two, the p99 latency of small batches rises sharply when another core is busy.
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  executionProviders: ['cpu'],
  logSeverityLevel: 3,
};

const MAX_IDLE_ROW_TENSORS = 64;

/**
 * Runs a model on ONNX Runtime. A native call blocks the event loop until it returns; `maxRowsPerRun` bounds its
 * duration.
 */
export class OnnxModel extends ScoringModel {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly featureNames: readonly string[];
  readonly threshold: number | undefined;
  private readonly outputNames: readonly string[];
  /** Pool of one-row tensors: the request path scores single rows. */
  private readonly idleRows: Tensor[] = [];

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: OnnxModelOptions,
  ) {
    super();
    this.name = options.name;
    this.version = options.version;
    this.digest = options.digest;
    this.featureNames = options.signature.featureNames;
    this.threshold = options.properties.threshold;
    this.outputNames = [options.signature.outputName];
  }

  /** Loads the model from bytes rather than from a path, so the inspected bytes are the bytes that run. */
  static async create(bytes: Uint8Array, options: OnnxModelOptions): Promise<OnnxModel> {
    return new OnnxModel(await InferenceSession.create(bytes, SESSION_OPTIONS), options);
  }

  override async score(rows: Float32Array, count: number): Promise<Float32Array> {
    const width = this.featureNames.length;
    assert(rows.length >= count * width, `rows hold ${rows.length} values, ${count} × ${width} are needed`);
    if (count === 1) return this.scoreOne(rows);
    const probabilities = new Float32Array(count);
    const { maxRowsPerRun } = this.options;
    for (let from = 0; from < count; from += maxRowsPerRun) {
      const until = Math.min(from + maxRowsPerRun, count);
      const input = new Tensor('float32', rows.subarray(from * width, until * width), [until - from, width]);
      await this.run(input, until - from, probabilities, from);
    }
    return probabilities;
  }

  override async release(): Promise<void> {
    await this.session.release();
  }

  private async scoreOne(row: Float32Array): Promise<Float32Array> {
    const width = this.featureNames.length;
    const input = this.idleRows.pop() ?? new Tensor('float32', new Float32Array(width), [1, width]);
    (input.data as Float32Array).set(row.length === width ? row : row.subarray(0, width));
    const probability = new Float32Array(1);
    await this.run(input, 1, probability, 0);
    if (this.idleRows.length < MAX_IDLE_ROW_TENSORS) this.idleRows.push(input);
    return probability;
  }

  private async run(input: Tensor, count: number, into: Float32Array, at: number): Promise<void> {
    const { inputName, outputName } = this.options.signature;
    const fetched = await this.session.run({ [inputName]: input }, this.outputNames);
    const data = fetched[outputName]?.data as Float32Array | undefined;
    const columns = (data?.length ?? 0) / count;
    assert(data && (columns === 1 || columns === 2), `the model returns ${columns} values per row, not 1 or 2`);
    // If there are two columns, the second is the fraud probability.
    for (let row = 0; row < count; row++) into[at + row] = probabilityOf(data[row * columns + columns - 1] as number);
    if (!this.options.properties.acceptsMissing) this.withdraw(input.data as Float32Array, count, into, at);
  }

  /** Replaces the scores of rows with a missing value by NaN. */
  private withdraw(values: Float32Array, count: number, into: Float32Array, at: number): void {
    const width = this.featureNames.length;
    for (let row = 0; row < count; row++) {
      if (values.subarray(row * width, (row + 1) * width).some(Number.isNaN)) into[at + row] = Number.NaN;
    }
  }
}

/** Tolerance: models add in float32, so a probability may exceed 0 to 1 by a rounding error. */
const ROUNDING = 1e-6;

function probabilityOf(value: number): number {
  if (value >= 0 && value <= 1) return value;
  if (value > 1 && value <= 1 + ROUNDING) return 1;
  return value < 0 && value >= -ROUNDING ? 0 : Number.NaN;
}
