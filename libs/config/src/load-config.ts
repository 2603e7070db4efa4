import { AppError } from '@fraudflow/core';
import { z } from 'zod';
import { settingMeta } from './setting.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One invalid setting. */
export interface ConfigProblem {
  /** The environment variable, or the path of a rule over several. */
  readonly setting: string;
  /** The problem and the expected value, e.g. `must be true or false`. */
  readonly problem: string;
}

/** Invalid configuration: lists every problem, not only the first. The process exits with 2. */
export class ConfigError extends AppError {
  constructor(readonly problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ setting, problem }) => `  ${setting} ${problem}`);
    super('invalid_input', `the configuration has ${problems.length} problem(s):\n${lines.join('\n')}`, {
      code: 'CONFIG_INVALID',
    });
  }
}

/**
 * Reads and validates a service's settings from the environment. All problems are reported together.
 * @param schema settings made by `setting.*`, in nested objects
 * @returns the parsed settings, deeply frozen.
 * @throws ConfigError naming each variable, what is wrong and what is expected.
 */
export function loadConfig<Schema extends z.ZodObject>(schema: Schema, env: Environment): z.output<Schema> {
  const result = schema.safeParse(pick(schema, env));
  if (result.success) return deepFreeze(result.data);
  throw new ConfigError(
    result.error.issues.map((issue) => ({ setting: settingAt(schema, issue.path), problem: problemOf(issue) })),
  );
}

/** The environment of this process. Other code must not read `process.env`. */
export function processEnvironment(): Environment {
  return process.env;
}

function pick(schema: z.ZodObject, env: Environment): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema.shape)) {
    const meta = settingMeta(field as z.ZodType);
    if (meta) {
      const value = env[meta.env];
      picked[key] = value === '' ? undefined : value;
    } else if (field instanceof z.ZodObject) picked[key] = pick(field, env);
  }
  return picked;
}

function settingAt(schema: z.ZodObject, path: readonly PropertyKey[]): string {
  let current: z.ZodType | undefined = schema;
  for (const step of path) {
    current = current instanceof z.ZodObject ? (current.shape[String(step)] as z.ZodType | undefined) : undefined;
  }
  return (current && settingMeta(current)?.env) ?? path.map(String).join('.');
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const nested = issue.errors.flat().filter((inner) => inner.code === 'custom');
  return nested.map((inner) => inner.message).join('; ') || 'is not valid';
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
