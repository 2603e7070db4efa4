import { setting } from '@fraudflow/config';
import { z } from 'zod';

/** Settings of the Feast registry. */
export const feastRegistrySettings = z.object({
  port: setting.port({
    env: 'FRAUDFLOW_FEATURE_STORE_REGISTRY_PORT',
    description: 'gRPC port of the Feast registry for clients whose registry_type is remote. 0 chooses a free one.',
    default: 6570,
  }),
});

export type FeastRegistrySettings = z.output<typeof feastRegistrySettings>;
