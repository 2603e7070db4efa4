import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_TOPICS } from '@fraudflow/contracts';
import { removeStackData, type StackHandle, type StackOptions, startStack } from '@fraudflow/local';
import { ensureTopics, EventProducer, KafkaBus } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { TcpProxy } from '@fraudflow/testing';
import { PARTITIONS } from './partition-count.js';
import { fixIdKey } from './stage-places.js';
import { Worker } from './worker.js';

/** The smallest accepted cache size, so that stages constantly evict entities and read them from Redis again. */
const CACHED_ENTITIES = 100;

export interface WorkerOptions {
  readonly service?: 'feature-store' | 'ingestion';
  /** `proxied`: Kafka, Redis and Postgres are reached through the stack's proxies only. */
  readonly network?: 'direct' | 'proxied';
  /** Address of Redis, if it differs from the one of `network`. */
  readonly redisUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Addresses {
  readonly kafka: string;
  readonly redis: string;
  readonly postgres: string;
}

/**
 * Separate Kafka, Redis and Postgres for one test, a proxy to each that can inject network faults, and the service
 * processes that the test starts. As in production, each worker has a supervisor, which restarts it after a kill.
 */
export class FaultStack {
  readonly bus: KafkaBus;
  readonly producer: EventProducer;
  private readonly workers = new Set<Worker>();

  private constructor(
    private readonly dataDir: string,
    readonly servers: StackHandle,
    readonly networks: { readonly kafka: TcpProxy; readonly redis: TcpProxy; readonly postgres: TcpProxy },
  ) {
    const brokers = servers.addresses.kafkaBrokers;
    this.bus = new KafkaBus({ brokers, clientId: 'fault-test', logger: silentLogger });
    this.producer = new EventProducer(this.bus);
  }

  /** Resolves when the servers accept connections and all topics exist. */
  static async start(options: Partial<StackOptions> = {}): Promise<FaultStack> {
    const dataDir = mkdtempSync(join(tmpdir(), 'fraudflow-faults-'));
    const servers = await startStack({ ...options, dataDir: join(dataDir, 'servers') });
    const { kafkaBrokers, redisUrl, postgresUrl } = servers.addresses;
    const networks = {
      kafka: await TcpProxy.open({ target: String(kafkaBrokers[0]), protocol: 'kafka' }),
      redis: await TcpProxy.open({ target: new URL(redisUrl).host }),
      postgres: await TcpProxy.open({ target: new URL(postgresUrl).host }),
    };
    const stack = new FaultStack(dataDir, servers, networks);
    await ensureTopics(stack.bus.admin, ALL_TOPICS, { partitions: PARTITIONS });
    await fixIdKey(stack);
    return stack;
  }

  /** Data folder of Redis. */
  get redisFolder(): string {
    return join(this.dataDir, 'servers', 'data', 'redis');
  }

  /** Starts another process of a service; feature stores share their consumer groups. Resolves when it is healthy. */
  async startWorker(name: string, options: WorkerOptions = {}): Promise<Worker> {
    const { service = 'feature-store', network = 'direct', env = {} } = options;
    const { kafka, redis, postgres } = network === 'proxied' ? this.proxied() : this.direct();
    const handle = await startStack({
      dataDir: join(this.dataDir, name),
      services: [service],
      external: { kafkaBrokers: [kafka], redisUrl: options.redisUrl ?? redis, postgresUrl: postgres },
      env: {
        FRAUDFLOW_KAFKA_PARTITIONS: String(PARTITIONS),
        FRAUDFLOW_FEATURE_STORE_CACHED_ENTITIES: String(CACHED_ENTITIES),
        ...env,
      },
    });
    const worker = new Worker(name, service, handle, () => this.workers.delete(worker));
    this.workers.add(worker);
    return worker;
  }

  /** Stops all processes. The folder with all logs is kept if the test failed. */
  async stop({ keepFiles = false } = {}): Promise<void> {
    for (const network of Object.values(this.networks)) network.heal();
    await Promise.all([...this.workers].map((worker) => worker.stop()));
    await this.producer.close().catch(() => undefined);
    await this.bus.close();
    await Promise.all(Object.values(this.networks).map((network) => network.close()));
    await this.servers.stop();
    if (keepFiles) return;
    // Deletes the files that Postgres keeps outside of the servers' folder.
    removeStackData(join(this.dataDir, 'servers'));
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Folder of all logs, for messages of failing tests. */
  get folder(): string {
    return this.dataDir;
  }

  private direct(): Addresses {
    const { kafkaBrokers, redisUrl, postgresUrl } = this.servers.addresses;
    return { kafka: String(kafkaBrokers[0]), redis: redisUrl, postgres: postgresUrl };
  }

  private proxied(): Addresses {
    const { redisUrl, postgresUrl } = this.servers.addresses;
    const { kafka, redis, postgres } = this.networks;
    return {
      kafka: kafka.address,
      redis: withHost(redisUrl, redis.address),
      postgres: withHost(postgresUrl, postgres.address),
    };
  }
}

function withHost(url: string, host: string): string {
  const changed = new URL(url);
  changed.host = host;
  return changed.href;
}
