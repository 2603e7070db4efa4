import { feastRegistryServer } from '@fraudflow/contracts';
import { FEATURE_REPOSITORY, FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { createGrpcClient } from '@fraudflow/rpc';
import { serveControllers, type Serving } from '@fraudflow/service/testing/serve-controllers';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FEAST_REGISTRY_SERVICE, FeastRegistryController } from './feast-registry.controller.js';
import { FeastRegistryService } from './feast-registry.service.js';
import { RegistryObjects } from './registry-objects.js';

type Client = feastRegistryServer.RegistryServerClient;

let serving: Serving;
let client: Client;

beforeEach(async () => {
  const registry = new FeastRegistryService(new RegistryObjects(FEATURE_REPOSITORY, ['broker:9092']));
  serving = await serveControllers({
    controllers: [FeastRegistryController],
    providers: [{ provide: FeastRegistryService, useValue: registry }],
    services: [FEAST_REGISTRY_SERVICE],
  });
  client = createGrpcClient(feastRegistryServer.RegistryServerClient, serving.grpcAddress);
});

afterEach(async () => {
  client.close();
  await serving.close();
});

/** Calls a method by name. */
function call<Response>(method: keyof Client, request: object): Promise<Response> {
  return new Promise((resolve, reject) => {
    const send = client[method] as unknown as (
      request: object,
      done: (error: ServiceError | null, response: Response) => void,
    ) => void;
    send.call(client, request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

const failure = (method: keyof Client, request: object): Promise<ServiceError> =>
  call(method, request).then(
    () => Promise.reject(new Error(`${method} succeeded`)),
    (error: ServiceError) => error,
  );

const named = (name: string, project = 'fraudflow'): object =>
  feastRegistryServer.GetRequest.fromPartial({ name, project });
const listOf = (options: object = {}): object =>
  feastRegistryServer.ListRequest.fromPartial({ project: 'fraudflow', ...options });

test('a feature service has each view once, with its features in the order of the definition', async () => {
  const service = await call<{ spec: { features: { featureViewName: string; featureColumns: { name: string }[] }[] } }>(
    'getFeatureService',
    named('fraud_detection_features'),
  );

  const projections = service.spec.features;
  expect(projections.map(({ featureViewName }) => featureViewName)).toEqual(['transaction', 'customer', 'terminal']);
  expect(projections.flatMap(({ featureColumns }) => featureColumns.map(({ name }) => name))).toEqual(
    FRAUD_DETECTION_FEATURES.features.map(({ name }) => name),
  );
});

test('columns of an on-demand view have no description, because the SDK would take them for different features', async () => {
  const service = await call<{ spec: { features: { featureColumns: { description: string; tags: object }[] }[] } }>(
    'getFeatureService',
    named('fraud_detection_features'),
  );

  const [transaction, customer] = service.spec.features;
  expect(transaction?.featureColumns.every(({ description }) => description === '')).toBe(true);
  expect(customer?.featureColumns.every(({ description }) => description !== '')).toBe(true);
});

test('a stream view has the topic as its stream source and its history as its batch source', async () => {
  const view = await call<{ spec: { streamSource: object; batchSource: object; entities: string[] } }>(
    'getFeatureView',
    named('terminal'),
  );

  expect(view.spec).toMatchObject({
    entities: ['terminal_id'],
    batchSource: { name: 'terminal_history', type: 1, timestampField: 'event_timestamp' },
    streamSource: { type: 3, options: { value: { topic: 'features', kafkaBootstrapServers: 'broker:9092' } } },
  });
});

test('a pushed view has its push source and its ttl', async () => {
  const definition = FEATURE_REPOSITORY.views.find(({ kind }) => kind === 'pushed');

  const view = await call<{ spec: { streamSource: object; ttl: { seconds: number } } }>(
    'getFeatureView',
    named(definition?.name ?? ''),
  );

  expect(view.spec.streamSource).toMatchObject({ name: definition?.pushSource, type: 9 });
  expect(view.spec.ttl.seconds * 1_000).toBe(definition?.ttlMs);
});

test('getAnyFeatureView also finds on-demand views', async () => {
  const answer = await call<{ anyFeatureView: { anyFeatureView: { $case: string } } }>(
    'getAnyFeatureView',
    named('transaction'),
  );

  expect(answer.anyFeatureView.anyFeatureView.$case).toBe('onDemandFeatureView');
});

test.each([
  ['getEntity', 'EntityNotFoundException'],
  ['getFeatureView', 'FeatureViewNotFoundException'],
  ['getAnyFeatureView', 'FeatureViewNotFoundException'],
  ['getOnDemandFeatureView', 'OnDemandFeatureViewNotFoundException'],
  ['getFeatureService', 'FeatureServiceNotFoundException'],
  ['getDataSource', 'DataSourceObjectNotFoundException'],
  ['getStreamFeatureView', 'FeatureViewNotFoundException'],
  ['getSavedDataset', 'SavedDatasetNotFound'],
] as const)('%s of an unknown name is NOT_FOUND with the SDK class in single-encoded JSON', async (method, name) => {
  const error = await failure(method, named('nope'));

  expect(error.code).toBe(status.NOT_FOUND);
  expect(JSON.parse(error.details)).toMatchObject({ module: 'feast.errors', class: name });
});

test('an unknown project is not found, in reads and in lists', async () => {
  const errors = [
    await failure('getFeatureService', named('fraud_detection_features', 'other')),
    await failure('listFeatureViews', listOf({ project: 'other' })),
    await failure('refresh', { project: 'other' }),
    await failure('getProject', { name: 'other', allowCache: false }),
  ];

  for (const error of errors) {
    expect(error.code).toBe(status.NOT_FOUND);
    expect(JSON.parse(error.details)).toMatchObject({ class: 'ProjectObjectNotFoundException' });
  }
});

test.each(['applyEntity', 'applyFeatureView', 'deleteFeatureView', 'applyMaterialization', 'commit'] as const)(
  '%s is refused as read-only, with the alternative in the message',
  async (method) => {
    const error = await failure(method, {});

    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(JSON.parse(error.details)).toMatchObject({
      class: 'ReadOnlyRegistryException',
      message: expect.stringContaining('definitions are code') as string,
    });
  },
);

const { RegistryServerService } = feastRegistryServer;
const METHODS = Object.keys(RegistryServerService) as (keyof Client & keyof typeof RegistryServerService)[];

/** The status each kind of method returns for a name that does not exist. */
function expectedCode(method: string): status {
  if (/^(apply|delete|update|archive|commit)/.test(method)) return status.FAILED_PRECONDITION;
  // getInfra takes no name and always returns the only infrastructure object.
  return method.startsWith('get') && method !== 'getInfra' ? status.NOT_FOUND : status.OK;
}

test.each(METHODS)('%s decodes its request type and returns the status of its kind', async (method) => {
  const empty = RegistryServerService[method].requestDeserialize(Buffer.alloc(0));
  const request = {
    ...empty,
    ...('name' in empty ? { name: 'nope' } : {}),
    ...('project' in empty ? { project: 'fraudflow' } : {}),
  };

  const code = await call(method, request).then(
    () => status.OK,
    (error: ServiceError) => error.code,
  );

  expect([method, status[code]]).toEqual([method, status[expectedCode(method)]]);
});

test('views are filtered by entity, feature, data source and feature service', async () => {
  const requestOf = (part: object): object => feastRegistryServer.ListAllFeatureViewsRequest.fromPartial(part);
  const names = async (part: object): Promise<(string | undefined)[]> => {
    const answer = await call<feastRegistryServer.ListAllFeatureViewsResponse>('listAllFeatureViews', requestOf(part));
    return answer.featureViews.map(({ anyFeatureView }) => anyFeatureView?.value.spec?.name);
  };

  expect(await names({ entity: 'terminal_id' })).toEqual(['terminal']);
  expect(await names({ feature: 'tx_amount' })).toEqual(['transaction']);
  expect(await names({ dataSource: 'customer_profile_push' })).toEqual(['customer_profile']);
  expect(await names({ featureService: 'fraud_detection_features' })).toEqual(['transaction', 'customer', 'terminal']);
  expect(await names({})).toHaveLength(FEATURE_REPOSITORY.views.length);
});

test('the whole registry holds every kind of object once', async () => {
  const whole = await call<{ entities: unknown[]; featureViews: unknown[]; onDemandFeatureViews: unknown[] }>(
    'proto',
    {},
  );

  expect(whole.entities).toHaveLength(FEATURE_REPOSITORY.entities.length);
  expect(whole.featureViews.length + whole.onDemandFeatureViews.length).toBe(FEATURE_REPOSITORY.views.length);
});
