import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { asError, invalidInput } from '@fraudflow/core';
import type { RuntimeSettings } from '@fraudflow/runtime-tuning';
import { z } from 'zod';
import { repositoryRoot } from '../../system/layout.js';

/** Heap sizes are set in `heap`, because FRAUDFLOW_<SERVICE>_HEAP_MB replaces one of them. */
const HEAP_FLAG = /^--max[-_](semi[-_]space|old[-_]space|heap)[-_]size\b/;
/** Smallest and largest old generation of a service, MiB. */
export const OLD_GENERATION_MIB = { min: 64, max: 65_536 } as const;

const flag = z
  .string()
  .regex(/^--[a-z][a-z0-9_-]*(=\S+)?$/, 'must be a flag of node, e.g. --heap-growing-percent=100')
  .refine((text) => !HEAP_FLAG.test(text), 'must not be a heap size; set it in heap');

/** The content of `services/<name>/runtime.json`; the fields are described in `RuntimeSettings`. */
const runtimeSchema = z.strictObject({
  heap: z.strictObject({
    youngMiB: z.int().min(1).max(1_024),
    oldMiB: z.int().min(OLD_GENERATION_MIB.min).max(OLD_GENERATION_MIB.max),
  }),
  nodeFlags: z.array(flag),
  fewCores: z.strictObject({ atMost: z.int().min(0), nodeFlags: z.array(flag) }),
  mallocArenas: z.int().min(1),
  uvThreads: z.int().min(1).max(1_024).optional(),
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of a variable'), z.string()),
});

/** Settings of a program that is not a service of this repository. */
const UNTUNED: RuntimeSettings = {
  heap: { youngMiB: 16, oldMiB: 192 },
  nodeFlags: [],
  fewCores: { atMost: 0, nodeFlags: [] },
  mallocArenas: 2,
  environment: {},
};

/**
 * The settings in `services/<name>/runtime.json`. A program without a folder there has no flags and the default heap.
 * @param root the repository
 * @throws AppError invalid_input that names the file and each invalid field
 */
export function readRuntimeSettings(service: string, root = repositoryRoot()): RuntimeSettings {
  const folder = join(root, 'services', service);
  return existsSync(folder) ? parseFile(join(folder, 'runtime.json'), root) : UNTUNED;
}

function parseFile(path: string, root: string): RuntimeSettings {
  const name = relative(root, path);
  const result = runtimeSchema.safeParse(contentOf(path, name));
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path: field, message }) => `${field.join('.') || 'the file'}: ${message}`,
  );
  throw invalidInput(`${name} is not valid: ${problems.join('; ')}`, { field: name });
}

function contentOf(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw invalidInput(`${name} cannot be read as JSON: ${asError(cause).message}`, { field: name, cause });
  }
}
