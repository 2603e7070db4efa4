import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ALL_TOPICS } from '@fraudflow/contracts';
import { notFound } from '@fraudflow/core';
import {
  defaultLibDir,
  type EmbeddedName,
  removeStackData,
  startStack,
  type StackHandle,
  type StackOptions,
} from '@fraudflow/local';
import { ensureTopics, type EventBus, EventProducer } from '@fraudflow/messaging';
import type { BenchContext } from '../contract/bench.js';
import { kafkaBus } from '../system/kafka-bus.js';

export const PARTITIONS = 4;

/**
 * Embedded servers with all topics. A service runs only after `startService`, so that preparation and measurement do
 * not share the machine.
 */
export class BenchStack {
  private readonly running: { readonly stack: StackHandle; readonly dataDir: string }[];

  private constructor(
    private readonly context: BenchContext,
    readonly servers: StackHandle,
    readonly bus: EventBus,
    readonly producer: EventProducer,
  ) {
    this.running = [{ stack: servers, dataDir: dataDirOf(context, 'servers') }];
  }

  /** @throws AppError as `startStack` does; nothing is left running then. */
  static async start(context: BenchContext, embedded: readonly EmbeddedName[]): Promise<BenchStack> {
    const servers = await startStack({ ...stackOptions(context, 'servers'), embedded });
    const bus = kafkaBus(servers.addresses.kafkaBrokers);
    const stack = new BenchStack(context, servers, bus, new EventProducer(bus));
    try {
      await ensureTopics(bus.admin, ALL_TOPICS, { partitions: PARTITIONS });
      return stack;
    } catch (thrown) {
      await stack.close();
      throw thrown;
    }
  }

  /**
   * Starts a service that uses the servers. Its handle or `close` stops it.
   * @param place distinguishes workers of one service
   */
  async startService(name: string, place = name): Promise<StackHandle> {
    const { kafkaBrokers, redisUrl, postgresUrl } = this.servers.addresses;
    const service = await startStack({
      ...stackOptions(this.context, place),
      embedded: [],
      external: { kafkaBrokers, redisUrl, postgresUrl },
      services: [name],
      env: { FRAUDFLOW_KAFKA_PARTITIONS: String(PARTITIONS) },
    });
    this.running.push({ stack: service, dataDir: dataDirOf(this.context, place) });
    return service;
  }

  /** Closes the client while the broker still runs, then the services, then the servers. */
  async close(): Promise<void> {
    await this.producer.close().catch(() => undefined);
    await this.bus.close();
    for (const { stack } of this.running.toReversed()) await stack.stop();
    // Postgres may keep its files outside the bench's folder.
    for (const dataDir of new Set(this.running.map((part) => part.dataDir))) removeStackData(dataDir);
  }
}

function dataDirOf({ dataDir }: BenchContext, part: string): string {
  return join(dataDir, part);
}

function stackOptions(context: BenchContext, part: string): StackOptions {
  const { interrupted, stackOptions: hostOptions } = context.host;
  return { ...hostOptions(), dataDir: dataDirOf(context, part), ports: 'free', signal: interrupted };
}

/** Process id of a part. @throws AppError not_found if it does not run. */
export function pidOf(stack: Pick<StackHandle, 'parts'>, name: string): number {
  const pid = stack.parts().find((part) => part.name === name)?.process?.pid;
  if (pid === undefined) throw notFound(`${name} does not run`);
  return pid;
}

/** Versions of the servers of a bench. */
export async function stackVersions(): Promise<Readonly<Record<string, string>>> {
  const jars = await readdir(defaultLibDir()).catch(() => []);
  const kafka = jars.map((jar) => /^kafka-clients-(.+)\.jar$/.exec(jar)?.[1]).find((version) => version !== undefined);
  return { kafka: kafka ?? 'not embedded', partitions: String(PARTITIONS) };
}
