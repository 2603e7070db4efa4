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
  outboxPollMs: setting.durationMs({
    env: 'FRAUDFLOW_REGISTRY_OUTBOX_POLL',
    description: 'Rest between two looks for model events to publish.',
    default: '200ms',
  }),
});

export type RegistryConfig = z.output<typeof registryConfigSchema>;
