import type { FuzzRoute } from '@fraudflow/rpc/testing/http-fuzz';

/** The called methods and routes of a service. */
export interface FuzzTarget {
  readonly service: string;
  /** gRPC services by the name of their port in the stack. */
  readonly grpc: Readonly<Record<string, readonly string[]>>;
  readonly routes: readonly FuzzRoute[];
}

const transaction = {
  transaction_id: 'fuzz-1',
  occurred_at: '2025-06-02T12:00:00Z',
  customer_id: 'c1',
  terminal_id: 'm1',
  amount: 12.5,
  currency: 'EUR',
  note: 'x',
};
const label = { transaction_id: 'fuzz-1', is_fraud: true, labelled_at: '2025-06-09T12:00:00Z', source: 'chargeback' };
const rate = { currency: 'USD', rate: '0.92', effective_at: '2025-06-01T00:00:00Z' };
const online = {
  features: ['customer_windows:customer_id_nb_tx_1day_window'],
  entities: { customer_id: ['c1', 'c2'], terminal_id: ['m1', 'm2'] },
  full_feature_names: true,
};
const pushed = {
  push_source_name: 'customer_profile_push',
  df: { customer_id: ['c1'], event_timestamp: ['2025-06-02T12:00:00Z'], risk_segment: ['low'], credit_limit: [5_000] },
  to: 'online',
};
const written = { feature_view_name: 'customer_profile', df: pushed.df, allow_registry_cache: true };

const MLFLOW = '/api/2.0/mlflow';
const run = {
  experiment_id: '0',
  run_id: 'a'.repeat(32),
  run_name: 'r',
  start_time: 1,
  tags: [{ key: 'k', value: 'v' }],
};
const model = { name: 'fuzz', version: '1', key: 'k', value: 'v', alias: 'a', stage: 'Staging', description: 'd' };
const search = { filter: "name = 'fuzz'", max_results: 5, order_by: ['name ASC'], page_token: '' };

const post = (path: string, sample: unknown): FuzzRoute => ({ method: 'POST', path, sample });
const get = (path: string): FuzzRoute => ({ method: 'GET', path });

const REGISTRY: readonly FuzzRoute[] = [
  ...['create', 'search', 'update', 'delete', 'restore', 'set-experiment-tag', 'delete-experiment-tag'].map((call) =>
    post(`${MLFLOW}/experiments/${call}`, { ...run, ...search, name: 'fuzz', new_name: 'fuzz2', key: 'k', value: 'v' }),
  ),
  ...['create', 'update', 'delete', 'restore', 'log-metric', 'log-parameter', 'set-tag', 'delete-tag'].map((call) =>
    post(`${MLFLOW}/runs/${call}`, { ...run, key: 'k', value: '1', timestamp: 1, step: 0, status: 'FINISHED' }),
  ),
  ...['log-batch', 'log-inputs', 'outputs', 'log-model'].map((call) =>
    post(`${MLFLOW}/runs/${call}`, {
      ...run,
      metrics: [{ key: 'm', value: 1, timestamp: 1, step: 0 }],
      params: [{ key: 'p', value: 'v' }],
      datasets: [],
      models: [],
      model_json: '{}',
    }),
  ),
  post(`${MLFLOW}/runs/search`, { ...search, experiment_ids: ['0'], filter: "metrics.a > 1 AND tags.`b` = 'c'" }),
  ...['create', 'rename', 'set-tag', 'alias', 'get-latest-versions'].map((call) =>
    post(`${MLFLOW}/registered-models/${call}`, { ...model, new_name: 'other', stages: ['None'] }),
  ),
  ...['create', 'transition-stage', 'set-tag'].map((call) =>
    post(`${MLFLOW}/model-versions/${call}`, {
      ...model,
      source: 'mlflow-artifacts:/1/x/artifacts/model',
      run_id: run.run_id,
    }),
  ),
  post(`${MLFLOW}/logged-models`, { experiment_id: '0', name: 'm', params: [], tags: [] }),
  post(`${MLFLOW}/logged-models/search`, { ...search, experiment_ids: ['0'] }),
  { method: 'PATCH', path: `${MLFLOW}/registered-models/update`, sample: model },
  { method: 'PATCH', path: `${MLFLOW}/model-versions/update`, sample: model },
  { method: 'DELETE', path: `${MLFLOW}/registered-models/delete-tag?name={name}&key={key}` },
  get(`${MLFLOW}/experiments/get?experiment_id={id}`),
  get(`${MLFLOW}/experiments/get-by-name?experiment_name={name}`),
  get(`${MLFLOW}/runs/get?run_id={id}`),
  get(`${MLFLOW}/metrics/get-history?run_id={id}&metric_key={key}&max_results={count}`),
  get(`${MLFLOW}/registered-models/search?filter={filter}&max_results={count}`),
  get(`${MLFLOW}/model-versions/search?filter={filter}&page_token={token}`),
  get(`${MLFLOW}/model-versions/get?name={name}&version={version}`),
  get(`${MLFLOW}/logged-models/{id}`),
  get('/api/2.0/mlflow-artifacts/artifacts?path={path}'),
  get('/api/2.0/mlflow-artifacts/artifacts/{path}'),
  get('/{anything}'),
];

/** Every gRPC service and HTTP route of the six services. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    service: 'ingestion',
    grpc: { grpc: ['fraudflow.ingestion.v1.IngestionService'] },
    routes: [
      post('/v1/transactions', transaction),
      post('/v1/transactions', [transaction, transaction]),
      post('/v1/labels', label),
      { method: 'PUT', path: '/v1/rates', sample: rate },
      get('/v1/rates?currency={currency}&at={at}&limit={limit}'),
      get('/{anything}'),
    ],
  },
  {
    service: 'feature-store',
    grpc: {
      grpc: [
        'fraudflow.features.v1.FeatureStoreService',
        'fraudflow.features.v1.FeatureStatisticsService',
        'feast.serving.ServingService',
        'GrpcFeatureServer',
      ],
      registry: ['feast.registry.RegistryServer'],
      flight: ['arrow.flight.protocol.FlightService'],
    },
    routes: [
      post('/get-online-features', online),
      post('/push', pushed),
      post('/write-to-online-store', written),
      post('/materialize', { start_ts: '2025-01-01T00:00:00', end_ts: '2025-02-01T00:00:00', feature_views: ['x'] }),
      post('/materialize-incremental', { end_ts: '2025-02-01T00:00:00', feature_views: ['x'] }),
      post('/search', { query: 'x', top_k: 3 }),
      get('/{anything}'),
    ],
  },
  {
    service: 'scorer',
    grpc: {
      grpc: [
        'fraudflow.scoring.v1.ScoringService',
        'tensorflow.serving.PredictionService',
        'tensorflow.serving.ModelService',
      ],
    },
    routes: [
      post('/predict', { transaction: { ...transaction, note: undefined }, threshold: 0.5, request_id: 'r' }),
      post('/predict', { features: { tx_amount: 5, tx_during_night: null } }),
      get('/v1/models/{name}'),
      get('/{anything}'),
    ],
  },
  {
    service: 'trainer',
    grpc: { grpc: ['fraudflow.training.v1.TrainingService'] },
    routes: [get('/{anything}')],
  },
  { service: 'registry', grpc: {}, routes: REGISTRY },
  {
    service: 'drift-monitor',
    grpc: {},
    routes: [get('/v1/verdicts?model={model}&version={version}&limit={limit}'), get('/v1/status'), get('/{anything}')],
  },
];
