import { Buffer } from 'node:buffer';
import { arrowFlight } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGrpcClient } from './grpc/grpc-client.js';
import { GrpcServer } from './grpc/grpc-server.js';

type FlightData = arrowFlight.FlightData;

let server: GrpcServer;
let client: arrowFlight.FlightServiceClient;
let exchange: (requests: AsyncIterable<FlightData>) => AsyncIterable<FlightData>;
let get: () => AsyncIterable<FlightData>;

beforeEach(async () => {
  server = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  server.add(arrowFlight.FlightServiceService, {
    doExchange: server.duplexStream<FlightData, FlightData>('DoExchange', (requests) => exchange(requests)),
    doGet: server.serverStream('DoGet', () => get()),
  });
  const port = await server.listen('127.0.0.1:0');
  client = createGrpcClient(arrowFlight.FlightServiceClient, `127.0.0.1:${port}`);
});

afterEach(async () => {
  client.close();
  await server.stop();
});

const data = (text: string): FlightData => arrowFlight.FlightData.fromPartial({ appMetadata: Buffer.from(text) });

async function textsOf(call: AsyncIterable<unknown>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of call) texts.push((message as FlightData).appMetadata.toString());
  return texts;
}

const failureOf = (call: AsyncIterable<unknown>): Promise<ServiceError> =>
  textsOf(call).then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: ServiceError) => error,
  );

test('a duplex stream responds while it still reads, and ends when its generator ends', async () => {
  exchange = async function* (requests) {
    for await (const request of requests) yield data(`${request.appMetadata.toString()}!`);
    yield data('end');
  };
  const call = client.doExchange();

  for (const text of ['a', 'b']) call.write(data(text));
  call.end();

  expect(await textsOf(call)).toEqual(['a!', 'b!', 'end']);
});

test('a duplex stream that fails before it has read everything still sends its status', async () => {
  exchange = async function* (requests) {
    for await (const request of requests) {
      yield request;
      throw invalidInput('one is enough', { code: 'ITEM_COUNT_INVALID' });
    }
  };
  const call = client.doExchange();

  for (const text of ['a', 'b', 'c']) call.write(data(text));

  expect(await failureOf(call)).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'one is enough' });
});

test('a server stream that fails sends its status after the messages already sent', async () => {
  get = async function* () {
    yield data('first');
    throw invalidInput('no more');
  };

  const error = await failureOf(client.doGet({ ticket: Buffer.alloc(0) }));

  expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'no more' });
});

test('two servers of one process share their metrics', async () => {
  const metrics = new Registry();
  const options = { logger: silentLogger, metrics };

  const servers = [new GrpcServer(options), new GrpcServer(options)];

  expect(await metrics.metrics()).toContain('grpc_server_duration_seconds');
  await Promise.all(servers.map((one) => one.stop()));
});
