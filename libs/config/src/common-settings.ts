import { BASE_CURRENCY_DECIMALS } from '@fraudflow/core';
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
    description:
      'Number of partitions of each keyed topic. Do not change it after the topics were created, because states are placed by partition.',
    default: 12,
    min: 1,
    max: 1_000,
  }),
  replicationFactor: integer({
    env: 'FRAUDFLOW_KAFKA_REPLICATION_FACTOR',
    description:
      "Number of replicas of each topic that this installation creates, at most the number of brokers. 0: the brokers' `default.replication.factor`.",
    default: 0,
    min: 0,
    max: 10,
  }),
  inputRetentionMs: durationMs({
    env: 'FRAUDFLOW_KAFKA_INPUT_RETENTION',
    description:
      'Retention of the input topics `transactions` and `labels`, which is set when they are created. They contain the records as ' +
      'producers sent them, including card numbers. Choose a short time that is longer than the longest outage of ingestion.',
    default: '48h',
  }),
  instanceId: text({
    env: 'FRAUDFLOW_KAFKA_INSTANCE_ID',
    description:
      'Static Kafka group instance id of this worker, e.g. its pod name, unchanged by restarts: a restarted worker takes its partitions ' +
      'back immediately. Empty: a dynamic group member. No two workers may have the same id.',
    default: '',
  }),
});

/** Bounds on input records; they are the same at every interface. */
export const limitsSettings = z.object({
  maxRecordBytes: integer({
    env: 'FRAUDFLOW_MAX_RECORD_BYTES',
    description: 'Maximum size of a transaction or label sent over Kafka, REST or gRPC, in bytes of UTF-8 JSON.',
    unit: 'bytes',
    default: 65_536,
    min: 1_024,
    max: 1_000_000,
  }),
});

const baseCurrency = currency({
  env: 'FRAUDFLOW_BASE_CURRENCY',
  description:
    'Currency in which amounts are compared and added up: an ISO 4217 code with two decimals. It must be the same for ingestion, feature-store ' +
    'and scorer. Do not change it once there is history, because windows and models contain amounts in this currency.',
  default: 'EUR',
  decimals: BASE_CURRENCY_DECIMALS,
});

/** The base currency, and how rates are used, for a service that converts amounts. */
export const conversionSettings = z.object({
  baseCurrency,
  rateMaxAgeMs: durationMs({
    env: 'FRAUDFLOW_RATE_MAX_AGE',
    description: 'Maximum age of an exchange rate, from its effective instant to the event time of the transaction.',
    default: '7d',
  }),
});

/** Connection to Redis. */
export const redisSettings = z.object({
  url: secret({
    env: 'FRAUDFLOW_REDIS_URL',
    description: 'URL of the Redis server with the online state.',
    default: 'redis://127.0.0.1:26379',
  }),
});

/** Connection to Postgres and size of its connection pool. */
export const postgresSettings = z.object({
  url: secret({
    env: 'FRAUDFLOW_POSTGRES_URL',
    description: 'URL of the Postgres server with the offline store and the registry.',
    default: 'postgres://fraudflow@127.0.0.1:25432/fraudflow',
  }),
  poolSize: integer({
    env: 'FRAUDFLOW_POSTGRES_POOL_SIZE',
    description: 'Maximum number of Postgres connections of each service.',
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
      'history. It must be the same for feature-store, scorer and trainer.',
    options: services,
    default: services[0],
  });
}

/** Settings of every service process: log level, shutdown, allowed hosts and bind address. */
export const processSettings = z.object({
  logLevel: choice({
    env: 'FRAUDFLOW_LOG_LEVEL',
    description: 'Minimum level of log lines that are written.',
    options: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    default: 'info',
  }),
  shutdownTimeoutMs: durationMs({
    env: 'FRAUDFLOW_SHUTDOWN_TIMEOUT',
    description: 'Maximum time in which a service finishes its running work after SIGTERM or SIGINT.',
    default: '15s',
  }),
  drainDelayMs: durationMs({
    env: 'FRAUDFLOW_DRAIN_DELAY',
    description:
      'Time for which a service continues to serve requests after SIGTERM, while /ready and gRPC health already report not ready. Behind a ' +
      'load balancer, set it above the period of the probes, e.g. 5s under Kubernetes.',
    default: '0s',
  }),
  allowedHosts: list({
    env: 'FRAUDFLOW_ALLOWED_HOSTS',
    description:
      'Host names of public DNS that HTTP requests may use, or `*` for all. Addresses, names without a dot and the endings ' +
      '.local, .localhost, .internal and .svc are always accepted. Others are refused, because a web page may resolve its own name to this machine (DNS rebinding).',
    default: [],
  }),
  bindAddress: text({
    env: 'FRAUDFLOW_BIND_ADDRESS',
    description: 'Address the servers listen on.',
    default: '127.0.0.1',
  }),
});

/**
 * The HTTP port of a service. /health, /ready and /metrics are served on it, too.
 * @param service name in kebab case, part of the variable `FRAUDFLOW_<SERVICE>_HTTP_PORT`
 * @param fallback port if the variable is not set; 0 chooses a free one
 */
export function httpPort(service: string, fallback: number): ReturnType<typeof port> {
  return port({
    env: `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_HTTP_PORT`,
    description: 'HTTP port, with /health, /ready and /metrics. 0 chooses a free one.',
    default: fallback,
  });
}

/**
 * The gRPC port of a service.
 * @param service name in kebab case, part of the variable `FRAUDFLOW_<SERVICE>_GRPC_PORT`
 * @param fallback port if the variable is not set; 0 chooses a free one
 */
export function grpcPort(service: string, fallback: number): ReturnType<typeof port> {
  return port({
    env: `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_GRPC_PORT`,
    description: 'gRPC port. 0 chooses a free one.',
    default: fallback,
  });
}

/**
 * The address of another service.
 * @param fallback `host:port` for gRPC, a base URL for HTTP
 */
export function serviceAddress(service: string, kind: 'GRPC' | 'HTTP', fallback: string): ReturnType<typeof text> {
  return text({
    env: `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_${kind}_ADDRESS`,
    description: `Address of ${service} for ${kind === 'GRPC' ? 'gRPC (host:port)' : 'HTTP (base URL)'}.`,
    default: fallback,
  });
}
