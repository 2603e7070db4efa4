import { httpPort, kafkaSettings, postgresSettings, processSettings, setting } from '@fraudflow/config';
import { z } from 'zod';

/** Settings of the registry. */
export const registryConfigSchema = z.object({
  process: processSettings,
  kafka: kafkaSettings,
  postgres: postgresSettings,
  http: z.object({ port: httpPort('registry', 5000) }),
  schema: setting.text({
    env: 'FRAUDFLOW_REGISTRY_SCHEMA',
    description: 'Postgres schema that holds the registry.',
    default: 'registry',
    pattern: /^[a-z_][a-z0-9_]{0,62}$/,
  }),
  artifactFolder: setting.text({
    env: 'FRAUDFLOW_REGISTRY_ARTIFACT_FOLDER',
    description: 'Folder with the files of runs and models. Relative to the working directory.',
    default: '.fraudflow/artifacts',
  }),
  maxArtifactBytes: setting.integer({
    env: 'FRAUDFLOW_REGISTRY_MAX_ARTIFACT_BYTES',
    description: 'Greatest size of one uploaded file.',
    default: 16 * 1024 ** 3,
    unit: 'bytes',
    min: 1,
  }),
  uploadIdleTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_REGISTRY_UPLOAD_IDLE_TIMEOUT',
    description: 'An upload or request body that sends nothing for so long is given up.',
    default: '60s',
  }),
  statementTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_REGISTRY_STATEMENT_TIMEOUT',
    description: 'A database statement that runs longer is cancelled; the request is answered with 400.',
    default: '20s',
  }),
  outboxPollMs: setting.durationMs({
    env: 'FRAUDFLOW_REGISTRY_OUTBOX_POLL',
    description: 'Rest between two looks for model events to publish.',
    default: '200ms',
  }),
});

export type RegistryConfig = z.output<typeof registryConfigSchema>;
