import { feastGrpcServer, feastServing, feastTypes } from '@fraudflow/contracts';
import { FEATURE_REPOSITORY, featureIndex } from '@fraudflow/features';
import { createGrpcClient } from '@fraudflow/rpc';
import { serveControllers, type Serving } from '@fraudflow/service/testing/serve-controllers';
import { FeatureServing } from '../../../online/feature-serving.service.js';
import { ServingMetrics } from '../../../online/serving-metrics.js';
import { PushService } from '../../../pushed/push.service.js';
import { FEAST_SERVICES, FeastGrpcController } from './feast-grpc.controller.js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aServingFixture, NEWEST_MS, type ServingFixture } from '../../../../test/serving-fixture.js';

const NB = 'customer_id_nb_tx_1day_window';
const AVG = 'customer_id_avg_amount_1day_window';
const { Value } = feastTypes;
let fixture: ServingFixture;
let serving: Serving;
let java: feastServing.ServingServiceClient;
let python: feastGrpcServer.GrpcFeatureServerClient;

beforeEach(async () => {
  fixture = aServingFixture(100);
  serving = await serveControllers({
    controllers: [FeastGrpcController],
    providers: [FeatureServing, PushService, ServingMetrics].map((provide) => ({
      provide,
      useValue: fixture.get<unknown>(provide),
    })),
    services: FEAST_SERVICES,
  });
  const address = serving.grpcAddress;
  java = createGrpcClient(feastServing.ServingServiceClient, address);
  python = createGrpcClient(feastGrpcServer.GrpcFeatureServerClient, address);
});

afterEach(async () => {
  java.close();
  python.close();
  await serving.close();
});

type Read = Parameters<typeof feastServing.GetOnlineFeaturesRequest.fromPartial>[0];
type Method<Request, Response> = (request: Request, done: (error: Error | null, response: Response) => void) => unknown;

function called<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    method(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}
const read = (client: feastServing.ServingServiceClient | feastGrpcServer.GrpcFeatureServerClient, request: Read) =>
  called(
    (
      message: feastServing.GetOnlineFeaturesRequest,
      done: (e: Error | null, r: feastServing.GetOnlineFeaturesResponse) => void,
    ) => client.getOnlineFeatures(message, done),
    feastServing.GetOnlineFeaturesRequest.fromPartial(request),
  );
const push = (request: Parameters<typeof feastGrpcServer.PushRequest.fromPartial>[0]) =>
  called(
    (message: feastGrpcServer.PushRequest, done: (e: Error | null, r: feastGrpcServer.PushResponse) => void) =>
      python.push(message, done),
    feastGrpcServer.PushRequest.fromPartial(request),
  );

const strings = (...ids: readonly string[]): feastTypes.RepeatedValue => ({
  val: ids.map((value) => Value.fromPartial({ val: { $case: 'stringVal', value } })),
});
const features = (...references: readonly string[]): Read => ({
  kind: { $case: 'features', value: { val: [...references] } },
});
const typedProfile = (creditLimit: number): Record<string, feastTypes.Value> => ({
  customer_id: { val: { $case: 'stringVal', value: 'c1' } },
  credit_limit: { val: { $case: 'doubleVal', value: creditLimit } },
  risk_segment: { val: { $case: 'stringVal', value: 'gold' } },
  is_business: { val: { $case: 'boolVal', value: true } },
  account_opened_at: { val: { $case: 'unixTimestampVal', value: '1500000000' } },
  event_timestamp: { val: { $case: 'unixTimestampVal', value: '1777633200' } },
});

