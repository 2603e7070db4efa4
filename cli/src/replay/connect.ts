import { kafkaBus } from '@fraudflow/bench';
import { transactionsTopic } from '@fraudflow/contracts';
import { invalidInput, unavailable } from '@fraudflow/core';
import { layoutOf, stackStatus } from '@fraudflow/local';
import type { EventBus } from '@fraudflow/messaging';
import type { CliContext } from '../program/cli-context.js';
import { runningStackSettings } from '../program/stack-settings.js';

export interface Connection {
  readonly bus: EventBus;
  /** `host:port` each. */
  readonly brokers: readonly string[];
}

/**
 * Connects to the Kafka of the running stack, or to the configured one.
 * @param to brokers to connect to instead, `host:port,host:port`
 * @throws AppError unavailable if none responds, invalid_input for brokers that are not addresses.
 */
export async function connect({ env }: Pick<CliContext, 'env'>, to?: string): Promise<Connection> {
  if (to !== undefined) return reached(brokersOf(to));
  const { dataDir, external } = runningStackSettings(env);
  const brokers = external.kafkaBrokers ?? (await runningBrokers(dataDir));
  return { bus: kafkaBus(brokers), brokers };
}

async function reached(brokers: readonly string[]): Promise<Connection> {
  const bus = kafkaBus(brokers);
  try {
    await bus.admin.partitionCount(transactionsTopic.name);
  } catch (thrown) {
    await bus.close();
    throw unavailable(`no Kafka answers at ${brokers.join(',')}: start one with ./fraudflow up, or check --to`, {
      cause: thrown,
    });
  }
  return { bus, brokers };
}

function brokersOf(text: string): readonly string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  const wrong = brokers.find((broker) => !/^[^\s:]+:\d{1,5}$/.test(broker));
  if (wrong === undefined) return brokers;
  throw invalidInput(`--to must be host:port, several with commas, not "${wrong}"`, { field: '--to' });
}

async function runningBrokers(dataDir: string): Promise<readonly string[]> {
  const { parts } = await stackStatus(dataDir);
  const kafka = parts.find((part) => part.name === 'kafka');
  if (kafka !== undefined) return [kafka.address];
  const { root } = layoutOf(dataDir);
  throw unavailable(`no Kafka runs on ${root}: start it with ./fraudflow up, or set FRAUDFLOW_KAFKA_BROKERS`);
}
