import { invalidInput } from '@fraudflow/core';
import { type Field, readFields } from './message-reader.js';
import { ALLOWED_OPERATORS } from './onnx-policy.js';
import { ATTRIBUTE, NODE, TENSOR } from './onnx-schema.js';

/** Running totals over the tree operators of a file. */
export interface TreeCounts {
  treeNodes: number;
  trees: number;
}

/**
 * Checks one operator of the graph and adds its trees to `counts`.
 * @returns `domain.Operator`, or `Operator` for the tensor operators
 */
export function inspectNode(bytes: Uint8Array, counts: TreeCounts): string {
  let operator = '';
  let domain = '';
  for (const field of readFields(bytes)) {
    if (field.number === NODE.opType) operator = field.text();
    else if (field.number === NODE.domain) domain = field.text();
    else if (field.number === NODE.attribute) inspectAttribute(field.bytes(), counts);
  }
  const allowed = Object.hasOwn(ALLOWED_OPERATORS, domain) ? ALLOWED_OPERATORS[domain] : undefined;
  if (!allowed) throw forbidden(`operator domain "${domain}"`);
  if (!allowed.has(operator)) throw forbidden(`operator ${operator}`);
  return domain === '' ? operator : `${domain}.${operator}`;
}

const FORBIDDEN_KINDS: Readonly<Record<number, string>> = {
  [ATTRIBUTE.graph]: 'a sub-graph',
  [ATTRIBUTE.graphs]: 'sub-graphs',
  [ATTRIBUTE.sparseTensor]: 'a sparse tensor',
  [ATTRIBUTE.sparseTensors]: 'sparse tensors',
  [ATTRIBUTE.refAttrName]: 'a function reference',
};

function inspectAttribute(bytes: Uint8Array, counts: TreeCounts): void {
  let name = '';
  const integers: Field[] = [];
  for (const field of readFields(bytes)) {
    const kind = FORBIDDEN_KINDS[field.number];
    if (kind !== undefined) throw forbidden(kind);
    if (field.number === ATTRIBUTE.name) name = field.text();
    else if (field.number === ATTRIBUTE.tensor || field.number === ATTRIBUTE.tensors)
      rejectExternalTensor(field.bytes());
    else if (field.number === ATTRIBUTE.ints) integers.push(field);
  }
  if (name === 'nodes_treeids') countTrees(integers, counts);
}

function countTrees(fields: readonly Field[], counts: TreeCounts): void {
  const trees = new Set<number>();
  for (const field of fields) {
    for (const tree of field.integers()) {
      counts.treeNodes++;
      trees.add(tree);
    }
  }
  counts.trees += trees.size;
}

/** @throws AppError invalid_input if the tensor's data lie outside the file. */
export function rejectExternalTensor(bytes: Uint8Array): void {
  for (const field of readFields(bytes)) {
    const isExternal =
      field.number === TENSOR.externalData || (field.number === TENSOR.dataLocation && field.integer() !== 0);
    if (isExternal) throw forbidden('external data');
  }
}

function forbidden(what: string): Error {
  return invalidInput(`the ONNX file holds ${what}, which is not allowed`, { code: 'ONNX_FORBIDDEN' });
}
