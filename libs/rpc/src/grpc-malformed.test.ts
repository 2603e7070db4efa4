import { scoringV1, tensorflowServing } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { HealthRegistry, Registry, silentLogger } from '@fraudflow/observability';
import { Client, credentials, type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GrpcServer } from './grpc/grpc-server.js';

const PREDICT = '/fraudflow.scoring.v1.ScoringService/Predict';
const TENSOR_PREDICT = '/tensorflow.serving.PredictionService/Predict';
const CHECK = '/grpc.health.v1.Health/Check';

let server: GrpcServer;
let client: Client;
let health: HealthRegistry;
let handle: (request: scoringV1.PredictRequest) => Promise<scoringV1.PredictResponse>;

beforeEach(async () => {
  health = new HealthRegistry();
  server = new GrpcServer({ logger: silentLogger, metrics: new Registry(), health });
  server.add(
    scoringV1.ScoringServiceService,
    { predict: server.unary('Predict', (request: scoringV1.PredictRequest) => handle(request)) },
    { predict: { messageBytes: 10_000 } },
  );
  server.add(tensorflowServing.PredictionServiceService, {
    predict: server.unary('TensorPredict', async () => tensorflowServing.PredictResponse.fromPartial({})),
  });
  handle = async () => scoringV1.PredictResponse.fromPartial({});
  const port = await server.listen('127.0.0.1:0', { isServing: false });
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  await server.stop();
});

interface Outcome {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
  readonly bytes?: Buffer;
}

/** Sends bytes as they are. */
function call(path: string, bytes: Buffer): Promise<Outcome> {
  const asIs = (value: Buffer): Buffer => value;
  return new Promise((resolve) => {
    const deadline = Date.now() + 50_000;
    client.makeUnaryRequest(path, asIs, asIs, bytes, { deadline }, (error: ServiceError | null, response?: Buffer) => {
      if (error) resolve(error);
      else resolve({ code: status.OK, details: '', ...(response ? { bytes: response } : {}) });
    });
  });
}

test.each([
  ['a letter with an accent', 'é'],
  ['a line break', 'a\nb'],
  ['half of a surrogate pair', '\ud800'],
  ['a megabyte', 'x'.repeat(1_000_000)],
])('an error about a field named with %s gets a status without delay', async (_, field) => {
  handle = async () => {
    throw invalidInput(`${field} is not a computed feature`, { code: 'FIELD_INVALID', field });
  };

  const outcome = await call(PREDICT, Buffer.alloc(0));

  expect(outcome.code).toBe(status.INVALID_ARGUMENT);
  expect(String(outcome.metadata?.get('error-field')[0]).length).toBeLessThanOrEqual(128);
  expect(Buffer.byteLength(outcome.details)).toBeLessThanOrEqual(1_024);
});

test('a handler that throws before its first await gives the same status as one that rejects', async () => {
  handle = () => {
    throw invalidInput('no');
  };

  expect(await call(PREDICT, Buffer.alloc(0))).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'no' });
});

test('bytes that cannot be decoded give INVALID_ARGUMENT on every service', async () => {
  const cutShort = Buffer.from([0x0a, 0xff]);

  for (const path of [PREDICT, TENSOR_PREDICT, CHECK]) {
    expect(await call(path, cutShort), path).toMatchObject({ code: status.INVALID_ARGUMENT });
  }
});

test('a message above the limit of its method is refused', async () => {
  const request = scoringV1.PredictRequest.fromPartial({ requestId: 'r'.repeat(10_000) });

  expect(await call(PREDICT, Buffer.from(scoringV1.PredictRequest.encode(request).finish()))).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
  });
});

test('a message of a million empty elements is refused before it is decoded', async () => {
  const dims = Buffer.alloc(4_000_000, Buffer.from([0x12, 0x00]));
  const tensor = framed(0x12, dims);
  const entry = Buffer.concat([framed(0x0a, Buffer.from('x')), framed(0x12, tensor)]);

  expect(await call(TENSOR_PREDICT, framed(0x12, entry))).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining('too many elements') as string,
  });
});

test('a small message of many empty elements is refused; one of many missing values is accepted', async () => {
  const tensorOf = (elements: Buffer): Buffer =>
    framed(0x12, Buffer.concat([framed(0x0a, Buffer.from('x')), framed(0x12, elements)]));
  const emptyTexts = tensorOf(Buffer.alloc(60_000, Buffer.from([0x42, 0x00])));
  const emptyMessages = tensorOf(framed(0x12, Buffer.alloc(60_000, Buffer.from([0x12, 0x00]))));

  expect(await call(TENSOR_PREDICT, emptyTexts)).toMatchObject({ code: status.INVALID_ARGUMENT });
  expect((await call(TENSOR_PREDICT, emptyMessages)).details).not.toContain('too many elements');
});

test('health has each service by name; it is NOT_SERVING until set and permanently after draining', async () => {
  const tensor = 'tensorflow.serving.PredictionService';
  const checked = async (name: string): Promise<string | undefined> => {
    const { bytes, code } = await call(CHECK, framed(0x0a, Buffer.from(name)));
    return bytes?.toString('hex') ?? status[code];
  };
  const serving = '0801';
  const notServing = '0802';

  expect([await checked(''), await checked(tensor), await checked('other')]).toEqual([
    notServing,
    notServing,
    'NOT_FOUND',
  ]);
  server.setServing(true, tensor);
  expect([await checked(''), await checked(tensor)]).toEqual([notServing, serving]);
  server.setServing(true);
  expect([await checked(''), await checked(tensor)]).toEqual([serving, serving]);
  health.startDraining();
  server.setServing(true);
  expect([await checked(''), await checked(tensor)]).toEqual([notServing, notServing]);
});

test('a Watch stream gets NOT_SERVING and ends when the service drains', async () => {
  server.setServing(true);
  const asIs = (value: Buffer): Buffer => value;
  const watch = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', asIs, asIs, Buffer.alloc(0));
  const seen: string[] = [];
  const ended = new Promise((resolve) => watch.on('end', resolve));
  const first = new Promise<void>((resolve) => watch.once('data', () => resolve()));
  watch.on('data', (message: Buffer) => seen.push(message.toString('hex')));
  await first;

  health.startDraining();
  await ended;

  expect(seen).toEqual(['0801', '0802']);
});

function framed(tag: number, content: Buffer): Buffer {
  const length: number[] = [];
  let rest = content.length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Buffer.concat([Buffer.from([tag, ...length, rest]), content]);
}
