import type { tensorflow } from '@fraudflow/contracts';
import { defined, invalidInput } from '@fraudflow/core';
import { MATRIX_INPUT, NAMED_SIGNATURE } from './signatures.js';
import { type FloatTensor, readFloatTensor } from './tensor-codec.js';

const MAX_NAMES_SHOWN = 50;
const MAX_NAME_SHOWN = 128;

type Inputs = Readonly<Record<string, tensorflow.TensorProto>>;

/** Rows for a model: row-major, in the model's column order. */
export interface InputRows {
  readonly rows: Float32Array;
  readonly count: number;
}

/**
 * Reads a prediction's inputs: one matrix `features` [N, columns], or one vector [N] or [N, 1] per feature.
 * @throws AppError invalid_input for names that do not match (lists extra and missing ones), a wrong dtype or shape, or
 * too many rows.
 */
export function readInputs(
  inputs: Inputs,
  signature: string,
  featureNames: readonly string[],
  maxRows: number,
): InputRows {
  const names = Object.keys(inputs);
  const known = new Set(featureNames);
  const wantsNamed = signature === NAMED_SIGNATURE || names.some((name) => known.has(name));
  const expected = wantsNamed ? featureNames : [MATRIX_INPUT];
  checkNames(names, expected);
  const tensors = expected.map((name) => {
    const elements = wantsNamed ? maxRows : maxRows * featureNames.length;
    return readFloatTensor(defined(inputs[name], `input ${name}`), name, elements);
  });
  return wantsNamed ? fromColumns(tensors, featureNames) : fromMatrix(tensors[0], featureNames.length);
}

function checkNames(sent: readonly string[], expected: readonly string[]): void {
  const [sentNames, expectedNames] = [new Set(sent), new Set(expected)];
  const extra = sent.filter((name) => !expectedNames.has(name));
  const missing = expected.filter((name) => !sentNames.has(name));
  if (extra.length === 0 && missing.length === 0) return;
  throw invalidInput(
    `input names do not match the signature. Sent extra: {${listed(extra)}}, Missing but required: {${listed(missing)}}`,
    { code: 'INPUT_NAMES', field: extra[0] ?? missing[0] ?? 'inputs' },
  );
}

/** The first names and the number of the others: callers may send thousands. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => name.slice(0, MAX_NAME_SHOWN));
  return shown.join(',') + (names.length > shown.length ? `,… ${names.length - shown.length} more` : '');
}

function fromMatrix(tensor: FloatTensor | undefined, width: number): InputRows {
  const { shape, values } = defined(tensor, MATRIX_INPUT);
  const [count = 0, columns] = shape;
  if (shape.length !== 2 || columns !== width) throw wrongShape(MATRIX_INPUT, shape, `[-1, ${width}]`);
  return { rows: values, count };
}

function fromColumns(columns: readonly FloatTensor[], names: readonly string[]): InputRows {
  const count = columns[0]?.values.length ?? 0;
  const rows = new Float32Array(count * columns.length);
  columns.forEach(({ shape, values }, column) => {
    const name = defined(names[column], 'feature name');
    const isVector = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
    if (!isVector || values.length !== count) throw wrongShape(name, shape, `[${count}] or [${count}, 1]`);
    for (let row = 0; row < count; row++) rows[row * columns.length + column] = values[row] as number;
  });
  return { rows, count };
}

function wrongShape(name: string, shape: readonly number[], expected: string): Error {
  return invalidInput(`input "${name}" has shape [${shape.join(', ')}], expected ${expected}`, {
    code: 'TENSOR_INVALID',
    field: name,
  });
}
