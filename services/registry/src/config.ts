import { httpPort, kafkaSettings, postgresSettings, processSettings, setting } from '@fraudflow/config';
import { CONFIG, type Token } from '@fraudflow/service';
import { z } from 'zod';
import { streams } from './streams.js';
import type { UploadLimits } from './uploads/receive-upload.js';

/** Settings of the registry. */
export const registryConfigSchema = z.object({
  process: processSettings,
  kafka: kafkaSettings,
  postgres: postgresSettings,
  http: z.object({ port: httpPort('registry', 5000) }),
  schema: setting.text({
    env: 'FRAUDFLOW_REGISTRY_SCHEMA',
    description: 'Postgres schema that holds the registry.',
    default: streams.state.records.name,
    pattern: /^[a-z_][a-z0-9_]{0,62}$/,
  }),
  artifactFolder: setting.text({
    env: 'FRAUDFLOW_REGISTRY_ARTIFACT_FOLDER',
    description: 'Folder with the files of runs and models. Relative to the working directory.',
    default: streams.state.artifacts.name,
  }),
  maxArtifactBytes: setting.integer({
    env: 'FRAUDFLOW_REGISTRY_MAX_ARTIFACT_BYTES',
    description: 'Maximum size of one uploaded file.',
    default: 16 * 1024 ** 3,
    unit: 'bytes',
    min: 1,
  }),
  uploadIdleTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_REGISTRY_UPLOAD_IDLE_TIMEOUT',
    description: 'Time without bytes after which an upload or a request body is aborted.',
    default: '60s',
  }),
  statementTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_REGISTRY_STATEMENT_TIMEOUT',
    description:
      'Timeout of a database statement. A statement that runs longer is cancelled, and the response to the request is 400.',
    default: '20s',
  }),
  outboxPollMs: setting.durationMs({
    env: 'FRAUDFLOW_REGISTRY_OUTBOX_POLL',
    description: 'Interval at which the outbox is polled for model events to publish.',
    default: '200ms',
  }),
});

export type RegistryConfig = z.output<typeof registryConfigSchema>;

/** Injection token of the settings. */
export const SETTINGS: Token<RegistryConfig> = CONFIG;

/** The settings of uploads. */
export function uploadLimits({ maxArtifactBytes, uploadIdleTimeoutMs }: RegistryConfig): UploadLimits {
  return { maxBytes: maxArtifactBytes, idleTimeoutMs: uploadIdleTimeoutMs };
}
