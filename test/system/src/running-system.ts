import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventProducer, KafkaBus } from '@fraudflow/messaging';
import { type StackHandle, startStack } from '@fraudflow/local';
import { silentLogger } from '@fraudflow/observability';

export interface RunningSystem {
  /** Data folder of the stack: the FRAUDFLOW_DATA_DIR of commands that use it. */
  readonly dataDir: string;
  readonly stack: StackHandle;
  readonly bus: KafkaBus;
  readonly producer: EventProducer;
  stop(): Promise<void>;
}

/** Starts the stack with these services in a separate folder, and a client of it. */
export async function startSystem(
  services: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fraudflow-system-'));
  const stack = await startStack({ dataDir, services, env: { FRAUDFLOW_KAFKA_PARTITIONS: '4', ...env } });
  const bus = new KafkaBus({ brokers: stack.addresses.kafkaBrokers, clientId: 'system-test', logger: silentLogger });
  const producer = new EventProducer(bus);
  return {
    dataDir,
    stack,
    bus,
    producer,
    stop: async () => {
      await producer.close();
      await bus.close();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Upper bound of the records on a topic. Offsets also count control records, which readers do not see. */
export async function recordCount(bus: KafkaBus, topic: string): Promise<number> {
  return (await bus.admin.offsets(topic)).reduce((sum, { start, end }) => sum + end - start, 0);
}
