import { scoringV1 } from '@fraudflow/contracts';
import { Registry, silentLogger } from '@fraudflow/observability';
import { Client, credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GrpcServer } from './grpc-server.js';

const SERVICE = 'fraudflow.scoring.v1.ScoringService';
/** Field numbers of grpc.reflection's ServerReflectionRequest, as tags of texts. */
const FILE_CONTAINING_SYMBOL = 0x22;
const LIST_SERVICES = 0x3a;
let server: GrpcServer;
let client: Client;

beforeEach(async () => {
  server = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  server.add(scoringV1.ScoringServiceService, {});
  const port = await server.listen('127.0.0.1:0');
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  await server.stop();
});

/** Sends one request and returns the bytes of the response. */
function ask(version: 'v1' | 'v1alpha', tag: number, text: string): Promise<Buffer> {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(
    path,
    (bytes) => bytes,
    (bytes) => bytes,
  );
  return new Promise((resolve, reject) => {
    call.on('data', resolve);
    call.on('error', reject);
    call.write(Buffer.concat([Buffer.of(tag, text.length), Buffer.from(text)]));
    call.end();
  });
}

test.each(['v1', 'v1alpha'] as const)(
  'reflection %s lists the services of this server and no others',
  async (version) => {
    const response = (await ask(version, LIST_SERVICES, '*')).toString('latin1');

    expect(response).toContain(SERVICE);
    expect(response).not.toContain('TrainingService');
  },
);

test('reflection returns the descriptor of a service and of its messages', async () => {
  const response = (await ask('v1', FILE_CONTAINING_SYMBOL, SERVICE)).toString('latin1');

  expect(response).toContain('fraudflow/scoring/v1/scoring.proto');
  expect(response).toContain('PredictRequest');
});
