import type { ErrorKind } from '../error-kinds.js';

/** Description of one error code. */
export interface ErrorCodeEntry {
  /** Kinds of the errors that have this code. Most codes have one kind. */
  readonly kinds: readonly ErrorKind[];
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What the operator does, in one or two sentences. */
  readonly operator: string;
}

/** Error codes of one area by name. */
export type ErrorCodeEntries = Readonly<Record<string, ErrorCodeEntry>>;

/** `fieldCode('amount', 'MISSING')` is `AMOUNT_MISSING`. */
export type FieldCode<Field extends string, Problem extends string> = `${Uppercase<Field>}_${Problem}`;

/**
 * Code of a problem with one field: the field's name in upper case, then the problem.
 * @param field name of the field as the caller spells it, e.g. `customer_id`
 * @param problem e.g. `MISSING`
 * @returns e.g. `CUSTOMER_ID_MISSING`
 */
export function fieldCode<Field extends string, Problem extends string>(
  field: Field,
  problem: Problem,
): FieldCode<Field, Problem> {
  return `${field.toUpperCase() as Uppercase<Field>}_${problem}`;
}

/**
 * One entry per field for codes that differ only in the field.
 * @param entryOf describes the code of one field
 */
export function entriesOf<Field extends string, Problem extends string>(
  fields: readonly Field[],
  problem: Problem,
  entryOf: (field: Field) => ErrorCodeEntry,
): Readonly<Record<FieldCode<Field, Problem>, ErrorCodeEntry>> {
  const entries = fields.map((field) => [fieldCode(field, problem), entryOf(field)] as const);
  return Object.fromEntries(entries) as Record<FieldCode<Field, Problem>, ErrorCodeEntry>;
}
