import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelEventPublisher } from '../src/journal/model-event-publisher.port.js';
import { startRegistry } from '../src/start.js';
import { aRegistryContext } from './a-registry-context.js';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

/** Accepts and discards every event. */
class NoLog extends ModelEventPublisher {
  override async publish(): Promise<void> {}
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A registry with a separate empty schema and folder. */
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
  const context = aRegistryContext({
    FRAUDFLOW_POSTGRES_URL: postgres.url.reveal(),
    FRAUDFLOW_REGISTRY_SCHEMA: schema,
    FRAUDFLOW_REGISTRY_ARTIFACT_FOLDER: artifactFolder,
    FRAUDFLOW_REGISTRY_MAX_ARTIFACT_BYTES: String(limits.maxBytes ?? 1_000_000),
    FRAUDFLOW_REGISTRY_UPLOAD_IDLE_TIMEOUT: `${limits.idleTimeoutMs ?? 10_000}ms`,
    FRAUDFLOW_REGISTRY_STATEMENT_TIMEOUT: `${limits.statementTimeoutMs ?? 20_000}ms`,
    FRAUDFLOW_REGISTRY_OUTBOX_POLL: '50ms',
  });
  const registry = await startRegistry(context, new NoLog());
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
