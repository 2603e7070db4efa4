import type { KafkaConfig, logLevel } from 'kafkajs';
import type { Logger } from '@fraudflow/observability';
import { framedSockets } from '../wire/framed-socket.js';

/** Connection to the Kafka cluster. */
export interface KafkaBusOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
  /**
   * Name of this process among those of its service, stable over restarts: its consumers are static members of their
   * groups.
   */
  readonly instanceId?: string | undefined;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** Time limit of retries of a produce request, ms; afterwards its outcome counts as unknown. Default 60 000. */
  readonly deliveryTimeoutMs?: number;
}

const INFO_LEVEL = 4 satisfies logLevel;
const ERROR_LEVEL = 1;
const WARN_LEVEL = 2;

/**
 * kafkajs's configuration: explicit retries (its defaults change under NODE_ENV=test), and its log forwarded to our
 * logger.
 */
export function kafkajsConfig(options: KafkaBusOptions): KafkaConfig {
  return {
    brokers: [...options.brokers],
    clientId: options.clientId,
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    socketFactory: framedSockets,
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    logLevel: INFO_LEVEL,
    logCreator: () => (entry) => {
      // kafkajs retries most of what it logs as errors; errors that end an operation are reported by our code.
      const { message, timestamp: _timestamp, logger: _logger, ...details } = entry.log;
      const line = { event: 'kafkajs', namespace: entry.namespace, ...details };
      if (entry.level === ERROR_LEVEL || entry.level === WARN_LEVEL) options.logger.debug(line, message);
      else options.logger.trace(line, message);
    },
  };
}
