import type { KafkaConfig, logLevel } from 'kafkajs';
import type { Logger } from '@fraudflow/observability';
import { framedSockets } from './framed-socket.js';

export interface KafkaBusOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
  /** Name of this process among those of its service, kept over restarts: its consumers are static members of their groups. */
  readonly instanceId?: string | undefined;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** Longest a produce is tried again before its outcome is given up as unknown, ms. Default 60 000. */
  readonly deliveryTimeoutMs?: number;
}

const INFO_LEVEL = 4 satisfies logLevel;
const ERROR_LEVEL = 1;
const WARN_LEVEL = 2;

/** kafkajs's settings: explicit retries (its defaults change under NODE_ENV=test) and its log under ours. */
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
      // What kafkajs calls an error it mostly retries; what ends an operation we report ourselves.
      const { message, timestamp: _timestamp, logger: _logger, ...details } = entry.log;
      const line = { event: 'kafkajs', namespace: entry.namespace, ...details };
      if (entry.level === ERROR_LEVEL || entry.level === WARN_LEVEL) options.logger.debug(line, message);
      else options.logger.trace(line, message);
    },
  };
}
