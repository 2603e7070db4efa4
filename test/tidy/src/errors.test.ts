import { ERROR_CODES, ERROR_KINDS, type ErrorCodeEntries, type ErrorKind } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { importsOf, packages, type SourceFile, sourcesBelow } from './workspace.js';

const TABLE: ErrorCodeEntries = ERROR_CODES;
const MIN_CODES = 150;
const MIN_USES = 150;

/** Product code without the table itself. */
const product = packages()
  .flatMap(({ directory }) => sourcesBelow(directory))
  .filter(({ path, isTest }) => !isTest && !path.startsWith('libs/core/src/error-codes'));
const inServices = product.filter(({ path }) => path.startsWith('services/') && !path.includes('/protocols/'));

const CODE_LITERAL = /\bcode: '([A-Z][A-Z0-9_]+)'/g;
const HELPER =
  /\b(invalidInput|notFound|conflict|failedPrecondition|unavailable|timedOut|resourceExhausted)\(|new AppError\(\s*'(\w+)'/g;
const KIND_OF_HELPER: Readonly<Record<string, ErrorKind>> = {
  invalidInput: 'invalid_input',
  notFound: 'not_found',
  conflict: 'conflict',
  failedPrecondition: 'failed_precondition',
  unavailable: 'unavailable',
  timedOut: 'timeout',
  resourceExhausted: 'resource_exhausted',
};
/** Longest distance between the name of a helper and the code of its error, in characters. */
const CALL_LENGTH = 600;

interface Use {
  readonly place: string;
  readonly code: string;
  /** Kind of the error, if the constructor is in the text before the code. */
  readonly kind: string | undefined;
}

function usesIn({ path, text }: SourceFile): readonly Use[] {
  return [...text.matchAll(CODE_LITERAL)].map(({ 1: code = '', index }) => {
    const before = text.slice(Math.max(0, index - CALL_LENGTH), index);
    const helper = [...before.matchAll(HELPER)].at(-1);
    return { place: `${path}: ${code}`, code, kind: KIND_OF_HELPER[helper?.[1] ?? ''] ?? helper?.[2] };
  });
}

const uses = product.flatMap(usesIn);

test('the rules see the table and its uses', () => {
  expect(Object.keys(TABLE).length).toBeGreaterThan(MIN_CODES);
  expect(uses.length).toBeGreaterThan(MIN_USES);
});

test('every code of an error is in the table', () => {
  expect(uses.filter(({ code }) => !Object.hasOwn(TABLE, code)).map(({ place }) => place)).toEqual([]);
});

test('an error has a kind that the table states for its code', () => {
  const wrong = uses.filter(
    ({ code, kind }) => kind !== undefined && TABLE[code]?.kinds.includes(kind as ErrorKind) === false,
  );

  expect(wrong.map(({ place, kind }) => `${place} is thrown as ${kind}`)).toEqual([]);
});

test('every code of the table is used', () => {
  const literals = new Set(
    product.flatMap(({ text }) => [...text.matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map(([, one]) => one)),
  );
  const problems = product.flatMap(({ text }) =>
    [...text.matchAll(/\bfieldCode\(\w+, '([A-Z_]+)'\)/g)].map(([, problem]) => `_${problem}`),
  );
  const defaults = new Set(Object.keys(ERROR_KINDS).map((kind) => kind.toUpperCase()));
  const unused = Object.keys(TABLE).filter(
    (code) => !literals.has(code) && !defaults.has(code) && !problems.some((problem) => code.endsWith(problem)),
  );

  expect(unused).toEqual([]);
});

test('use cases throw errors without the status of a transport', () => {
  const wrong = inServices.filter(
    (file) =>
      /\b(httpStatus|grpcStatus)\b|\bthrow new \w+Exception\(|\bextends \w*Exception\b/.test(file.text) ||
      importsOf(file).some((specifier) => /\/protocols\/.*\/errors\//.test(specifier)),
  );

  expect(inServices.length).toBeGreaterThan(200);
  expect(wrong.map(({ path }) => path)).toEqual([]);
});
