import { minorUnitDecimals, parseDurationMs } from '@fraudflow/core';
import { z } from 'zod';
import { Secret } from './secret.js';

/** Metadata of a setting, used by the loader and by the generated page docs/configuration.md. */
export interface SettingMeta {
  readonly env: string;
  readonly kind: string;
  readonly description: string;
  readonly unit?: string;
  readonly secret?: boolean;
  readonly shownDefault: string;
}

interface SettingInput<T> {
  /** Environment variable, e.g. `FRAUDFLOW_KAFKA_BROKERS`. */
  readonly env: string;
  readonly description: string;
  readonly default?: T;
  readonly unit?: string;
}

const metas = new WeakMap<z.ZodType, SettingMeta>();

/** The description a setting was declared with, or undefined for a schema that is not one. */
export function settingMeta(schema: z.ZodType): SettingMeta | undefined {
  return metas.get(schema);
}

function setting<T>(
  input: SettingInput<T>,
  kind: string,
  schema: z.ZodType<T, string>,
  show: (value: T) => string = String,
): z.ZodType<T, string | undefined> {
  const withDefault =
    input.default === undefined
      ? z.string({ error: 'is required' }).pipe(schema)
      : z.union([z.undefined().transform(() => input.default as T), z.string().pipe(schema)]);
  metas.set(withDefault, {
    env: input.env,
    kind,
    description: input.description,
    shownDefault: input.default === undefined ? 'required' : show(input.default),
    ...(input.unit === undefined ? {} : { unit: input.unit }),
    ...(kind === 'secret' ? { secret: true } : {}),
  });
  return withDefault;
}

function checked<T>(parse: (text: string) => T | undefined, expectation: string): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: expectation });
    return z.NEVER;
  });
}

/** A text. Pass `pattern` to restrict it. */
export function text(
  input: SettingInput<string> & { readonly pattern?: RegExp },
): z.ZodType<string, string | undefined> {
  const { pattern } = input;
  const schema = checked(
    (value) => (pattern && !pattern.test(value) ? undefined : value),
    `must match ${String(pattern)}`,
  );
  return setting(input, 'text', schema, (value) => (value === '' ? '(empty)' : value));
}

/** A secret; prints as `[redacted]` everywhere. */
export function secret(
  input: Omit<SettingInput<string>, 'default'> & { readonly default?: string; readonly minBase64Bytes?: number },
): z.ZodType<Secret, string | undefined> {
  const { default: fallback, minBase64Bytes = 0, ...rest } = input;
  const isLongEnough = (value: string): boolean => Buffer.from(value, 'base64').length >= minBase64Bytes;
  const schema = checked(
    (value) => (minBase64Bytes === 0 || isLongEnough(value) ? new Secret(value) : undefined),
    `must hold at least ${minBase64Bytes} bytes in base64`,
  );
  return setting(
    fallback === undefined ? rest : { ...rest, default: new Secret(fallback) },
    'secret',
    schema,
    () => '(set at start)',
  );
}

/** A whole number within [min, max]. */
export function integer(
  input: SettingInput<number> & { readonly min?: number; readonly max?: number },
): z.ZodType<number, string | undefined> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = input;
  const parse = (value: string): number | undefined => {
    const number = Number(value);
    return value !== '' && Number.isSafeInteger(number) && number >= min && number <= max ? number : undefined;
  };
  return setting(input, 'integer', checked(parse, `must be a whole number from ${min} to ${max}`));
}

/** A finite number within [min, max]. */
export function decimal(
  input: SettingInput<number> & { readonly min?: number; readonly max?: number },
): z.ZodType<number, string | undefined> {
  const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE } = input;
  const parse = (value: string): number | undefined => {
    const number = Number(value);
    return value !== '' && Number.isFinite(number) && number >= min && number <= max ? number : undefined;
  };
  return setting(input, 'number', checked(parse, `must be a number from ${min} to ${max}`));
}

/** A TCP port; 0 lets the system choose. */
export function port(input: SettingInput<number>): z.ZodType<number, string | undefined> {
  return integer({ ...input, min: 0, max: 65_535 });
}

/**
 * A duration such as `250ms` or `7d`, parsed into milliseconds. The default is given as text.
 * `min` is the shortest accepted duration, ms. It defaults to 1, because a pause of 0 ms makes a busy loop.
 */
export function durationMs(
  input: Omit<SettingInput<number>, 'default'> & { readonly default?: string; readonly min?: number },
): z.ZodType<number, string | undefined> {
  const { default: fallback, min = 1, ...rest } = input;
  const parse = (value: string): number | undefined => {
    try {
      const ms = parseDurationMs(value);
      return ms >= min && ms <= Number.MAX_SAFE_INTEGER ? ms : undefined;
    } catch {
      return undefined;
    }
  };
  const schema = checked(parse, `must be a duration of at least ${min}ms, such as 250ms, 5s, 10m, 36h or 7d`);
  const numeric = fallback === undefined ? rest : { ...rest, default: parseDurationMs(fallback) };
  return setting<number>(numeric, 'duration', schema, () => fallback ?? '');
}

/** `true` or `false`. */
export function flag(input: SettingInput<boolean>): z.ZodType<boolean, string | undefined> {
  const words = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ]);
  return setting(
    input,
    'flag',
    checked((value) => words.get(value.toLowerCase()), 'must be true or false'),
  );
}

/** One of a closed set of values. */
export function choice<const T extends string>(
  input: SettingInput<T> & { readonly options: readonly T[] },
): z.ZodType<T, string | undefined> {
  const parse = (value: string): T | undefined => input.options.find((option) => option === value);
  return setting<T>(input, input.options.join(' | '), checked(parse, `must be one of ${input.options.join(', ')}`));
}

/** An ISO 4217 currency code whose minor unit has this number of decimals. */
export function currency(
  input: SettingInput<string> & { readonly decimals: number },
): z.ZodType<string, string | undefined> {
  const parse = (value: string): string | undefined =>
    minorUnitDecimals(value) === input.decimals ? value : undefined;
  const expectation = `must be an ISO 4217 currency code with ${input.decimals} decimals, e.g. EUR`;
  return setting(input, 'currency', checked(parse, expectation));
}

/** A comma-separated list of non-empty texts. */
export function list(input: SettingInput<readonly string[]>): z.ZodType<readonly string[], string | undefined> {
  const parse = (value: string): readonly string[] | undefined => {
    const items = value.split(',').map((item) => item.trim());
    return items.every((item) => item !== '') ? items : undefined;
  };
  return setting(input, 'list', checked(parse, 'must be a comma-separated list'), (value) =>
    value.length === 0 ? '(none)' : value.join(','),
  );
}
