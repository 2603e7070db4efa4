import type { tensorflowServing } from '@fraudflow/contracts';
import { type Clock, failedPrecondition, invalidInput, unavailable } from '@fraudflow/core';
import type { ModelSlot } from '../../models/model-slot.js';
import type { ScoringModel } from '../../models/scoring-model.port.js';
import type { TensorResult } from '../../records/prediction-record.js';
import { checkServed } from './model-choice.js';
import { readInputs } from './predict-inputs.js';
import { DEFAULT_SIGNATURE, NAMED_SIGNATURE, OUTPUT, signatureMetadata } from './signatures.js';
import { writeFloatTensor } from './tensor-codec.js';

type PredictRequest = tensorflowServing.PredictRequest;
type PredictResponse = tensorflowServing.PredictResponse;
type MetadataRequest = tensorflowServing.GetModelMetadataRequest;
type MetadataResponse = tensorflowServing.GetModelMetadataResponse;
type ModelSpec = tensorflowServing.ModelSpec;

/** Receives every result. `tensorPredicted` must neither block nor throw. */
export interface TensorListener {
  tensorPredicted(result: TensorResult): void;
}

export interface TfPredictionParts {
  readonly modelName: string;
  readonly slot: ModelSlot;
  readonly listeners: readonly TensorListener[];
  readonly clock: Clock;
  /** Largest number of rows per request. */
  readonly maxRows: number;
}

const SIGNATURES: ReadonlySet<string> = new Set([DEFAULT_SIGNATURE, NAMED_SIGNATURE]);
const METADATA_FIELD = 'signature_def';

/** TensorFlow Serving's prediction calls on the active model, with the status codes and texts of TensorFlow Serving. */
export class TfPredictionService {
  constructor(private readonly parts: TfPredictionParts) {}

  async predict(request: PredictRequest): Promise<PredictResponse> {
    const signature = this.checkRequest(request);
    const { slot, clock, maxRows } = this.parts;
    const requestedAtMs = clock.nowMs();
    return slot.use(async (model) => {
      this.checkSpec(request.modelSpec, model);
      const { rows, count } = readInputs(request.inputs, signature, model.featureNames, maxRows);
      const startedAt = process.hrtime.bigint();
      const probabilities = count === 0 ? new Float32Array(0) : await model.score(rows, count);
      const inferenceUs = Number(process.hrtime.bigint() - startedAt) / 1_000;
      if (count > 0) this.report(model, { rows, probabilities, inferenceUs, requestedAtMs });
      return {
        outputs: { [OUTPUT]: writeFloatTensor([count, 1], probabilities) },
        modelSpec: specOf(model, signature),
      };
    });
  }

  metadata(request: MetadataRequest): MetadataResponse {
    checkMetadataFields(request.metadataField);
    const model = this.parts.slot.current;
    this.checkSpec(request.modelSpec, model);
    if (!model) throw unavailable('no model is loaded yet', { code: 'MODEL_NOT_LOADED' });
    return {
      modelSpec: specOf(model, ''),
      metadata: { [METADATA_FIELD]: signatureMetadata(model.featureNames) },
    };
  }

  private report(
    model: ScoringModel,
    scored: Pick<TensorResult, 'rows' | 'probabilities' | 'inferenceUs' | 'requestedAtMs'>,
  ): void {
    const { clock, listeners } = this.parts;
    const result = {
      ...scored,
      modelName: model.name,
      modelVersion: model.version,
      modelThreshold: model.threshold,
      featureNames: model.featureNames,
      scoredAtMs: clock.nowMs(),
    };
    for (const listener of listeners) listener.tensorPredicted(result);
  }

  private checkRequest({ modelSpec, outputFilter }: PredictRequest): string {
    this.checkSpec(modelSpec, undefined);
    const signature = modelSpec?.signatureName || DEFAULT_SIGNATURE;
    if (!SIGNATURES.has(signature)) {
      throw failedPrecondition(`Serving signature key "${signature}" not found.`, {
        code: 'SIGNATURE_UNKNOWN',
        field: 'model_spec.signature_name',
      });
    }
    checkOutputFilter(outputFilter);
    return signature;
  }

  private checkSpec(spec: ModelSpec | undefined, model: ScoringModel | undefined): void {
    checkServed(spec, { name: this.parts.modelName, version: model?.version });
  }
}

function checkOutputFilter(filter: readonly string[]): void {
  const unknown = filter.find((alias) => alias !== OUTPUT);
  if (unknown !== undefined) throw badFilter(`output tensor alias not found in signature: ${unknown}`);
  if (filter.length > 1) throw badFilter(`duplicate output tensor alias: ${OUTPUT}`);
}

function badFilter(message: string): Error {
  return invalidInput(message, { code: 'OUTPUT_FILTER', field: 'output_filter' });
}

function checkMetadataFields(fields: readonly string[]): void {
  if (fields.length === 0) {
    throw invalidInput('GetModelMetadataRequest must specify at least one metadata_field', {
      code: 'METADATA_FIELD',
      field: 'metadata_field',
    });
  }
  const unsupported = fields.find((field) => field !== METADATA_FIELD);
  if (unsupported === undefined) return;
  throw invalidInput(`Metadata field ${unsupported} is not supported`, {
    code: 'METADATA_FIELD',
    field: 'metadata_field',
  });
}

function specOf(model: ScoringModel, signatureName: string): ModelSpec {
  return { name: model.name, versionChoice: { $case: 'version', value: Number(model.version) }, signatureName };
}
