import { z } from 'zod';

/** Field types of MLflow's REST messages, as they arrive in a JSON body or in a query string. */

// Postgres cannot store a NUL in a text.
const hasNoNul = (value: string): boolean => !value.includes('\0');
export const text = z.string().refine(hasNoNul);
export const requiredText = z.string().min(1).refine(hasNoNul);
/** A text with a maximum number of characters (UTF-16 units). */
export const textUpTo = (max: number) => z.string().max(max).refine(hasNoNul);
/** A text that is not empty, with a maximum number of characters (UTF-16 units). */
export const requiredTextUpTo = (max: number) => z.string().min(1).max(max).refine(hasNoNul);

/** The description of a model or version. */
export const description = textUpTo(100_000);

/** The id of a run or of a logged model: letters, digits, `_` and `-`, at most 256, the first a letter or digit. */
export const entityId = z.string().regex(/^(?:[A-Za-z0-9][\w-]{0,255})?$/);
export const requiredEntityId = entityId.min(1);

/** proto int64: a number or a numeric string. */
export const int64 = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,19}$/)
    .transform(Number)
    .refine(Number.isSafeInteger),
]);

/** Parameters of the issue that `wholeNumber` raises; a reader of issues recognises it by identity. */
export const MUST_BE_INTEGER = { isInteger: true } as const;

/** A whole number from 0 to `max`, as text or as a number; any other value raises an issue with `MUST_BE_INTEGER`. */
export const wholeNumber = (max: number) =>
  z.unknown().transform((value, context) => {
    const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) return number;
    context.addIssue({ code: 'custom', message: 'not a whole number', params: MUST_BE_INTEGER });
    return z.NEVER;
  });

/** proto double: a number, a numeric string, or the name of NaN or an infinity. */
export const double = z.union([
  z.number(),
  z
    .string()
    .transform(
      (word, context) => parseDouble(word) ?? (context.addIssue({ code: 'custom', message: 'not numeric' }), z.NEVER),
    ),
]);

/**
 * A double as MLflow's protobuf JSON writes it. JSON has no NaN; a client would read null as 0.
 * @example wireDouble(NaN) // 'NaN'
 */
export function wireDouble(value: number): number | string {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}

/** A boolean, or its name in a query string. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);

/** A repeated field; in a query string a single occurrence is a list of one. */
export const textList = z.union([z.array(text), text.transform((single) => [single])]);

/** A key and its text in a request: a tag or a parameter. */
export const tag = z.object({ key: requiredText, value: text.default('') });
export const tags = z.array(tag).default([]);

/** Keys and texts in a response: tags or parameters. */
export const keyValues = z.array(z.object({ key: z.string(), value: z.string().default('') })).readonly();

/** proto int64 in a response: a number, or its text. */
export const responseNumber = z.coerce.number<number | string>();

/** Lifecycle stages that a search covers. */
export const VIEW_TYPES = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const;
export type ViewType = (typeof VIEW_TYPES)[number];

function parseDouble(word: string): number | undefined {
  const trimmed = word.trim();
  if (/^[+-]?nan$/i.test(trimmed)) return Number.NaN;
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(trimmed);
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity;
  const value = Number(trimmed);
  return trimmed === '' || Number.isNaN(value) ? undefined : value;
}
