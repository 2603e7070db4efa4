import { unavailable } from '@fraudflow/core';
import { layoutOf, stackStatus } from '@fraudflow/local';
import { type EventBus, KafkaBus } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import type { CliContext } from '../program/cli-context.js';
import { loadStackSettings } from '../program/stack-settings.js';

export interface Connection {
  readonly bus: EventBus;
}

/**
 * Connects to the Kafka of the running stack, or to the configured one.
 * @throws AppError unavailable if neither is there.
 */
export async function connect({ env }: Pick<CliContext, 'env'>): Promise<Connection> {
  const { dataDir, external } = loadStackSettings(env);
  const brokers = external.kafkaBrokers ?? (await runningBrokers(dataDir));
  return { bus: kafkaBus(brokers) };
}

export function kafkaBus(brokers: readonly string[]): EventBus {
  return new KafkaBus({ brokers, clientId: 'fraudflow-cli', logger: silentLogger });
}

async function runningBrokers(dataDir: string): Promise<readonly string[]> {
  const { parts } = await stackStatus(dataDir);
  const kafka = parts.find((part) => part.name === 'kafka');
  if (kafka !== undefined) return [kafka.address];
  const { root } = layoutOf(dataDir);
  throw unavailable(`no Kafka runs on ${root}: start it with ./fraudflow up, or set FRAUDFLOW_KAFKA_BROKERS`);
}
