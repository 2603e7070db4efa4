import { predictionSchema, tensorflow, tensorflowServing } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import { FEATURE_COUNT, FEATURE_NAMES } from '@fraudflow/features';
import { createGrpcClient } from '@fraudflow/rpc';
import { serveControllers } from '@fraudflow/service/testing/serve-controllers';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { anArtifact } from '../../../test/support/a-model.js';
import { aScorer, aServingScorer, type TestScorer } from '../../../test/support/a-scorer.js';
import { ModelLoader } from '../../models/model-loader.js';
import { TensorOptions } from './tensor-options.js';
import { TfPredictionService } from './tf-prediction.service.js';
import { tensorServices, TfServingController } from './tf-serving.controller.js';

type Spec = Partial<tensorflowServing.ModelSpec>;
type Callback<T> = (error: ServiceError | null, response: T) => void;

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(scorer: TestScorer) {
  const options = { modelName: 'fraud_detector', clock: systemClock, defaultTimeoutMs: 1_000, maxRows: 10_000 };
  const { grpcAddress: address, close } = await serveControllers({
    controllers: [TfServingController],
    providers: [
      { provide: TfPredictionService, useValue: scorer.tensors },
      { provide: ModelLoader, useValue: scorer.loader },
      { provide: TensorOptions, useValue: options },
    ],
    services: tensorServices(options.maxRows),
  });
  const predictions = createGrpcClient(tensorflowServing.PredictionServiceClient, address);
  const models = createGrpcClient(tensorflowServing.ModelServiceClient, address);
  closing.push(
    close,
    () => predictions.close(),
    () => models.close(),
  );
  return {
    predict: (inputs: Record<string, tensorflow.TensorProto>, over: Spec = {}, outputFilter: string[] = []) =>
      call<tensorflowServing.PredictResponse>((callback) =>
        predictions.predict({ inputs, outputFilter, modelSpec: aSpec(over) }, callback),
      ),
    metadata: (metadataField: string[], modelSpec: tensorflowServing.ModelSpec | undefined = aSpec()) =>
      call<tensorflowServing.GetModelMetadataResponse>((callback) =>
        predictions.getModelMetadata({ modelSpec, metadataField }, callback),
      ),
    status: (modelSpec: tensorflowServing.ModelSpec | undefined) =>
      call<tensorflowServing.GetModelStatusResponse>((callback) => models.getModelStatus({ modelSpec }, callback)),
  };
}

function call<T>(start: (callback: Callback<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => start((error, response) => (error ? reject(error) : resolve(response))));
}

function aSpec(over: Spec = {}): tensorflowServing.ModelSpec {
  return { name: 'fraud_detector', versionChoice: undefined, signatureName: '', ...over };
}

function aTensor(shape: readonly number[], over: Partial<tensorflow.TensorProto> = {}): tensorflow.TensorProto {
  return tensorflow.TensorProto.create({
    dtype: tensorflow.DataType.DT_FLOAT,
    tensorShape: { dim: shape.map((size) => ({ size, name: '' })), unknownRank: false },
    ...over,
  });
}

/** Values of rows that differ only in the amount. */
function rows(...amounts: readonly number[]): number[] {
  return amounts.flatMap((amount) => [amount, ...Array.from({ length: FEATURE_COUNT - 1 }, () => 0)]);
}

