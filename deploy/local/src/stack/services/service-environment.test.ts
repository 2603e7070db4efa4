import { expect, test } from 'vitest';
import { serviceEnvironment, type EnvironmentSource } from './service-environment.js';

const source: EnvironmentSource = {
  addresses: {
    kafkaBrokers: ['127.0.0.1:1', '127.0.0.1:2'],
    redisUrl: 'redis://127.0.0.1:3',
    postgresUrl: 'postgres://u:p@127.0.0.1:4/d',
    services: {
      registry: { http: 'http://127.0.0.1:5' },
      'feature-store': { http: 'http://127.0.0.1:6', grpc: '127.0.0.1:7' },
    },
  },
  servicePorts: { 'feature-store': { http: 6, grpc: 7 }, registry: { http: 5 } },
  artifactDir: '/data/artifacts',
  modelDir: '/data/models',
  instanceId: 'folder-1',
  xgboostLibrary: undefined,
  cardTokenKey: 'c2VjcmV0',
};

test('a service gets the addresses of the stores, its own ports and the addresses of its peers', () => {
  const env = serviceEnvironment(source, 'feature-store');

  expect(env).toEqual({
    FRAUDFLOW_KAFKA_BROKERS: '127.0.0.1:1,127.0.0.1:2',
    FRAUDFLOW_KAFKA_INSTANCE_ID: 'folder-1',
    FRAUDFLOW_REDIS_URL: 'redis://127.0.0.1:3',
    FRAUDFLOW_POSTGRES_URL: 'postgres://u:p@127.0.0.1:4/d',
    FRAUDFLOW_REGISTRY_HTTP_ADDRESS: 'http://127.0.0.1:5',
    FRAUDFLOW_FEATURE_STORE_HTTP_ADDRESS: 'http://127.0.0.1:6',
    FRAUDFLOW_FEATURE_STORE_GRPC_ADDRESS: '127.0.0.1:7',
    FRAUDFLOW_FEATURE_STORE_HTTP_PORT: '6',
    FRAUDFLOW_FEATURE_STORE_GRPC_PORT: '7',
  });
});

test('every endpoint of a service has its own port variable', () => {
  const servicePorts = { 'feature-store': { http: 6, grpc: 7, registry: 8, flight: 9 } };

  const env = serviceEnvironment({ ...source, servicePorts }, 'feature-store');

  expect(env).toMatchObject({
    FRAUDFLOW_FEATURE_STORE_REGISTRY_PORT: '8',
    FRAUDFLOW_FEATURE_STORE_FLIGHT_PORT: '9',
  });
});

test('the scorer keeps its last model in the folder of the stack, not in a shared one', () => {
  expect(serviceEnvironment(source, 'scorer')['FRAUDFLOW_SCORER_MODEL_FOLDER']).toBe('/data/models');
});

test('only ingestion gets the card token key', () => {
  expect(serviceEnvironment(source, 'ingestion')['FRAUDFLOW_CARD_TOKEN_KEY']).toBe('c2VjcmV0');
  expect(Object.values(serviceEnvironment(source, 'registry'))).not.toContain('c2VjcmV0');
});
