import { createRequire } from 'node:module';
import { applyKafkajsPatches } from '@fraudflow/runtime-tuning';

const load = createRequire(import.meta.url);

/** Applies the patches of libs/runtime-tuning to the kafkajs 2.2.4 that this package depends on. Idempotent. */
export function patchKafkajs(): void {
  applyKafkajsPatches(load);
}
