import { availableParallelism } from 'node:os';
import { processEnvironment } from '@fraudflow/config';
import { invalidInput } from '@fraudflow/core';
import { nodeFlagsOf } from '@fraudflow/runtime-tuning';
import { OLD_GENERATION_MIB, readRuntimeSettings } from './runtime-file.js';

/**
 * The flags of node for a service, of its `runtime.json`. An operator sets the old generation by
 * FRAUDFLOW_<SERVICE>_HEAP_MB.
 * @param env variables that go before those of this process
 * @param cores number of cores that the service may use
 * @throws AppError invalid_input if the file is not valid, or if the variable is not a whole number from 64 to 65536
 */
export function nodeFlags(
  service: string,
  env: Readonly<Record<string, string>> = {},
  cores = availableParallelism(),
): readonly string[] {
  const settings = readRuntimeSettings(service);
  const oldMiB = operatorHeapMiB(service, { ...processEnvironment(), ...env }) ?? settings.heap.oldMiB;
  return nodeFlagsOf({ ...settings, heap: { ...settings.heap, oldMiB } }, cores);
}

function operatorHeapMiB(service: string, env: Readonly<Record<string, string | undefined>>): number | undefined {
  const name = `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_HEAP_MB`;
  const heap = env[name];
  if (heap === undefined || heap === '') return undefined;
  const size = Number(heap);
  const { min, max } = OLD_GENERATION_MIB;
  if (!Number.isInteger(size) || size < min || size > max) {
    throw invalidInput(`${name} must be a whole number of MiB from ${min} to ${max}, not ${heap.slice(0, 20)}`, {
      field: name,
    });
  }
  return size;
}