test('both services respond with typed values, statuses and times, join keys first', async () => {
  for (const client of [java, python]) {
    const reply = await read(client, {
      ...features(`customer:${AVG}`, `customer:${NB}`),
      entities: { customer_id: strings('c1', 'new1') },
    });

    expect(reply.metadata?.featureNames?.val).toEqual(['customer_id', AVG, NB]);
    expect(reply.status).toBe(true);
    const [ids, avg, nb] = reply.results;
    expect(ids?.values.map(({ val }) => val?.value)).toEqual(['c1', 'new1']);
    expect(avg?.values).toEqual([{ val: { $case: 'doubleVal', value: featureIndex(AVG) + 0.5 } }, { val: undefined }]);
    expect(nb?.values[0]).toEqual({ val: { $case: 'int64Val', value: String(featureIndex(NB)) } });
    expect(nb?.statuses).toEqual([feastServing.FieldStatus.PRESENT, feastServing.FieldStatus.NOT_FOUND]);
    expect(nb?.eventTimestamps).toEqual([
      { seconds: NEWEST_MS / 1_000, nanos: 0 },
      { seconds: 0, nanos: 0 },
    ]);
  }
});

test('a null in an existing row has the status NULL_VALUE as in Java, and PRESENT as in Python', async () => {
  fixture.online.missing = [featureIndex(NB)];
  const request = { ...features(`customer:${NB}`, `customer:${AVG}`), entities: { customer_id: strings('c1') } };

  expect((await read(java, request)).results.map(({ statuses }) => statuses)).toEqual([[1], [2], [1]]);
  expect((await read(python, request)).results.map(({ statuses }) => statuses)).toEqual([[1], [1], [1]]);
});

test('request data are read from the request context, as any type of number or time', async () => {
  const keys = { customer_id: strings('c1'), terminal_id: strings('m1') };
  const single = (val: feastTypes.Value['val']): feastTypes.RepeatedValue => ({ val: [{ val }] });

  await read(java, {
    kind: { $case: 'featureService', value: 'fraud_detection_features' },
    entities: keys,
    requestContext: {
      amount: single({ $case: 'floatVal', value: 12.5 }),
      occurred_at: single({ $case: 'unixTimestampVal', value: '1777636800' }),
      transaction_id: single({ $case: 'stringVal', value: 't1' }),
    },
  });

  expect(fixture.online.calls[0]?.rows[0]?.transaction).toEqual({
    transactionId: 't1',
    occurredAtMs: 1_777_636_800_000,
    amountMinor: 1_250,
  });
});

test('an int64 key beyond 2^53 keeps all its digits', async () => {
  const key = { val: [Value.fromPartial({ val: { $case: 'int64Val', value: '9007199254740993' } })] };

  const reply = await read(java, { ...features(`customer:${NB}`), entities: { customer_id: key } });

  expect(reply.results[0]?.values[0]?.val?.value).toBe('9007199254740993');
});

test('errors of Feast are sent in the status details, encoded once', async () => {
  const request: Read = { kind: { $case: 'featureService', value: 'nope' }, entities: { customer_id: strings('c') } };

  const error = await read(java, request).catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ code: 5 });
  expect(JSON.parse((error as { details: string }).details)).toEqual({
    module: 'feast.errors',
    class: 'FeatureServiceNotFoundException',
    message: `Feature service nope does not exist in project ${FEATURE_REPOSITORY.project}`,
  });
});

test.each([
  ['unequal columns', { customer_id: strings('a', 'b'), other: strings('c') }],
  ['no rows', { customer_id: strings() }],
  ['no columns', {}],
  ['bytes as key', { customer_id: { val: [{ val: { $case: 'bytesVal' as const, value: Buffer.of(1) } }] } }],
  ['too many rows', { customer_id: strings(...Array<string>(101).fill('a')) }],
])('%s: INVALID_ARGUMENT', async (_name, entities) => {
  await expect(read(java, { ...features(`customer:${NB}`), entities })).rejects.toMatchObject({ code: 3 });
});