function raw(values: readonly number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

const quiet = 1 / (1 + Math.exp(3));
const large = 1 / (1 + Math.exp(-1.5));

function probabilities(response: tensorflowServing.PredictResponse): number[] {
  return response.outputs['fraud_probability']?.floatVal ?? [];
}

describe('Predict', () => {
  test('accepts tensor_content and typed values, and responds with typed values and the resolved version', async () => {
    const client = await serve(await aServingScorer(anArtifact({ version: '7' })));

    const fromRaw = await client.predict({ features: aTensor([2, 15], { tensorContent: raw(rows(20, 500)) }) });
    const fromTyped = await client.predict({ features: aTensor([2, 15], { floatVal: rows(20, 500) }) });

    expect(probabilities(fromRaw)[0]).toBeCloseTo(quiet, 6);
    expect(probabilities(fromRaw)[1]).toBeCloseTo(large, 6);
    expect(fromTyped).toEqual(fromRaw);
    expect(fromRaw.outputs['fraud_probability']?.tensorContent).toHaveLength(0);
    expect(fromRaw.outputs['fraud_probability']?.tensorShape?.dim.map(({ size }) => size)).toEqual([2, 1]);
    expect(fromRaw.modelSpec).toMatchObject({
      name: 'fraud_detector',
      signatureName: 'serving_default',
      versionChoice: { $case: 'version', value: 7 },
    });
  });

  test('repeats the last typed value if there are too few, and reads no values as zeros', async () => {
    const client = await serve(await aServingScorer(anArtifact()));

    const filled = await client.predict({ features: aTensor([1, 15], { floatVal: [500] }) });
    const zeros = await client.predict({ features: aTensor([2, 15]) });

    expect(probabilities(filled)[0]).toBeCloseTo(1 / (1 + Math.exp(-4.5)), 6);
    expect(probabilities(zeros)).toHaveLength(2);
    expect(probabilities(zeros)[0]).toBeCloseTo(quiet, 6);
  });

  test('accepts one input per feature, as vectors or columns', async () => {
    const client = await serve(await aServingScorer(anArtifact()));
    const named = Object.fromEntries(FEATURE_NAMES.map((name) => [name, aTensor([2])]));
    named['tx_amount'] = aTensor([2, 1], { floatVal: [20, 500] });

    const responses = [await client.predict(named), await client.predict(named, { signatureName: 'named_features' })];

    for (const response of responses) expect(probabilities(response)[1]).toBeCloseTo(large, 6);
  });

  test('records each row with its features, one id per row', async () => {
    const scorer = await aServingScorer(anArtifact({ version: '7' }));
    const client = await serve(scorer);

    await client.predict({ features: aTensor([3, 15], { floatVal: [...rows(20, 500), Number.NaN] }) });
    await scorer.predictionLog.flush();

    const records = scorer.producer.sent.map(({ value }) => predictionSchema.parse(value));
    expect(records.map(({ row, features }) => [row, features['tx_amount']])).toEqual([
      [0, 20],
      [1, 500],
      [2, null],
    ]);
    expect(records[1]).toMatchObject({ input: 'tensor', model_version: '7', outcome: 'review' });
    expect(new Set(scorer.producer.sent.map(({ eventId }) => eventId)).size).toBe(3);
  });

  test('records rows without a transaction under a generated request id', async () => {
    const scorer = await aServingScorer(anArtifact());
    const client = await serve(scorer);

    await client.predict({ features: aTensor([1, 15]) });
    await scorer.predictionLog.flush();

    const record = predictionSchema.parse(scorer.producer.sent[0]?.value);
    expect(record.transaction).toBeUndefined();
    expect(record.request_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('refuses thousands of unknown inputs with a short message', async () => {
    const client = await serve(await aServingScorer(anArtifact()));
    const inputs = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`é${i}`, aTensor([1])]));

    const error = await client.predict(inputs).catch((thrown: unknown) => thrown as ServiceError);

    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect((error as ServiceError).details.length).toBeLessThanOrEqual(1_024);
  });

  test('returns no rows for a request without rows', async () => {
    const client = await serve(await aServingScorer(anArtifact()));

    const response = await client.predict({ features: aTensor([0, 15]) });

    expect(response.outputs['fraud_probability']?.tensorShape?.dim.map(({ size }) => size)).toEqual([0, 1]);
  });

  const one = { features: aTensor([1, 15]) };
  const version = (value: number): Spec => ({ versionChoice: { $case: 'version', value } });
  const label = (value: string): Spec => ({ versionChoice: { $case: 'versionLabel', value } });

  test('accepts the active version by number and label, and its output by name', async () => {
    const client = await serve(await aServingScorer(anArtifact({ version: '7' })));

    const responses = [
      await client.predict(one, version(7)),
      await client.predict(one, label('stable')),
      await client.predict(one, {}, ['fraud_probability']),
    ];

    for (const response of responses) expect(probabilities(response)).toHaveLength(1);
  });

  test.each<[string, Record<string, tensorflow.TensorProto>, Spec, string[], status, RegExp]>([
    ['an empty model name', one, { name: '' }, [], status.INVALID_ARGUMENT, /name/],
    ['an unknown model', one, { name: 'x' }, [], status.NOT_FOUND, /Servable not found for request: Latest\(x\)/],
    ['an unknown version', one, version(3), [], status.NOT_FOUND, /Specific\(fraud_detector, 3\)/],
    ['an unknown label', one, label('beta'), [], status.INVALID_ARGUMENT, /beta/],
    ['an unknown signature', one, { signatureName: 'x' }, [], status.FAILED_PRECONDITION, /"x" not found/],
    ['an unknown output', one, {}, ['x'], status.INVALID_ARGUMENT, /alias not found.*x/],
    [
      'an output named twice',
      one,
      {},
      ['fraud_probability', 'fraud_probability'],
      status.INVALID_ARGUMENT,
      /duplicate/,
    ],
    ['an unknown input', { x: aTensor([1]) }, {}, [], status.INVALID_ARGUMENT, /extra: \{x\}.*required: \{features\}/],
    ['an additional input', { ...one, x: aTensor([1]) }, {}, [], status.INVALID_ARGUMENT, /extra: \{x\}/],
    ['an omitted input', { tx_amount: aTensor([1]) }, {}, [], status.INVALID_ARGUMENT, /required: \{tx_during_weekend/],
    [
      'a wrong width',
      { features: aTensor([1, 14]) },
      {},
      [],
      status.INVALID_ARGUMENT,
      /\[1, 14\], expected \[-1, 15\]/,
    ],
    ['a wrong rank', { features: aTensor([15]) }, {}, [], status.INVALID_ARGUMENT, /shape/],
    ['a negative dimension', { features: aTensor([-1, 15]) }, {}, [], status.INVALID_ARGUMENT, /negative/],
    ['no shape', { features: tensorflow.TensorProto.create({ dtype: 1 }) }, {}, [], status.INVALID_ARGUMENT, /shape/],
    ['too many rows', { features: aTensor([1e9, 15]) }, {}, [], status.INVALID_ARGUMENT, /more than/],
    ['another dtype', { features: aTensor([1, 15], { dtype: 2 }) }, {}, [], status.INVALID_ARGUMENT, /DT_DOUBLE/],
    ['surplus values', { features: aTensor([1, 15], { floatVal: rows(1, 2) }) }, {}, [], status.INVALID_ARGUMENT, /30/],
    [
      'too few bytes',
      { features: aTensor([1, 15], { tensorContent: raw([1]) }) },
      {},
      [],
      status.INVALID_ARGUMENT,
      /bytes/,
    ],
  ])('refuses %s', async (_what, inputs, spec, filter, code, message) => {
    const client = await serve(await aServingScorer(anArtifact({ version: '7' })));

    const error = (await client.predict(inputs, spec, filter).catch((thrown: unknown) => thrown)) as ServiceError;

    expect(error.details).toMatch(message);
    expect(error.code).toBe(code);
  });

  test('responds UNAVAILABLE before a model is loaded', async () => {
    const client = await serve(aScorer());

    await expect(client.predict(one)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe('GetModelMetadata', () => {
  test('packs the signatures into an Any with TensorFlow Serving’s type', async () => {
    const client = await serve(await aServingScorer(anArtifact({ version: '7' })));

    const { metadata, modelSpec } = await client.metadata(['signature_def']);

    const packed = metadata['signature_def'];
    expect(packed?.typeUrl).toBe('type.googleapis.com/tensorflow.serving.SignatureDefMap');
    expect(modelSpec?.versionChoice).toEqual({ $case: 'version', value: 7 });
    const signature = tensorflowServing.SignatureDefMap.decode(packed?.value ?? Buffer.alloc(0)).signatureDef[
      'serving_default'
    ];
    expect(signature?.methodName).toBe('tensorflow/serving/predict');
    expect(signature?.inputs['features']?.tensorShape?.dim.map(({ size }) => size)).toEqual([-1, 15]);
    expect(Object.keys(signature?.outputs ?? {})).toEqual(['fraud_probability']);
  });

  test.each([[[]], [['x']], [['signature_def', 'x']]])('refuses the fields %j', async (fields) => {
    const client = await serve(await aServingScorer(anArtifact()));

    await expect(client.metadata(fields)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('GetModelStatus', () => {
  test('returns the active version and the reason of a refused version', async () => {
    const scorer = await aServingScorer(anArtifact({ version: '7' }));
    scorer.repository.production = anArtifact({ version: '8', onnx: Buffer.from('rubbish') });
    await scorer.loader.refresh();
    const client = await serve(scorer);

    const { modelVersionStatus } = await client.status(aSpec());

    const { ModelVersionStatus_State: State } = tensorflowServing;
    expect(modelVersionStatus.map(({ version, state }) => [version, state])).toEqual([
      [8, State.END],
      [7, State.AVAILABLE],
    ]);
    expect(modelVersionStatus[0]?.status?.errorMessage).toContain('ONNX');
  });

  test.each<[string, tensorflowServing.ModelSpec | undefined, status, RegExp]>([
    ['no model_spec', undefined, status.INVALID_ARGUMENT, /model_spec/],
    ['an unknown model', aSpec({ name: 'x' }), status.NOT_FOUND, /Could not find any versions of model x/],
    [
      'an unknown version',
      aSpec({ versionChoice: { $case: 'version', value: 3 } }),
      status.NOT_FOUND,
      /Could not find version 3 of model fraud_detector/,
    ],
  ])('refuses %s', async (_what, spec, code, message) => {
    const client = await serve(await aServingScorer(anArtifact({ version: '7' })));

    const error = (await client.status(spec).catch((thrown: unknown) => thrown)) as ServiceError;

    expect(error.details).toMatch(message);
    expect(error.code).toBe(code);
  });
});
