import type { HealthRegistry, Logger, Registry } from '@fraudflow/observability';
import type { Secret } from '@fraudflow/config';
import { systemClock } from '@fraudflow/core';
import type { RegistryParts } from './app.module.js';
import { LocalArtifactStore } from './artifacts/adapters/local-artifact-store.js';
import type { UploadLimits } from './uploads/receive-upload.js';
import { PostgresArtifactLedger } from './artifacts/adapters/postgres-artifact-ledger.js';
import { RegistryEvents } from './events.js';
import { createHttpApp } from './server/create-http-app.js';
import { PostgresOutbox } from './journal/adapters/postgres-outbox.js';
import type { ModelEventPublisher } from './journal/model-event-publisher.port.js';
import { OutboxRelay } from './journal/outbox-relay.js';
import { openRegistryDatabase } from './storage/adapters/open-registry-database.js';
import { PostgresRegistryStore } from './storage/adapters/postgres-registry-store.js';

export interface RegistryOptions {
  readonly postgresUrl: Secret;
  readonly poolSize: number;
  readonly schema: string;
  readonly artifactFolder: string;
  readonly uploadLimits: UploadLimits;
  readonly statementTimeoutMs: number;
  readonly outboxPollMs: number;
  readonly bindAddress: string;
  /** Host names of public DNS that requests may use. */
  readonly allowedHosts?: readonly string[];
  /** 0 chooses a free one. */
  readonly httpPort: number;
  readonly publisher: ModelEventPublisher;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health: HealthRegistry;
}

export interface RunningRegistry {
  /** `http://host:port`: what clients take as tracking URI. */
  readonly url: string;
  /** Drains in-flight requests, flushes the outbox if possible, and closes the connection pool. */
  stop(): Promise<void>;
}

/** Connections reads leave to writes, the relay and uploads. */
const CONNECTIONS_FOR_WRITES = 3;

/** Brings up the registry: schema, artifact folder, HTTP and the relay of model events. */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { health, metrics, logger, schema, poolSize } = options;
  const { statementTimeoutMs, uploadLimits } = options;
  const dataSource = await openRegistryDatabase({ url: options.postgresUrl, poolSize, schema, statementTimeoutMs });
  const events = new RegistryEvents(logger, metrics);
  const outbox = new PostgresOutbox(dataSource);
  health.add('postgres', async () => ({ ok: true, detail: `reachable; ${await outbox.pending()} model events wait` }));
  const parts: RegistryParts = {
    store: new PostgresRegistryStore(dataSource, Math.max(1, poolSize - CONNECTIONS_FOR_WRITES)),
    artifactStore: await LocalArtifactStore.open(options.artifactFolder, uploadLimits),
    artifactLedger: new PostgresArtifactLedger(dataSource, systemClock),
    clock: systemClock,
    events,
    health,
    metrics,
  };
  const app = await createHttpApp(parts, uploadLimits, options.allowedHosts);
  await app.listen(options.httpPort, options.bindAddress);
  const relay = new OutboxRelay(outbox, options.publisher, events, options.outboxPollMs);
  relay.start();
  return {
    url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    stop: async () => {
      await app.close();
      await relay.stop();
      await dataSource.destroy();
    },
  };
}