test.each([
  ['customer_id', '4111111111111111'],
  ['risk_segment', 'paid with 4111 1111 1111 1111'],
])('a pushed card number in %s is refused with code and field and not repeated', async (column, value) => {
  const typedFeatures = { ...typedProfile(1), [column]: Value.fromPartial({ val: { $case: 'stringVal', value } }) };

  const refused = push({ streamFeatureView: 'customer_profile_push', to: 'online_and_offline', typedFeatures });

  const error = (await refused.catch((thrown: unknown) => thrown)) as ServiceError;
  expect(error.code).toBe(3);
  expect(error.metadata.get('error-code')).toEqual([`${column.toUpperCase()}_IS_CARD_NUMBER`]);
  expect(error.metadata.get('error-field')).toEqual([`df.${column}.0`]);
  expect(error.details).toContain('holds a card number');
  expect(error.details).not.toContain('1111');
  expect([fixture.store.rows.size, fixture.archive.rows.length]).toEqual([0, 0]);
});

test('the views of a reply are named on request', async () => {
  const reply = await read(java, {
    ...features('customer_profile:credit_limit', `customer:${NB}`),
    entities: { customer_id: strings('c1') },
    includeFeatureViewVersionMetadata: true,
  });

  expect(reply.metadata?.featureViewMetadata).toEqual([
    { name: 'customer_profile', version: 0 },
    { name: 'customer', version: 0 },
  ]);
});

test('rows pushed as typed values or as text are returned with their types', async () => {
  const text = { account_opened_at: '1500000000', customer_id: 'c2', event_timestamp: '2026-05-01T11:00:00' };

  await push({ streamFeatureView: 'customer_profile_push', to: 'online', typedFeatures: typedProfile(0.1) });
  const answer = await push({
    streamFeatureView: 'customer_profile_push',
    to: 'online',
    features: { ...text, credit_limit: '7', risk_segment: 'é✓', is_business: 'False' },
  });

  expect(answer).toEqual({ status: true });
  const names = ['credit_limit', 'risk_segment', 'is_business', 'account_opened_at'];
  const references = names.map((name) => `customer_profile:${name}`);
  const reply = await read(java, { ...features(...references), entities: { customer_id: strings('c1', 'c2') } });
  expect(reply.results.slice(1).map(({ values }) => values.map(({ val }) => val))).toEqual([
    [0.1, 7].map((value) => ({ $case: 'doubleVal', value })),
    ['gold', 'é✓'].map((value) => ({ $case: 'stringVal', value })),
    [true, false].map((value) => ({ $case: 'boolVal', value })),
    ['1500000000', '1500000000'].map((value) => ({ $case: 'unixTimestampVal', value })),
  ]);
});

test.each([
  [
    'both maps',
    { streamFeatureView: 'customer_profile_push', to: 'online', features: { a: 'b' }, typedFeatures: typedProfile(1) },
    3,
  ],
  ['no target', { streamFeatureView: 'customer_profile_push', typedFeatures: typedProfile(1) }, 3],
  ['an unknown source', { streamFeatureView: 'nope', to: 'online', typedFeatures: typedProfile(1) }, 3],
  ['a computed view', { streamFeatureView: 'terminal', to: 'online', typedFeatures: typedProfile(1) }, 3],
  ['no columns', { streamFeatureView: 'customer_profile_push', to: 'online' }, 3],
])('a push with %s is refused', async (_name, request, code) => {
  await expect(push(request)).rejects.toMatchObject({ code });
  expect(fixture.store.rows.size).toBe(0);
});

test('the package-less service writes a view by its name', async () => {
  const request = { featureViewName: 'customer_profile', typedFeatures: typedProfile(5) };

  const answer = await called(
    (
      message: feastGrpcServer.WriteToOnlineStoreRequest,
      done: (e: Error | null, r: feastGrpcServer.WriteToOnlineStoreResponse) => void,
    ) => python.writeToOnlineStore(message, done),
    feastGrpcServer.WriteToOnlineStoreRequest.fromPartial(request),
  );

  expect(answer.status).toBe(true);
  expect(fixture.store.rows.get('customer_profile/c1')?.values).toEqual([5, 'gold', true, 1_500_000_000n]);
  expect(feastGrpcServer.GrpcFeatureServerService.push.path).toBe('/GrpcFeatureServer/Push');
});
