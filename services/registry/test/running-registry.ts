import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics, HealthRegistry, silentLogger } from '@fraudflow/observability';
import { ModelEventPublisher } from '../src/journal/model-event-publisher.port.js';
import { startRegistry } from '../src/start-registry.js';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

/** Takes every event and forgets it. */
class NoLog extends ModelEventPublisher {
  override async publish(): Promise<void> {}
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A registry with an empty schema and folder of its own. */
export interface RunningTestRegistry {
  readonly url: string;
  readonly postgres: TestPostgres;
  readonly schema: string;
  readonly artifactFolder: string;
  /** A JSON call below `/api/2.0/mlflow/`. A text is sent as it is. */
  call(method: string, path: string, body?: object | string): Promise<JsonAnswer>;
  /** A call of an artifact's path, e.g. to PUT a file. */
  file(method: string, path: string, body?: string): Promise<Response>;
  stop(): Promise<void>;
}

export async function startTestRegistry(
  limits: { readonly maxBytes?: number; readonly idleTimeoutMs?: number; readonly statementTimeoutMs?: number } = {},
): Promise<RunningTestRegistry> {
  const postgres = await startTestPostgres();
  const schema = postgres.newSchema();
  const artifactFolder = await mkdtemp(join(tmpdir(), 'registry-artifacts-'));
  const registry = await startRegistry({
    postgresUrl: postgres.url,
    poolSize: 8,
    schema,
    artifactFolder,
    uploadLimits: { maxBytes: limits.maxBytes ?? 1_000_000, idleTimeoutMs: limits.idleTimeoutMs ?? 10_000 },
    statementTimeoutMs: limits.statementTimeoutMs ?? 20_000,
    outboxPollMs: 50,
    bindAddress: '127.0.0.1',
    httpPort: 0,
    publisher: new NoLog(),
    logger: silentLogger,
    metrics: createMetrics('registry'),
    health: new HealthRegistry(),
  });
  return {
    url: registry.url,
    postgres,
    schema,
    artifactFolder,
    call: async (method, path, body) => {
      const response = await fetch(`${registry.url}/api/2.0/mlflow/${path}`, {
        method,
        headers: { 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    file: (method, path, body) =>
      fetch(`${registry.url}/api/2.0/mlflow-artifacts/artifacts/${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
      }),
    stop: async () => {
      await registry.stop();
      await postgres.stop();
      await rm(artifactFolder, { recursive: true, force: true });
    },
  };
}
