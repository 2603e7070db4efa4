import { z } from 'zod';
import { choice, currency, durationMs, integer, list, port, secret, text } from './setting.js';

/** Settings that several services share, declared once. */
export const kafkaSettings = z.object({
  brokers: list({
    env: 'FRAUDFLOW_KAFKA_BROKERS',
    description: 'Kafka bootstrap addresses, host:port.',
    default: ['127.0.0.1:29092'],
  }),
  partitions: integer({
    env: 'FRAUDFLOW_KAFKA_PARTITIONS',
    description: 'Partitions of each keyed topic. Fixed when the topics are created: state is placed by partition.',
    default: 12,
    min: 1,
    max: 1_000,
  }),
  replicationFactor: integer({
    env: 'FRAUDFLOW_KAFKA_REPLICATION_FACTOR',
    description:
      "Replicas of each topic this installation creates; more than there are brokers are refused. 0: the brokers' `default.replication.factor`.",
    default: 0,
    min: 0,
    max: 10,
  }),
  inputRetentionMs: durationMs({
    env: 'FRAUDFLOW_KAFKA_INPUT_RETENTION',
    description:
      'How long the input topics `transactions` and `labels` keep records, when they are created. They hold the records as ' +
      'producers sent them, card numbers included. Keep it short, but longer than the longest outage of ingestion.',
    default: '48h',
  }),
  instanceId: text({
    env: 'FRAUDFLOW_KAFKA_INSTANCE_ID',
    description:
      'Static Kafka group instance id of this worker, e.g. its pod name, unchanged by restarts: a restarted worker takes its partitions ' +
      'back immediately. Empty: a dynamic group member. Two workers must never have the same id.',
    default: '',
  }),
});

/** Bounds on input records; they are the same at every interface. */
export const limitsSettings = z.object({
  maxRecordBytes: integer({
    env: 'FRAUDFLOW_MAX_RECORD_BYTES',
    description: 'Largest transaction or label accepted over Kafka, REST or gRPC, in bytes of UTF-8 JSON.',
    unit: 'bytes',
    default: 65_536,
    min: 1_024,
    max: 1_000_000,
  }),
});

const baseCurrency = currency({
  env: 'FRAUDFLOW_BASE_CURRENCY',
  description:
    'Currency in which amounts are compared and added up: an ISO 4217 code with two decimals. The same for ingestion, feature-store ' +
    'and scorer. Fixed once there is history: windows and models hold amounts in it.',
  default: 'EUR',
  decimals: 2,
});

/** Only the base currency, for a service that does not convert amounts. */
export const moneySettings = z.object({ baseCurrency });

/** The base currency, and how rates are used, for a service that converts amounts. */
export const conversionSettings = z.object({
  baseCurrency,
  rateMaxAgeMs: durationMs({
    env: 'FRAUDFLOW_RATE_MAX_AGE',
    description:
      'Oldest exchange rate that counts, measured from its effective instant to the event time of the transaction.',
    default: '7d',
  }),
});

/** Connection to Redis. */
export const redisSettings = z.object({
  url: secret({
    env: 'FRAUDFLOW_REDIS_URL',
    description: 'Redis with the online state.',
    default: 'redis://127.0.0.1:26379',
  }),
});

/** Connection to Postgres and size of its connection pool. */
export const postgresSettings = z.object({
  url: secret({
    env: 'FRAUDFLOW_POSTGRES_URL',
    description: 'Postgres with the offline store and the registry.',
    default: 'postgres://fraudflow@127.0.0.1:25432/fraudflow',
  }),
  poolSize: integer({
    env: 'FRAUDFLOW_POSTGRES_POOL_SIZE',
    description: 'Connections each service opens at most.',
    default: 8,
    min: 1,
    max: 200,
  }),
});

/**
 * The feature service whose features travel on the stream.
 * @param services names of the existing feature services, the default first
 */
export function featureServiceSetting(services: readonly [string, ...string[]]): ReturnType<typeof choice> {
  return choice({
    env: 'FRAUDFLOW_FEATURE_SERVICE',
    description:
      'Feature service whose features are sent with each transaction on the stream and in predictions. Models are trained on ' +
      'these features and may use only them. All other features can still be read online and computed for ' +
      'history. The same for feature-store, scorer and trainer.',
    options: services,
    default: services[0],
  });
}

/** Settings of every service process: log level, shutdown, allowed hosts and bind address. */
export const processSettings = z.object({
  logLevel: choice({
    env: 'FRAUDFLOW_LOG_LEVEL',
    description: 'Least severe log line that is written.',
    options: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    default: 'info',
  }),
  shutdownTimeoutMs: durationMs({
    env: 'FRAUDFLOW_SHUTDOWN_TIMEOUT',
    description: 'Longest time a service may take to finish its running work after SIGTERM or SIGINT.',
    default: '15s',
  }),
  drainDelayMs: durationMs({
    env: 'FRAUDFLOW_DRAIN_DELAY',
    description:
      'How long a service continues to serve requests after SIGTERM, while /ready and gRPC health already report not ready. Behind a ' +
      'load balancer, set it above the period of its probes, e.g. 5s under Kubernetes.',
    default: '0s',
  }),
  allowedHosts: list({
    env: 'FRAUDFLOW_ALLOWED_HOSTS',
    description:
      'Host names of public DNS that HTTP requests may use, or `*` for all. Addresses, names without a dot and the endings ' +
      '.local, .localhost, .internal and .svc always pass. Others are refused: a web page may point its own name at this machine.',
    default: [],
  }),
  bindAddress: text({
    env: 'FRAUDFLOW_BIND_ADDRESS',
    description: 'Address the servers listen on.',
    default: '127.0.0.1',
  }),
});

/** The HTTP port of a service. /health, /ready and /metrics are served on it, too. */
export function httpPort(service: string, fallback: number): ReturnType<typeof port> {
  return port({
    env: `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_HTTP_PORT`,
    description: 'HTTP port, with /health, /ready and /metrics. 0 chooses a free one.',
    default: fallback,
  });
}

/** The gRPC port of a service. */
export function grpcPort(service: string, fallback: number): ReturnType<typeof port> {
  return port({
    env: `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_GRPC_PORT`,
    description: 'gRPC port. 0 chooses a free one.',
    default: fallback,
  });
}

/** The address of another service. */
export function serviceAddress(service: string, kind: 'GRPC' | 'HTTP', fallback: string): ReturnType<typeof text> {
  return text({
    env: `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_${kind}_ADDRESS`,
    description: `Address of ${service} for ${kind === 'GRPC' ? 'gRPC (host:port)' : 'HTTP (base URL)'}.`,
    default: fallback,
  });
}
